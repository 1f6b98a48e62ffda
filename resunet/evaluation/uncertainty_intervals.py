"""How often an expert's area or volume lies in the interval over the stochastic passes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.measure.areas import INTERVAL_PERCENT, interval


@dataclass(frozen=True)
class IntervalCounts:
    """Where the expert's size lies; records add up.

    Attributes:
        inside: In how many cases it lies in the interval, the ends included.
        below: In how many it is smaller.
        above: In how many it is larger.
    """

    inside: int = 0
    below: int = 0
    above: int = 0

    def __add__(self, other: "IntervalCounts") -> "IntervalCounts":
        return IntervalCounts(
            self.inside + other.inside, self.below + other.below, self.above + other.above
        )

    @property
    def total(self) -> int:
        """How many there are."""
        return self.inside + self.below + self.above

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the counts, the share inside, and the one that the interval promises."""
        low, high = INTERVAL_PERCENT
        return {
            "inside": self.inside,
            "expert_smaller": self.below,
            "expert_larger": self.above,
            "share_inside": self.inside / self.total if self.total else float("nan"),
            "share_promised": (high - low) / 100.0,
            "reason": None if self.total else "There are no intervals.",
        }


def count_interval(samples: NDArray[np.number], true_size: float) -> IntervalCounts:
    """Where the expert's size lies against the 5th to 95th percentile over the passes.

    Args:
        samples: (T,), the size in each pass.
        true_size: The expert's, in the same unit.

    Returns:
        One count; none with fewer than two passes.
    """
    bounds = interval(samples)
    if bounds is None:
        return IntervalCounts()
    low, high = bounds
    return IntervalCounts(
        inside=int(low <= true_size <= high),
        below=int(true_size < low),
        above=int(true_size > high),
    )
