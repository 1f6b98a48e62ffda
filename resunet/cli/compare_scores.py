"""What the broken slices cost: a network scored with and without them."""

from collections.abc import Sequence
from typing import Any

from resunet.cli.console import advance, load_tensorflow, progress
from resunet.cli.skipping import tell_skipped
from resunet.cohort.broken import Broken
from resunet.cohort.sets import PatientSet
from resunet.evaluation.effect import FlaggedSlice, effect_of_flags
from resunet.evaluation.scores import score_cases
from resunet.inference.engines import load_engine
from resunet.inference.models import ModelFile


def effect_on_score(
    model: ModelFile, sets: Sequence[PatientSet], broken: Broken, reference: str, *, seed: int
) -> dict[str, Any]:
    """Scores a network on all sets, by its deterministic pass.

    Args:
        model: The network.
        sets: The sets; files that cannot be used are left out and told.
        broken: What was found.
        reference: The set that the others are held against.
        seed: Of the intervals.

    Returns:
        As `effect_of_flags`, with ``model_id``.

    Raises:
        InputError: If a set holds no slice that can be scored.
    """
    load_tensorflow()
    engine = load_engine(model)
    scores = {}
    for each in sets:
        skipped: list[str] = []
        with progress(None, f"Scoring {each.name}", total=len(each.cases)) as bar:
            scores[each.name] = score_cases(
                each.cases, engine, skipped=skipped, on_case=advance(bar)
            )
        tell_skipped(skipped)
    flagged: dict[str, set[FlaggedSlice]] = {each.name: set() for each in sets}
    for found in broken.flags:
        if found.flag.number is not None:
            flagged[found.group].add((found.flag.patient, found.flag.number))
    effect = effect_of_flags(scores, flagged, reference, seed=seed)
    return {"model_id": engine.model_id, **effect}
