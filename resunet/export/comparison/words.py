"""What kinds of findings, quantities and families of them are called on the page.

The page knows their names in ``comparison.json`` alone; whoever made it has the words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol


class KindWords(Protocol):
    """A kind of finding, such as `resunet.cohort.corruption.kinds.Kind`."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def meaning(self) -> str:
        """What it means and what to do, in a sentence; may be empty."""


class QuantityWords(Protocol):
    """A quantity, such as `resunet.cohort.statistics.quantities.Quantity`."""

    @property
    def title(self) -> str:
        """For tables."""

    @property
    def unit(self) -> str:
        """Of its values; may be empty."""

    @property
    def style(self) -> str:
        """How values are written: ``area``, ``share``, ``place`` or ``number``."""

    @property
    def family(self) -> str:
        """The family it belongs to; may be empty."""


class NamedKind(NamedTuple):
    """A kind of which only its name is known."""

    title: str
    meaning: str = ""


class NamedQuantity(NamedTuple):
    """A quantity of which only its name is known."""

    title: str
    unit: str = ""
    style: str = "number"
    family: str = ""


@dataclass(frozen=True)
class Words:
    """What things are called.

    Attributes:
        kinds: Name in the result → words, in the order in which they are shown.
        quantities: The same of quantities.
        families: Family → its question, in the order in which they are shown.
    """

    kinds: Mapping[str, KindWords] = field(default_factory=lambda: MappingProxyType({}))
    quantities: Mapping[str, QuantityWords] = field(default_factory=lambda: MappingProxyType({}))
    families: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def kind(self, name: str) -> KindWords:
        """A kind's words; its name where there are none."""
        return self.kinds.get(name) or NamedKind(spelled(name))

    def quantity(self, name: str) -> QuantityWords:
        """A quantity's words; its name where there are none."""
        return self.quantities.get(name) or NamedQuantity(spelled(name))


def spelled(name: str) -> str:
    """A name of the result as words: ``left_anterior`` is *Left anterior*."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
