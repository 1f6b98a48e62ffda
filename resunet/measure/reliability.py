"""On which slices a model is not to be relied on, and why, in words for a reader.

A calibrated model's card names a level of doubt: above it, on patients that the model was not
trained on, a slice's Dice was more likely below 0.7 than not (docs/uncertainty.md). A slice in
which nothing is outlined has no doubt, so nothing is said of it: a missed tumour is not told of.
"""

from typing import NamedTuple

import numpy as np

from resunet.measure.areas import pixel_area_mm2
from resunet.measure.corrections import result_warnings
from resunet.measure.doubt import doubt_of_sums, expected_px
from resunet.study import Prediction, Study

SMALL_MM2 = 300.0
"""Cross-sections below this are called small: half of those from 1 to 3 cm² got no true pixel."""

_ONE_SIDED = 2.0  # how many times more the uncertainty lies on one side of the outline
_PIXEL_MM2 = 1.0  # what a pixel is taken for where the spacing is unknown, as in BraTS
_MOST_NUMBERS = 12  # that a sentence lists


class Unreliable(NamedTuple):
    """A slice on which the model is not reliable.

    Attributes:
        slice_index: Which slice of the study.
        doubt: Its doubt (`resunet.measure.doubt`).
        reasons: Why, a few words each.
    """

    slice_index: int
    doubt: float
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What a reader is told at the picture."""
        return f"The model is not reliable on this slice: {'; '.join(self.reasons)}."


def unreliable_slices(study: Study, prediction: Prediction) -> list[Unreliable]:
    """The computed slices whose doubt lies above the model's level, in slice order.

    The outline is the network's own, at the threshold that it was predicted with: neither a
    correction by hand nor another threshold makes the network more reliable.

    Args:
        study: What was predicted on.
        prediction: Its prediction; it may be unfinished.

    Returns:
        The slices; none where the model names no level.
    """
    level = prediction.doubt_level
    if level is None:
        return []
    found = []
    for index in np.flatnonzero(prediction.done):
        probability = prediction.probability[index]
        mask = probability > prediction.area_threshold
        area, inside = int(np.count_nonzero(mask)), float(probability[mask].sum(dtype=np.float64))
        expected = expected_px(probability)
        doubt = doubt_of_sums(area, inside, expected)
        if doubt is not None and doubt > level:
            said = _reasons(study, prediction, area, area - inside, expected - inside)
            found.append(Unreliable(int(index), doubt, said))
    return found


def reliability_sentence(study: Study, prediction: Prediction) -> str | None:
    """The same of a whole result, for its warnings.

    Returns:
        One sentence with the slices' numbers in their source; None where there is none.
    """
    slices = unreliable_slices(study, prediction)
    if not slices:
        return None
    numbers = [str(study.slice_numbers[each.slice_index]) for each in slices]
    more = len(numbers) - _MOST_NUMBERS
    listed = ", ".join(numbers[:_MOST_NUMBERS]) + (f" and {more} more" if more > 0 else "")
    return (
        f"The model is not reliable on {len(slices)} of {len(prediction.done)} slices (numbers "
        f"{listed}): their doubt lies above {prediction.doubt_level:.2f}, where outlines of unseen "
        "patients were more often bad than good."
    )


def exported_warnings(study: Study, prediction: Prediction) -> list[str]:
    """All sentences that leave the program with a result: `result_warnings` and this one.

    On screen the sentence stands at each such slice instead.
    """
    sentence = reliability_sentence(study, prediction)
    return [*result_warnings(study, prediction), *([] if sentence is None else [sentence])]


def _reasons(
    study: Study, prediction: Prediction, area: int, inside_px: float, outside_px: float
) -> tuple[str, ...]:
    """Why, from the pixels that are doubted inside the outline and outside of it."""
    side = ""
    if outside_px >= _ONE_SIDED * inside_px:
        side = ", most of it outside the outline"
    elif inside_px >= _ONE_SIDED * outside_px:
        side = ", most of it inside the outline"
    reasons = [f"high uncertainty{side}"]
    if area * (pixel_area_mm2(study) or _PIXEL_MM2) < SMALL_MM2:
        reasons.append("a small cross-section")
    return (*reasons, *prediction.unlike)
