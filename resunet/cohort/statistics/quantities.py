"""What is compared between sets of patients, and how a difference is said in words.

A quantity is one number a patient. Quantities that answer the same question form a family.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.distributions import QUADRANTS
from resunet.cohort.units import PatientTable
from resunet.study import CONTRASTS

Statistic = Literal["mean", "rank"]
Style = Literal["area", "share", "place", "number"]

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "where": "where tumours lie",
        "size": "how large tumours are",
        "number": "how many parts they have and how many slices are without tumour",
        "position": "at what height the slices lie and how much brain they show",
        "intensity": "how bright the pictures are and how much contrast they have",
    }
)
"""Family → its question; the order of reports."""

MAP = "map"
"""The name of the comparison of whole maps, a member of the family ``where``."""


@dataclass(frozen=True)
class Quantity:
    """One number a patient.

    Attributes:
        title: For tables and axes.
        unit: Of its values; empty for a plain number or a share.
        family: A key of `FAMILIES`.
        statistic: What the test compares: the means, or the mean ranks where single patients lie
            far out or many share the value zero (see docs/comparing-sets.md).
        subject: Whom a sentence about a difference is about.
        higher: What it says of the set with the higher values, before "than in".
        lower: The same of the set with the lower values.
        style: How values are written: pixels, a share in percent, a place in percent of the
            picture, or a number.
    """

    title: str
    unit: str
    family: str
    statistic: Statistic
    subject: str
    higher: str
    lower: str
    style: Style = "number"


_MEAN_AREA = Quantity(
    "Tumour area per slice", "px", "size", "mean", "Tumours", "are larger", "are smaller", "area"
)
_SLICES = "The patients"
_FROM_THE_FRONT = "of the picture's height from the front"
_FROM_THE_RIGHT = "of the picture's width from the patient's right"


def _quadrant(name: str) -> Mapping[str, Quantity]:
    """A quadrant's tumour per slice, and its share of the patient's tumour."""
    words = name.replace("_", " ")
    more, less = f"have more tumour {words}", f"have less tumour {words}"
    mass = Quantity(f"Tumour {words}", "px per slice", "where", "rank", _SLICES, more, less, "area")
    share = Quantity(
        f"Share of tumour {words}",
        "",
        "where",
        "mean",
        "Tumours",
        f"lie {words} with a larger part",
        f"lie {words} with a smaller part",
        "share",
    )
    return {name: mass, share_name(name): share}


def _contrast(name: str) -> Mapping[str, Quantity]:
    """A contrast's brightness, and its range relative to it."""
    picture = f"{name.upper()} pictures"
    median = Quantity(
        f"{name.upper()}, median of the brain",
        "",
        "intensity",
        "rank",
        picture,
        "are brighter",
        "are darker",
    )
    spread = replace(
        median,
        title=f"{name.upper()}, contrast of the brain",
        higher="have more contrast",
        lower="have less contrast",
    )
    return {f"{name}_median": median, f"{name}_spread": spread}


def share_name(quadrant: str) -> str:
    """What the share of a patient's tumour in a quadrant is called."""
    return f"{quadrant}_share"


def _merged(*parts: Mapping[str, Quantity]) -> Mapping[str, Quantity]:
    return MappingProxyType({name: item for part in parts for name, item in part.items()})


QUANTITIES: Mapping[str, Quantity] = _merged(
    *(_quadrant(name) for name in QUADRANTS),
    {
        "centroid_row": Quantity(
            "Tumour centre, front to back",
            _FROM_THE_FRONT,
            "where",
            "mean",
            "Tumours",
            "lie further back",
            "lie further in front",
            "place",
        ),
        "centroid_column": Quantity(
            "Tumour centre, right to left",
            _FROM_THE_RIGHT,
            "where",
            "mean",
            "Tumours",
            "lie further to the patient's left",
            "lie further to the patient's right",
            "place",
        ),
        "mean_area_px": _MEAN_AREA,
        "tumour_area_px": replace(
            _MEAN_AREA,
            title="Tumour area per slice with tumour",
            higher="are larger in the slices that have any",
            lower="are smaller in the slices that have any",
        ),
        "largest_area_px": replace(
            _MEAN_AREA,
            title="Largest tumour area",
            higher="are larger in their largest slice",
            lower="are smaller in their largest slice",
        ),
        "components": Quantity(
            "Parts of the tumour per slice with tumour",
            "parts",
            "number",
            "mean",
            "Tumours",
            "have more separate parts",
            "have fewer separate parts",
        ),
        "empty_share": Quantity(
            "Share of slices without tumour",
            "",
            "number",
            "mean",
            _SLICES,
            "have more slices without tumour",
            "have fewer slices without tumour",
            "share",
        ),
        "tumour_position": Quantity(
            "Slice number, slices with tumour",
            "",
            "position",
            "mean",
            "Slices with tumour",
            "have higher numbers",
            "have lower numbers",
        ),
        "slice_position": Quantity(
            "Slice number, all slices",
            "",
            "position",
            "mean",
            "Slices",
            "have higher numbers",
            "have lower numbers",
        ),
        "brain_area_px": Quantity(
            "Brain area per slice",
            "px",
            "position",
            "mean",
            "Slices",
            "show more brain",
            "show less brain",
            "area",
        ),
    },
    *(_contrast(name) for name in CONTRASTS),
)
"""Name → quantity. The shares of the quadrants are derived here, the others come in tables."""


def values_of(table: PatientTable) -> dict[str, NDArray[np.float64]]:
    """The values of all `QUANTITIES`, the derived ones included.

    Args:
        table: A set of patients; of what it carries under other names nothing is taken.

    Returns:
        Name → float64 (P,), in the order of `QUANTITIES`; NaN where the table has none, or
        anything but a finite number. A share of tumour is undefined for a patient without.
    """
    missing = np.full(len(table), np.nan)
    masses = {name: table.values.get(name, missing) for name in QUADRANTS}
    total = np.sum(list(masses.values()), axis=0)
    total = np.where(total > 0, total, np.nan)
    known = dict(table.values) | {share_name(name): masses[name] / total for name in QUADRANTS}
    values = {name: np.asarray(known.get(name, missing), np.float64).copy() for name in QUANTITIES}
    for column in values.values():
        column[~np.isfinite(column)] = np.nan
    return values
