"""What a reader changed by hand in a prediction's outline, and the sentence that says so."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.measure.areas import area_px
from resunet.study import Prediction, Study

CORRECTED = "The outline was corrected by hand."
"""Why there is no interval: the passes know nothing of what a reader changed."""


def changed_px(prediction: Prediction) -> NDArray[np.int64]:
    """The pixels in which the mask differs from the network's own at the same threshold.

    What a reader added where the network finds tumour anyway changes nothing and does not count.

    Args:
        prediction: The prediction, corrected or not.

    Returns:
        int64 (2, S): of each slice the pixels added and the pixels taken away.
    """
    changed = np.zeros((2, len(prediction.probability)), np.int64)
    if prediction.correction is not None:
        touched = np.flatnonzero(prediction.correction.any(axis=(1, 2)))
        by_hand = prediction.correction[touched]
        own = prediction.probability[touched] > prediction.threshold
        changed[0, touched] = area_px((by_hand > 0) & ~own)
        changed[1, touched] = area_px((by_hand < 0) & own)
    return changed


def correction_counts(prediction: Prediction) -> dict[str, Any] | None:
    """How much of the outline was corrected by hand.

    Args:
        prediction: The prediction, corrected or not.

    Returns:
        ``added_px`` and ``removed_px``, pixels over all slices, and ``slices``, how many of
        them differ from the network's own; None where none does.
    """
    changed = changed_px(prediction)
    if not changed.any():
        return None
    added, removed = (int(count) for count in changed.sum(axis=1))
    slices = int(np.count_nonzero(changed.any(axis=0)))
    return {"added_px": added, "removed_px": removed, "slices": slices}


def correction_sentence(prediction: Prediction) -> str | None:
    """The same for people, to be shown with every picture and export.

    Returns:
        One sentence, such as "The outline was corrected by hand in 3 slices: 120 pixels added,
        45 taken away."; None for an outline that is the network's own.
    """
    counts = correction_counts(prediction)
    if counts is None:
        return None
    slices, added = counts["slices"], counts["added_px"]
    return (
        f"{CORRECTED.removesuffix('.')} in {slices} {'slice' if slices == 1 else 'slices'}: "
        f"{added} {'pixel' if added == 1 else 'pixels'} added, {counts['removed_px']} taken away."
    )


def result_warnings(study: Study, prediction: Prediction) -> list[str]:
    """All sentences to be shown with a result: the study's, the prediction's, the correction's.

    Args:
        study: What was predicted on.
        prediction: Its prediction.
    """
    sentence = correction_sentence(prediction)
    return [*study.warnings, *prediction.warnings, *([] if sentence is None else [sentence])]
