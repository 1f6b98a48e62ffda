"""The sentence of a finding: what was measured, and what is usual in the reference."""

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption.clues import CLUES, Clue
from resunet.cohort.corruption.kinds import KINDS
from resunet.cohort.corruption.traits import TRAITS
from resunet.study import CONTRASTS


def explain(
    kind: str, contrasts: tuple[int, ...], features: NDArray[np.float32], usual: NDArray[np.float32]
) -> str:
    """The sentence: the clue that stands out most, its value, and what is usual.

    Args:
        kind: A judged kind.
        contrasts: The contrasts concerned, as indices; two for a pair.
        features: float32 (F,), of the slice.
        usual: float32 (3, F), the reference's 5th, 50th and 95th centiles.

    Returns:
        One sentence.
    """
    best: tuple[float, Clue, int] | None = None
    for clue in CLUES[kind]:
        name = _fill(clue.trait, contrasts)
        if name not in TRAITS:
            continue
        column = TRAITS.index(name)
        low, middle, high = usual[:, column]
        spread = max(float(high - middle if clue.sign > 0 else middle - low), 1e-3)
        stands_out = clue.sign * float(features[column] - middle) / spread
        if best is None or stands_out > best[0]:
            best = (stands_out, clue, column)
    if best is None or best[0] < 1:
        return f"Many measures together speak for it, none by itself. {KINDS[kind].meaning}"
    _, clue, column = best
    words = _fill(clue.words, contrasts)
    value, low, high = (
        _write(float(v), clue.form) for v in (features[column], usual[0, column], usual[2, column])
    )
    between = low if low == high else f"{low} to {high}"
    return f"{words[0].upper()}{words[1:]} {value}, where {between} is usual."


def _fill(template: str, contrasts: tuple[int, ...]) -> str:
    """A template with the names of the contrasts; pairs in the order of `CONTRASTS`."""
    names = [CONTRASTS[c] for c in sorted(contrasts)] or [""]
    first, last = names[0], names[-1]
    return template.format(
        c=first, i=first, j=last, C=first.upper(), I=first.upper(), J=last.upper()
    )


def _write(value: float, form: str) -> str:
    if form == "log":
        return f"{np.exp(value):.2g}"
    if form == "mille":
        return f"{max(np.exp(value) - 0.1, 0) / 10:.2g} %"
    if form == "share":
        return f"{100 * value:.0f} %"
    if form == "px":
        return f"{value:.0f} px"
    return f"{value:.2f}"
