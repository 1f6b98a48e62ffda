"""Everything that is counted of the quality of uncertainty, patient by patient, in the one pass.

`UncertaintyCounter` takes the slices of a patient in; its JSON values are kept beside the scores
and summed up by `resunet.evaluation.uncertainty_summary`. All on the study's own pixels, except
convergence, which is on the network's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.data.preprocess import restore
from resunet.evaluation.calibration import CalibrationCounts, count_calibration
from resunet.evaluation.seen import SeenSlice
from resunet.evaluation.temperature import TemperatureCounts, count_temperatures
from resunet.evaluation.uncertainty_band import WITHIN_MM, near_outlines
from resunet.evaluation.uncertainty_convergence import ConvergenceCounts, count_convergence
from resunet.evaluation.uncertainty_errors import ErrorCounts, count_errors
from resunet.inference.maps import summarise, tumour_areas
from resunet.measure.uncertainty import CEILINGS, MEASURES, Uncertainty, region_uncertainty
from resunet.metrics import OverlapCounts, count_overlap
from resunet.study import Study

COUNTER = f"uncertainty, version 1, within {WITHIN_MM:g} mm"
"""Names what `UncertaintyCounter` counts: kept results are found by it."""

REGIONS = ("brain", "band")
"""All pixels of the brain, and those of them near an outline (`near_outlines`)."""


@dataclass(frozen=True)
class SliceFacts:
    """What is known of one slice.

    Attributes:
        number: Its number in its source.
        overlap: Of the expert's outline and the predicted one.
        uncertainty: Of the predicted outline, with the pixels of each pass.
    """

    number: int
    overlap: OverlapCounts
    uncertainty: Uncertainty


@dataclass(frozen=True, eq=False)
class PatientFacts:
    """What was counted of one patient.

    Attributes:
        passes: P, network passes a slice.
        calibration: Region → counts.
        temperatures: Region → counts at other temperatures.
        errors: Region → measure → pixels by outcome and uncertainty.
        convergence: How fast the passes converge near the outlines.
        slices: Of each slice, in slice order.
    """

    passes: int
    calibration: Mapping[str, CalibrationCounts]
    temperatures: Mapping[str, TemperatureCounts]
    errors: Mapping[str, Mapping[str, ErrorCounts]]
    convergence: ConvergenceCounts
    slices: tuple[SliceFacts, ...]

    @property
    def overlap(self) -> OverlapCounts:
        """Over all slices."""
        return sum((each.overlap for each in self.slices), OverlapCounts())

    @property
    def uncertainty(self) -> Uncertainty:
        """Over all slices; the areas of one pass belong together."""
        return sum((each.uncertainty for each in self.slices), Uncertainty())


class UncertaintyCounter:
    """Counts a patient's slices; a `resunet.evaluation.patients.Counter`.

    Args:
        study: The patient's pictures.
    """

    def __init__(self, study: Study) -> None:
        self._passes = 1
        self._calibration = {name: CalibrationCounts() for name in REGIONS}
        self._errors = {name: {each: ErrorCounts() for each in MEASURES} for name in REGIONS}
        self._temperatures = {name: TemperatureCounts() for name in REGIONS}
        self._convergence = ConvergenceCounts()
        self._slices: list[SliceFacts] = []

    def add(self, seen: SeenSlice) -> None:
        """Takes one slice in."""
        shape = seen.truth.shape
        _, *grids = summarise(seen.passes)
        maps = list(restore(np.stack(grids), seen.frame, shape))
        # bilinear weights may sum to a hair above 1
        probability = np.minimum(seen.probability, np.float32(1.0))
        band = seen.brain & near_outlines(seen.truth, seen.mask, seen.spacing_mm)
        regions = dict(zip(REGIONS, (seen.brain, band), strict=True))
        for name, region in regions.items():
            self._calibration[name] += count_calibration(probability[region], seen.truth[region])
            for measure, each in zip(MEASURES, maps, strict=True):
                self._errors[name][measure] += count_errors(
                    np.maximum(each[region], 0.0),
                    seen.truth[region],
                    seen.mask[region],
                    ceiling=CEILINGS[measure],
                )
        for name, counts in count_temperatures(
            seen.passes, lambda mean: restore(mean, seen.frame, shape), seen.truth, regions
        ).items():
            self._temperatures[name] += counts
        self._passes = len(seen.passes)
        self._convergence += count_convergence(seen.passes[:, _grid_band(seen)])
        areas = tumour_areas(seen.passes, seen.frame, shape, seen.threshold)
        self._slices.append(
            SliceFacts(
                seen.number,
                count_overlap(seen.truth, seen.mask),
                region_uncertainty(probability, maps, seen.mask, areas),
            )
        )

    def facts(self) -> PatientFacts:
        """What was counted so far."""
        return PatientFacts(
            self._passes,
            self._calibration,
            self._temperatures,
            self._errors,
            self._convergence,
            tuple(self._slices),
        )

    def result(self) -> dict[str, Any]:
        """What was counted, as JSON values for `read_facts`."""
        facts = self.facts()
        return {
            "passes": facts.passes,
            "calibration": {name: each.kept() for name, each in facts.calibration.items()},
            "temperatures": {name: each.kept() for name, each in facts.temperatures.items()},
            "errors": {
                name: {measure: each.kept() for measure, each in some.items()}
                for name, some in facts.errors.items()
            },
            "convergence": facts.convergence.kept(),
            "slices": [_kept_slice(each) for each in facts.slices],
        }


def read_facts(values: Mapping[str, Any]) -> PatientFacts:
    """Reads what `UncertaintyCounter.result` gave."""
    return PatientFacts(
        passes=int(values["passes"]),
        calibration={name: CalibrationCounts.read(values["calibration"][name]) for name in REGIONS},
        temperatures={
            name: TemperatureCounts.read(values["temperatures"][name]) for name in REGIONS
        },
        errors={
            name: {
                measure: ErrorCounts.read(values["errors"][name][measure]) for measure in MEASURES
            }
            for name in REGIONS
        },
        convergence=ConvergenceCounts.read(values["convergence"]),
        slices=tuple(map(_read_slice, values["slices"])),
    )


def _grid_band(seen: SeenSlice) -> NDArray[np.bool_]:
    """Bool (n, n): the brain's pixels of the network's grid that lie near an outline."""
    size = seen.passes.shape[-1]
    row_mm, column_mm = seen.spacing_mm or (1.0, 1.0)
    pixel_mm = (seen.frame.rows / size * row_mm, seen.frame.columns / size * column_mm)
    return seen.grid_brain & near_outlines(seen.grid_truth, seen.grid_mask, pixel_mm)


def _kept_slice(each: SliceFacts) -> dict[str, Any]:
    one = each.uncertainty
    return {
        "number": each.number,
        "overlap": [each.overlap.intersection, each.overlap.true, each.overlap.pred],
        "area_px": one.area_px,
        "expected_px": one.expected_px,
        "inside_px": one.inside_px,
        "sums": list(one.sums),
        "area_px_samples": one.area_px_samples.tolist(),
    }


def _read_slice(values: Mapping[str, Any]) -> SliceFacts:
    return SliceFacts(
        int(values["number"]),
        OverlapCounts(*map(int, values["overlap"])),
        Uncertainty(
            int(values["area_px"]),
            float(values["expected_px"]),
            float(values["inside_px"]),
            tuple(map(float, values["sums"])),
            np.array(values["area_px_samples"], np.float64),
        ),
    )
