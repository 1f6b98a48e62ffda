"""Who moves the slice view, the page or the user; and what the browser has said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st

from resunet.figures.colours import PALETTES
from resunet.measure.uncertainty import CEILINGS
from resunet.ui.viewer.payload import Measure


class ViewerState(NamedTuple):
    """Where the slice view stands.

    Attributes:
        slice_index: 0 … S−1.
        threshold: Probability above which a pixel is drawn as tumour, 0–1.
    """

    slice_index: int
    threshold: float


class Heard(NamedTuple):
    """What the browser said last: of which study, and in answer to which of the page's moves."""

    study: str
    sequence: int
    orders: tuple[int, int]
    state: ViewerState
    had: frozenset[str]
    measure: Measure = "std"
    palette: str = "paper"


@dataclass
class Memory:
    """Who moved the view last: the page by its arguments, or the user.

    `orders` count the page's moves of slice and threshold. The browser obeys a value only
    when its count has grown, so an echo of its own earlier move never pulls it back.
    """

    study: str
    asked: ViewerState
    state: ViewerState
    sequence: int = 0
    orders: tuple[int, int] = (0, 0)

    def settle(self, asked: ViewerState, heard: Heard | None) -> None:
        """Takes in a run's arguments and what the browser said last."""
        if heard is not None and heard.sequence != self.sequence:
            self.sequence = heard.sequence
            self._take(heard)
        moved = tuple(
            new not in (before, now)
            for new, before, now in zip(asked, self.asked, self.state, strict=True)
        )
        self.orders = (self.orders[0] + moved[0], self.orders[1] + moved[1])
        self.state = ViewerState(
            asked.slice_index if moved[0] else self.state.slice_index,
            asked.threshold if moved[1] else self.state.threshold,
        )
        self.asked = asked

    def _take(self, heard: Heard) -> None:
        """What the browser said, unless it spoke of the study before or knew no later order."""
        if heard.study != self.study:
            return
        knew = [said >= given for said, given in zip(heard.orders, self.orders, strict=True)]
        self.state = ViewerState(
            heard.state.slice_index if knew[0] else self.state.slice_index,
            heard.state.threshold if knew[1] else self.state.threshold,
        )

    def data(self) -> dict[str, Any]:
        """What the browser is told."""
        return {**self.state._asdict(), "orders": self.orders, "heard": self.sequence}


def memory_of(key: str, study: str, asked: ViewerState) -> Memory:
    """The memory of a view, new where another study is shown."""
    memory = st.session_state.get(f"{key}-memory")
    if not isinstance(memory, Memory) or memory.study != study:
        sequence = memory.sequence if isinstance(memory, Memory) else 0
        memory = Memory(study=study, asked=asked, state=asked, sequence=sequence)
        st.session_state[f"{key}-memory"] = memory
    return memory


def part_of(value: Any, name: str) -> Any:
    """A part of what the browser said, or None."""
    return value.get(name) if isinstance(value, Mapping) else None


def heard_in(value: Any, slices: int | None) -> Heard | None:
    """What the browser said last, or None where it said nothing that makes sense."""
    view = part_of(value, "view")
    try:
        slice_index, threshold = int(view["slice_index"]), float(view["threshold"])
        study, sequence = str(view["study"]), int(view["sequence"])
        had = frozenset(str(id_) for id_ in view["had"])
        slice_order, threshold_order = (int(order) for order in view["orders"])
        measure, palette = view["measure"], view["palette"]
        is_known = measure in CEILINGS and palette in PALETTES
    except (KeyError, TypeError, ValueError):
        return None
    if slice_index < 0 or (slices is not None and slice_index >= slices):
        return None
    if not 0.0 <= threshold <= 1.0 or not is_known:
        return None
    orders = (slice_order, threshold_order)
    state = ViewerState(slice_index, threshold)
    return Heard(study, sequence, orders, state, had, measure, palette)
