"""Where the tumours of a set lie: pixel-wise mean and standard deviation of its masks.

The source is the paper's section 4.2 and figure 4. Masks are counted, not averaged, so
one streaming pass is exact and parts of a set may be added in any order.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

QUADRANTS = ("right_anterior", "left_anterior", "right_posterior", "left_posterior")
"""The quadrants by the patient's side, in reading order of the picture."""


@dataclass(frozen=True, eq=False)
class MaskDistribution:
    """The tumour counts of one set; `+` joins two parts of a set exactly.

    Attributes:
        name: The set's name.
        hits: int64 (H, W), how many slices hold tumour at each pixel. Read-only.
        slices: How many slices were counted, at least one.
        tumour_slices: How many of them hold any tumour.
        patients: The identifiers of the patients they come from.
    """

    name: str
    hits: NDArray[np.int64] = field(repr=False)
    slices: int
    tumour_slices: int
    patients: frozenset[str] = field(repr=False)

    def __post_init__(self) -> None:
        if self.slices < 1:
            raise InputError(f"The set {self.name} holds no mask, where at least one is accepted.")
        self.hits.flags.writeable = False

    @property
    def mean(self) -> NDArray[np.float64]:
        """float64 (H, W) in [0, 1]: the share of slices with tumour at each pixel."""
        return self.hits / self.slices

    @property
    def std(self) -> NDArray[np.float64]:
        """float64 (H, W) in [0, 0.5]: population standard deviation (ddof 0) of the masks.

        A mask is 0 or 1, so it is √(p(1−p)) of the mean p, taken from the integer counts
        without cancellation.
        """
        return np.sqrt(self.hits * (self.slices - self.hits)) / self.slices

    @property
    def mean_area_px(self) -> float:
        """Tumour pixels of the average slice, slices without tumour included."""
        return int(self.hits.sum()) / self.slices

    @property
    def empty_share(self) -> float:
        """The share of slices without tumour, in [0, 1]."""
        return (self.slices - self.tumour_slices) / self.slices

    @property
    def quadrants(self) -> dict[str, float] | None:
        """The share of all tumour pixels in each of `QUADRANTS`; None without tumour.

        The halves are those of `quadrant_sums`. The shares sum to 1.
        """
        total = int(self.hits.sum())
        if total == 0:
            return None
        return {name: mass / total for name, mass in quadrant_sums(self.hits).items()}

    def __add__(self, other: "MaskDistribution") -> "MaskDistribution":
        """The two parts as one set under the first one's name; bit for bit exact.

        Raises:
            InputError: If the pictures are of different shapes.
        """
        _check_same_shape(self, other)
        return replace(
            self,
            hits=self.hits + other.hits,
            slices=self.slices + other.slices,
            tumour_slices=self.tumour_slices + other.tumour_slices,
            patients=self.patients | other.patients,
        )


def quadrant_sums(counts: NDArray[np.integer]) -> dict[str, float]:
    """What lies in each of `QUADRANTS`.

    The halves meet at the array's centre; of an odd number of rows or columns the middle one
    belongs half to either side.

    Args:
        counts: (H, W), rows → posterior, columns → patient's left.
    """
    rows, columns = counts.shape
    posterior, left = _second_half(rows), _second_half(columns)
    sides = {
        "right_anterior": (1.0 - posterior, 1.0 - left),
        "left_anterior": (1.0 - posterior, left),
        "right_posterior": (posterior, 1.0 - left),
        "left_posterior": (posterior, left),
    }
    return {
        name: float(vertical @ counts @ horizontal)
        for name, (vertical, horizontal) in sides.items()
    }


def summary(distribution: MaskDistribution) -> dict[str, Any]:
    """One set in plain numbers, ready for JSON.

    Returns:
        Counts of slices, patients and slices with tumour, the share of slices without,
        the mean area in pixels over all slices, and the share of tumour in each quadrant
        (None, with ``quadrants_reason``, where the set holds no tumour).
    """
    quadrants = distribution.quadrants
    return {
        "slices": distribution.slices,
        "patients": len(distribution.patients),
        "tumour_slices": distribution.tumour_slices,
        "empty_share": distribution.empty_share,
        "mean_area_px": distribution.mean_area_px,
        "quadrants": quadrants,
        "quadrants_reason": "The set holds no tumour." if quadrants is None else None,
    }


def _second_half(length: int) -> NDArray[np.float64]:
    """float64 (length,): 1 past the centre, 0 before it, 0.5 for a middle pixel on it."""
    return (np.sign(2 * np.arange(length) - (length - 1)) + 1) / 2


def _check_same_shape(a: MaskDistribution, b: MaskDistribution) -> None:
    if a.hits.shape != b.hits.shape:
        raise InputError(
            f"The set {b.name} has pictures of {b.hits.shape}, where {a.hits.shape}, "
            f"the shape of {a.name}, is accepted."
        )
