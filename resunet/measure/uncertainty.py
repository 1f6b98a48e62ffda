"""How uncertain an outline is: of a slice, of a patient and of each lesion, as one record.

The sums behind it add up, so that a patient's are those of its slices. Per pixel the maps of a
`Prediction` say the same.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.measure.areas import INTERVAL_PERCENT, interval
from resunet.measure.doubt import doubt_of_sums
from resunet.measure.lesions import lesion_parts
from resunet.study import Prediction, Study

CEILINGS: Mapping[str, float] = MappingProxyType(
    {"std": 0.5, "entropy": math.log(2), "mutual_information": math.log(2)}
)
"""The maps of a `Prediction` that tell of uncertainty → the largest that probabilities allow."""

MEASURES = tuple(CEILINGS)

_EMPTY = "Nothing is outlined."
_NO_PASSES = "An interval needs two stochastic passes or more, at the threshold of the outline."


class Spread(NamedTuple):
    """A size over the stochastic passes, in the unit of the size.

    Attributes:
        mean: Its mean.
        std: Its standard deviation, ddof 1.
        low: Its 5th percentile.
        high: Its 95th.
    """

    mean: float
    std: float
    low: float
    high: float

    @property
    def variation(self) -> float:
        """Standard deviation by mean (Roy et al. 2019); 0 where the mean is 0."""
        return self.std / self.mean if self.mean else 0.0


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """How uncertain an outline is; records of equal T add up.

    Attributes:
        area_px: Pixels of the outline.
        expected_px: The sum of the probabilities over the whole picture.
        inside_px: That inside the outline.
        sums: The sum of each of `MEASURES` inside the outline.
        area_px_samples: float64 (T,), the pixels outlined by each pass; empty where unknown.
    """

    area_px: int = 0
    expected_px: float = 0.0
    inside_px: float = 0.0
    sums: tuple[float, ...] = (0.0, 0.0, 0.0)
    area_px_samples: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __add__(self, other: "Uncertainty") -> "Uncertainty":
        samples = [each for each in (self.area_px_samples, other.area_px_samples) if each.size]
        if len({each.size for each in samples}) > 1:
            raise InputError(
                f"Records of {samples[0].size} and {samples[1].size} passes were to be added, "
                "where as many are accepted."
            )
        return Uncertainty(
            self.area_px + other.area_px,
            self.expected_px + other.expected_px,
            self.inside_px + other.inside_px,
            tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)),
            np.sum(samples, axis=0) if samples else self.area_px_samples,
        )

    @property
    def doubt(self) -> float | None:
        """`resunet.measure.doubt.doubt`; None where nothing is outlined."""
        return doubt_of_sums(self.area_px, self.inside_px, self.expected_px)

    def mean(self, measure: str) -> float | None:
        """The mean of one of `MEASURES` inside the outline; None where nothing is outlined."""
        total = self.sums[MEASURES.index(measure)]
        return total / self.area_px if self.area_px else None

    @property
    def spread(self) -> Spread | None:
        """Of the area over the passes, in pixels; None with fewer than two."""
        bounds = interval(self.area_px_samples)
        if bounds is None:
            return None
        samples = self.area_px_samples
        return Spread(float(samples.mean()), float(samples.std(ddof=1)), *bounds)

    def to_dict(self, one: float = 1.0, unit: str = "px") -> dict[str, Any]:
        """JSON values.

        Args:
            one: What a pixel is worth, in the unit.
            unit: ``"px"``, ``"mm2"`` or ``"ml"``: what the keys of sizes end in.
        """
        spread = self.spread
        sizes = {
            f"size_{name}_{unit}": None if spread is None else getattr(spread, name) * one
            for name in Spread._fields
        }
        return {
            "doubt": self.doubt,
            **{f"{name}_inside": self.mean(name) for name in MEASURES},
            "inside_reason": None if self.area_px else _EMPTY,
            f"size_{unit}": self.area_px * one,
            f"size_expected_{unit}": self.expected_px * one,
            **sizes,
            "size_percentiles": list(INTERVAL_PERCENT),
            "size_variation": None if spread is None else spread.variation,
            "size_reason": None if spread is not None else _NO_PASSES,
        }


class StudyUncertainty(NamedTuple):
    """How uncertain the outline of a study is.

    Attributes:
        patient: Over all slices.
        slices: Of each slice.
        lesions: Of each lesion, in the order of `resunet.measure.lesions.find_lesions`. What a
            pass outlines of a lesion is not kept, and the probabilities round it are not told
            from its neighbours': a lesion's `Uncertainty.expected_px` is the sum inside it, and
            it has no spread.
    """

    patient: Uncertainty
    slices: tuple[Uncertainty, ...]
    lesions: tuple[Uncertainty, ...]


def region_uncertainty(
    probability: NDArray[np.float32],
    maps: Sequence[NDArray[np.float32]],
    mask: NDArray[np.bool_],
    area_px_samples: NDArray[np.number] | None = None,
) -> Uncertainty:
    """The record of one slice, or of any other part of a prediction.

    Args:
        probability: float32, any shape, in [0, 1].
        maps: float32 of the same shape, one for each of `MEASURES`.
        mask: bool of the same shape, what is outlined.
        area_px_samples: (T,), pixels outlined by each pass; None where unknown.
    """
    samples = np.zeros(0) if area_px_samples is None else area_px_samples.astype(np.float64)
    return Uncertainty(
        area_px=int(np.count_nonzero(mask)),
        expected_px=float(probability.sum(dtype=np.float64)),
        inside_px=float(probability[mask].sum(dtype=np.float64)),
        sums=tuple(float(each[mask].sum(dtype=np.float64)) for each in maps),
        area_px_samples=samples,
    )


def study_uncertainty(study: Study, prediction: Prediction) -> StudyUncertainty:
    """How uncertain a prediction's outline is: in all, slice by slice and lesion by lesion.

    Args:
        study: What was predicted on.
        prediction: Its prediction. Slices that are not computed count as empty.

    Raises:
        InputError: If the prediction lies on another grid than the study.
    """
    mask = prediction.mask
    known = prediction.samples >= 2 and prediction.area_threshold == prediction.threshold
    known = known and prediction.correction is None
    maps = [getattr(prediction, name) for name in MEASURES]
    slices = tuple(
        region_uncertainty(
            prediction.probability[index],
            [each[index] for each in maps],
            mask[index],
            prediction.area_px_samples[:, index] if known else None,
        )
        for index in range(len(mask))
    )
    lesions = tuple(
        region_uncertainty(
            prediction.probability[part.place][part.mask],
            [each[part.place][part.mask] for each in maps],
            np.ones(np.count_nonzero(part.mask), bool),
        )
        for part in lesion_parts(study, mask)
    )
    return StudyUncertainty(sum(slices, Uncertainty()), slices, lesions)
