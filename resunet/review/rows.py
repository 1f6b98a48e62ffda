"""What the work list says of a patient and of each slice: plain numbers, no pictures."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.measure.areas import (
    area_px,
    interval,
    key_slice,
    pixel_area_mm2,
    unfinished_reason,
    voxel_ml,
)
from resunet.measure.doubt import doubt, expected_px
from resunet.measure.reliability import exported_warnings
from resunet.metrics import OverlapCounts, count_overlap
from resunet.study import Prediction, Study

UNITS = ("ml", "cm²", "px")
"""What a tumour's size may be given in, the most telling first."""

_MM2_PER_CM2 = 100.0


class Size(NamedTuple):
    """How large a tumour is.

    Attributes:
        value: The volume in millilitres; an area in cm², or in pixels where their size is
            unknown. A patient without a volume has the sum of the slices' areas.
        unit: One of `UNITS`.
        low: The 5th percentile over the stochastic passes, or None with fewer than two.
        high: The 95th, likewise.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SliceRow:
    """One slice.

    Attributes:
        index: 0 … S−1.
        number: Its number in the source.
        size: The area of what is predicted; 0 where that is nothing.
        expected_px: `resunet.measure.doubt.expected_px`.
        doubt: `resunet.measure.doubt.doubt`; None where nothing is predicted.
        dice: Against the expert's outline; None without one, or where both are empty.
    """

    index: int
    number: int
    size: Size
    expected_px: float
    doubt: float | None
    dice: float | None


@dataclass(frozen=True)
class PatientRow:
    """One patient.

    Attributes:
        size: The volume of what is predicted, or the sum of the slices' areas.
        expected_px: As of a slice, of all slices together.
        doubt: Likewise.
        dice: Likewise, pooled over the slices.
        slice_index: The slice with most tumour, which is to be opened first.
        slice_number: Its number in the source.
        slices: One row for each slice.
        source_sha256: Digest of what was read.
        warnings: Sentences of the study and of the prediction.
    """

    size: Size
    expected_px: float
    doubt: float | None
    dice: float | None
    slice_index: int
    slice_number: int
    slices: tuple[SliceRow, ...]
    source_sha256: str
    warnings: tuple[str, ...] = ()


def patient_row(study: Study, prediction: Prediction) -> PatientRow:
    """Sums a prediction up.

    Args:
        study: What was predicted on.
        prediction: Its prediction, of all slices.

    Raises:
        InputError: If the prediction lies on another grid than the study, or some slices are
            not computed.
    """
    if prediction.probability.shape != study.shape:
        raise InputError(
            f"prediction has shape {prediction.probability.shape}, where the study's shape "
            f"{study.shape} is accepted."
        )
    if reason := unfinished_reason(prediction.done):
        raise InputError(reason)
    mask = prediction.mask
    counts = [
        None if study.mask is None else count_overlap(study.mask[index], mask[index])
        for index in range(study.shape[0])
    ]
    known = [count for count in counts if count is not None]
    largest = key_slice(study, prediction)
    return PatientRow(
        size=_patient_size(study, prediction, mask),
        expected_px=expected_px(prediction.probability),
        doubt=doubt(prediction.probability, mask),
        dice=_dice(sum(known, OverlapCounts()) if known else None),
        slice_index=largest,
        slice_number=int(study.slice_numbers[largest]),
        slices=tuple(
            _slice_row(study, prediction, mask, index, count) for index, count in enumerate(counts)
        ),
        source_sha256=study.source.sha256,
        warnings=tuple(exported_warnings(study, prediction)),
    )


def _slice_row(
    study: Study,
    prediction: Prediction,
    mask: NDArray[np.bool_],
    index: int,
    count: OverlapCounts | None,
) -> SliceRow:
    probability = prediction.probability[index]
    return SliceRow(
        index=index,
        number=int(study.slice_numbers[index]),
        size=_area(study, prediction, mask, slice(index, index + 1)),
        expected_px=expected_px(probability),
        doubt=doubt(probability, mask[index]),
        dice=_dice(count),
    )


def _patient_size(study: Study, prediction: Prediction, mask: NDArray[np.bool_]) -> Size:
    one_ml = voxel_ml(study)
    everything = slice(None)
    if one_ml is None:
        return _area(study, prediction, mask, everything)
    return _size(prediction, mask, everything, one_ml, "ml")


def _area(study: Study, prediction: Prediction, mask: NDArray[np.bool_], slices: slice) -> Size:
    pixel_mm2 = pixel_area_mm2(study)
    if pixel_mm2 is None:
        return _size(prediction, mask, slices, 1.0, "px")
    return _size(prediction, mask, slices, pixel_mm2 / _MM2_PER_CM2, "cm²")


def _size(
    prediction: Prediction, mask: NDArray[np.bool_], slices: slice, one: float, unit: str
) -> Size:
    """Pixels of some slices, each worth ``one``, with the interval over the passes.

    A pass shares its dropout masks over all slices, so its areas are summed before the
    percentiles are taken.
    """
    spread = None
    if prediction.samples >= 2 and prediction.area_threshold == prediction.threshold:
        spread = interval(prediction.area_px_samples[:, slices].sum(axis=1) * one)
    value = float(area_px(mask[slices]).sum() * one)
    return Size(value, unit, *(spread or (None, None)))


def _dice(count: OverlapCounts | None) -> float | None:
    return None if count is None or count.true + count.pred == 0 else count.dice
