"""Where the tumours of a set lie: pixel-wise mean and standard deviation of its masks.

The source is the paper's section 4.2 and figure 4. Masks are counted, not averaged, so
one streaming pass is exact and parts of a set may be added in any order.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.metrics import as_mask
from resunet.storage import SCHEMA

QUADRANTS = ("right_anterior", "left_anterior", "right_posterior", "left_posterior")
"""The quadrants by the patient's side, in reading order of the picture."""


class LabelledMask(NamedTuple):
    """One mask and where it is from.

    Attributes:
        patient: The patient's opaque identifier.
        name: What an error calls the mask, such as its file's path.
        mask: bool (H, W), rows → posterior, columns → patient's left.
    """

    patient: str
    name: str
    mask: NDArray[np.bool_]


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

        The halves meet at the array's centre; of an odd number of rows or columns the
        middle one belongs half to either side. The shares sum to 1.
        """
        total = int(self.hits.sum())
        if total == 0:
            return None
        rows, columns = self.hits.shape
        posterior, left = _second_half(rows), _second_half(columns)
        sides = {
            "right_anterior": (1.0 - posterior, 1.0 - left),
            "left_anterior": (1.0 - posterior, left),
            "right_posterior": (posterior, 1.0 - left),
            "left_posterior": (posterior, left),
        }
        return {
            name: float(vertical @ self.hits @ horizontal) / total
            for name, (vertical, horizontal) in sides.items()
        }

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


def mask_distribution(
    name: str, items: Iterable[LabelledMask], *, on_item: Callable[[int], None] | None = None
) -> MaskDistribution:
    """Counts the masks of one set in a single pass, holding one mask at a time.

    Args:
        name: The set's name.
        items: The masks, all of one shape; any value but 0 is tumour.
        on_item: Called after each mask with how many were counted so far.

    Raises:
        InputError: If there is no mask, or one is not a picture of booleans or integers or
            has another shape than the first; the message holds the mask's name.
    """
    hits: NDArray[np.int64] | None = None
    slices = tumour_slices = 0
    patients: set[str] = set()
    for item in items:
        mask = as_mask(item.mask, item.name)
        if hits is None:
            _check_picture(item.name, mask)
            hits = np.zeros(mask.shape, np.int64)
        elif mask.shape != hits.shape:
            raise InputError(
                f"{item.name} has a mask of shape {mask.shape}, where {hits.shape}, "
                f"the shape of the first mask of {name}, is accepted."
            )
        hits += mask
        slices += 1
        tumour_slices += bool(mask.any())
        patients.add(item.patient)
        if on_item is not None:
            on_item(slices)
    if hits is None:
        raise InputError(f"The set {name} holds no mask, where at least one is accepted.")
    return MaskDistribution(name, hits, slices, tumour_slices, frozenset(patients))


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


def comparison(distributions: Sequence[MaskDistribution]) -> dict[str, Any]:
    """Several sets and every pair of them, ready for ``comparison.json``.

    Args:
        distributions: At least one set, of different names and one picture shape.

    Returns:
        ``{"schema": 1, "shape", "sets": {name: summary}, "pairs": [...]}``. A pair holds the
        largest absolute difference of the two means and Pearson's correlation of the mean
        pictures over all pixels (None, with a reason, where one of them is constant). They
        describe; they do not test.

    Raises:
        InputError: If there is no set, two share a name, or their shapes differ.
    """
    if not distributions:
        raise InputError("distributions is empty, where at least one set is accepted.")
    names = [distribution.name for distribution in distributions]
    if len(set(names)) < len(names):
        raise InputError(f"The sets are named {', '.join(names)}, where different names are due.")
    for other in distributions[1:]:
        _check_same_shape(distributions[0], other)
    return {
        "schema": SCHEMA,
        "shape": list(distributions[0].hits.shape),
        "sets": {distribution.name: summary(distribution) for distribution in distributions},
        "pairs": [_pair(a, b) for a, b in combinations(distributions, 2)],
    }


def _pair(a: MaskDistribution, b: MaskDistribution) -> dict[str, Any]:
    mean_a, mean_b = a.mean, b.mean
    shared = {"a": a.name, "b": b.name}
    difference = float(np.abs(mean_a - mean_b).max())
    constant = [d.name for d in (a, b) if np.ptp(d.hits) == 0]
    correlation = None if constant else float(np.corrcoef(mean_a.ravel(), mean_b.ravel())[0, 1])
    reason = f"The mean of {' and '.join(constant)} is constant." if constant else None
    return {
        **shared,
        "max_abs_mean_difference": difference,
        "correlation_of_means": correlation,
        "correlation_reason": reason,
    }


def _second_half(length: int) -> NDArray[np.float64]:
    """float64 (length,): 1 past the centre, 0 before it, 0.5 for a middle pixel on it."""
    return (np.sign(2 * np.arange(length) - (length - 1)) + 1) / 2


def _check_picture(name: str, mask: NDArray[np.bool_]) -> None:
    if mask.ndim != 2 or 0 in mask.shape:
        raise InputError(
            f"{name} has a mask of shape {mask.shape}, where (rows, columns) is accepted."
        )


def _check_same_shape(a: MaskDistribution, b: MaskDistribution) -> None:
    if a.hits.shape != b.hits.shape:
        raise InputError(
            f"The set {b.name} has pictures of {b.hits.shape}, where {a.hits.shape}, "
            f"the shape of {a.name}, is accepted."
        )
