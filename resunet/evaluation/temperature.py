"""Temperature scaling: one number that makes a network's probabilities honest.

With z the value before the sigmoid, the calibrated probability is sigmoid(z / T): above T = 1 all
probabilities move towards one half, below it away from it, and none crosses it. Source: Guo et al.
2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599.

T is the one of the least mean negative log likelihood. Pixels
are counted at a number of fixed temperatures, slice by slice, so that memory does not grow with
the patients; in between the loss is a cubic spline in log T.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.evaluation.calibration import (
    LEAST_PROBABILITY,
    CalibrationCounts,
    count_calibration,
)

TEMPERATURES = tuple(2.0 ** (step / 6) for step in range(-6, 16))
"""Where pixels are counted: 0.5 to 5.7, each 12 % above the one before, 1 among them."""


@dataclass(frozen=True, eq=False)
class TemperatureCounts:
    """Calibration at each of `TEMPERATURES`; records add up.

    Attributes:
        counts: One for each temperature, all of the same pixels.
    """

    counts: tuple[CalibrationCounts, ...] = (CalibrationCounts(),) * len(TEMPERATURES)

    def __add__(self, other: "TemperatureCounts") -> "TemperatureCounts":
        pairs = zip(self.counts, other.counts, strict=True)
        return TemperatureCounts(tuple(one + another for one, another in pairs))

    @property
    def pixels(self) -> int:
        """How many."""
        return self.counts[0].total

    def at(self, temperature: float) -> CalibrationCounts:
        """The counts at the temperature nearest to one, at most 6 % away within the range."""
        places = np.abs(np.log(TEMPERATURES) - math.log(temperature))
        return self.counts[int(places.argmin())]

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "TemperatureCounts":
        """Reads what `kept` gave."""
        return cls(tuple(CalibrationCounts.read(each) for each in values["counts"]))

    def kept(self) -> dict[str, Any]:
        """JSON values, to be read again."""
        return {"counts": [each.kept() for each in self.counts]}


def scaled(probability: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities at another temperature: sigmoid(logit(p) / T).

    Args:
        probability: float32, any shape, in [0, 1]; kept 1e-7 away from both ends.
        temperature: Above 0; 1 changes nothing.

    Returns:
        float32 of that shape. One half stays one half.
    """
    return _sigmoid(_odds(probability.astype(np.float64)) / temperature).astype(np.float32)


def count_temperatures(
    passes: NDArray[np.float32],
    bring: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    mask_true: NDArray[np.bool_],
    regions: Mapping[str, NDArray[np.bool_]],
) -> dict[str, TemperatureCounts]:
    """Counts the pixels of some regions of a slice at each temperature.

    Every pass is scaled, as an engine does it, then the mean over the passes is taken.

    Args:
        passes: float32 (P, n, n), the probabilities at the temperature that counts as 1.
        bring: Takes a mean, float32 (n, n), to the study's own grid (H, W).
        mask_true: bool (H, W), tumour by the expert.
        regions: Name → bool (H, W), the pixels to be counted.

    Returns:
        Name → counts, all 0 for a region without pixels.
    """
    filled = {name: region for name, region in regions.items() if region.any()}
    counts: dict[str, list[CalibrationCounts]] = {name: [] for name in filled}
    odds = _odds(passes) if filled else passes
    for temperature in TEMPERATURES if filled else ():
        mean = _sigmoid(odds / np.float32(temperature)).mean(axis=0, dtype=np.float64)
        # bilinear weights may sum to a hair above 1
        brought = np.minimum(bring(mean.astype(np.float32)), np.float32(1.0))
        for name, region in filled.items():
            counts[name].append(count_calibration(brought[region], mask_true[region]))
    return {
        name: TemperatureCounts(tuple(counts[name])) if name in counts else TemperatureCounts()
        for name in regions
    }


def fit_temperature(counts: TemperatureCounts) -> float:
    """The temperature of the least loss.

    Args:
        counts: Of at least one pixel.

    Returns:
        From 0.5 to 5.7; an end where the loss still falls there.

    Raises:
        InputError: If there is no pixel.
    """
    if not counts.pixels:
        raise InputError(
            "There is no pixel to fit a temperature to: slices with tumour are accepted."
        )
    from scipy.interpolate import CubicSpline
    from scipy.optimize import minimize_scalar

    places = np.log(TEMPERATURES)
    losses = [each.nll for each in counts.counts]
    curve = CubicSpline(places, losses)
    # the curve has one valley as a rule; its neighbourhood is searched, so that another is no trap
    lowest = int(np.argmin(losses))
    low, high = places[max(lowest - 1, 0)], places[min(lowest + 1, len(places) - 1)]
    found = minimize_scalar(curve, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    best = min((float(found.x), places[lowest]), key=curve)
    return math.exp(best)


def scaled_threshold(threshold: float, temperature: float) -> float:
    """The threshold at which a deterministic pass's mask stays what it was.

    Args:
        threshold: In [0, 1], of the unscaled probabilities.
        temperature: Above 0.

    Returns:
        In [0, 1]; 0.5, 0 and 1 stay as they are.
    """
    if threshold in (0.0, 0.5, 1.0):
        return threshold
    odds = math.log(threshold / (1.0 - threshold)) / temperature
    return 1.0 / (1.0 + math.exp(-odds))


def _odds(probability: NDArray[Any]) -> NDArray[Any]:
    """The logarithm of the odds, of probabilities kept away from both ends."""
    p = np.clip(probability, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    return np.log(p) - np.log1p(-p)


def _sigmoid(odds: NDArray[Any]) -> NDArray[Any]:
    return 1.0 / (1.0 + np.exp(-odds))
