"""The numbers of a comparison as people read them, and the reasons where there is none."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from resunet.export.comparison.markup import Html, element, joined
from resunet.export.comparison.words import QuantityWords

NONE = "–"
"""Stands for a value that is not known."""

_SPACE = "\N{NO-BREAK SPACE}"
_PERCENT = ("share", "place")


class Notes:
    """The reasons why values of one table are not known, each with a letter."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def missing(self, entry: Mapping[str, Any], key: str) -> Html:
        """A dash, with the letter of the reason that stands beside the value."""
        reason = entry.get(f"{key}_reason")
        if not isinstance(reason, str) or not reason:
            return Html(NONE)
        letter = self._letters.setdefault(reason, _letter(len(self._letters)))
        return joined([NONE, element("sup", letter)])

    def written(self) -> Html:
        """All reasons, to stand below the table."""
        lines = [joined([element("sup", mark), " ", why]) for why, mark in self._letters.items()]
        return joined(element("p", line, class_="note") for line in lines)


def mapping_at(entry: Any, key: str) -> Mapping[str, Any]:
    """The object under a key; an empty one where there is none."""
    found = entry.get(key) if isinstance(entry, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def list_at(entry: Any, key: str) -> Sequence[Any]:
    """The list under a key; an empty one where there is none."""
    found = entry.get(key) if isinstance(entry, Mapping) else None
    return found if isinstance(found, list | tuple) else ()


def number_at(entry: Mapping[str, Any], key: str) -> float | None:
    """The finite number under a key."""
    return finite(entry.get(key))


def interval_at(entry: Mapping[str, Any], key: str = "ci") -> tuple[float, float] | None:
    """The two finite ends of an interval under a key."""
    ends = [finite(end) for end in list_at(entry, key)]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return None
    return ends[0], ends[1]


def finite(value: Any) -> float | None:
    """A number that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def whole(value: Any) -> str:
    """A count."""
    known = finite(value)
    return NONE if known is None else f"{known:,.0f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share in [0, 1]."""
    return NONE if share is None else _minus(f"{100 * share:.{digits}f}{_SPACE}%")


def plain(value: float | None) -> str:
    """A number with three digits or so."""
    if value is None:
        return NONE
    if abs(value) >= 100 or value == int(value):
        return _minus(f"{value:,.0f}")
    return _minus(f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1e}")


def p_value(p: float | None) -> str:
    """A p-value: never 0, and no digit that it does not have."""
    if p is None:
        return NONE
    if p < 0.001:
        return "<\N{NO-BREAK SPACE}0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def effect_size(g: float | None) -> str:
    """Hedges' g, with its sign."""
    return NONE if g is None else signed(f"{g:.2f}")


def signed(text: str) -> str:
    """A written number with its sign; nothing is ``0``."""
    text = _minus(text)
    is_nothing = not text.strip("0.,% \N{NO-BREAK SPACE}")
    return text if is_nothing or text.startswith("\N{MINUS SIGN}") else f"+{text}"


def in_style(value: float | None, words: QuantityWords) -> str:
    """A quantity's value with its unit."""
    if value is None:
        return NONE
    bare = bare_in_style(value, words)
    return bare if words.style in _PERCENT or not _unit(words) else f"{bare}{_SPACE}{_unit(words)}"


def bare_in_style(value: float, words: QuantityWords) -> str:
    """The same without its unit, except for percents."""
    if words.style in _PERCENT:
        return percent(value)
    return _minus(f"{value:,.0f}") if words.style == "area" else plain(value)


def difference_in_style(value: float | None, words: QuantityWords) -> str:
    """A difference of two values, with its sign."""
    if value is None:
        return NONE
    bare = signed(_in_points(value, words))
    return f"{bare}{_SPACE}points" if words.style in _PERCENT else bare


def difference_interval(ends: tuple[float, float] | None, words: QuantityWords) -> str:
    """The interval of a difference; empty where there is none."""
    return "" if ends is None else " to ".join(_in_points(end, words) for end in ends)


def _in_points(value: float, words: QuantityWords) -> str:
    """A difference without its unit: of percents in points."""
    return bare_in_style(value, words).removesuffix(f"{_SPACE}%")


def count(many: int, one: str, several: str | None = None) -> str:
    """So many of something."""
    return f"{many:,} {one if many == 1 else several or one + 's'}"


def _unit(words: QuantityWords) -> str:
    """A short unit; longer ones stand in the table's first column."""
    return words.unit if len(words.unit) <= 3 else ""


def _minus(text: str) -> str:
    """With a true minus sign; nothing is not negative."""
    if not text.strip("-0.,% \N{NO-BREAK SPACE}"):
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}", 1) if text.startswith("-") else text


def _letter(index: int) -> str:
    """Counts as a, b, …, z, aa, ab and so on."""
    before, at = divmod(index, 26)
    return (_letter(before - 1) if before else "") + chr(ord("a") + at)
