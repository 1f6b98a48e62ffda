"""Lists, tables and numbers in Markdown."""

import math
from collections.abc import Iterable, Sequence


def listed(items: Iterable[str]) -> str:
    """A list with a line for each item; an empty text of none."""
    return "\n".join(f"- {item}" for item in items)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table: the first column to the left, the others, which hold numbers, to the right."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def number(value: float | None, digits: int = 3) -> str:
    """A number with so many digits after the point, or «undefined»."""
    return f"{value:.{digits}f}" if value is not None and is_defined(value) else "undefined"


def is_defined(value: float | None) -> bool:
    """Whether there is a value, and it is one."""
    return value is not None and not math.isnan(value)
