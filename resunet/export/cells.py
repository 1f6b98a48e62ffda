"""Text in tables for spreadsheets, which take some of it for formulas."""

import re

_FORMULA = re.compile('(^|[,;])([ "]*)(?=[=+@＝＋－＠-])')
"""Where a spreadsheet would see a formula begin, full-width signs included."""


def text_cell(text: str) -> str:
    """A cell of text, quoted where it must be, and where a ``#`` would begin a comment."""
    cell = harmless(text)
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"#') else cell


def harmless(text: str) -> str:
    """Text on one line, without control characters, of which nothing becomes a formula.

    After a comma or a semicolon too, at which a spreadsheet divides comment lines.
    """
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return _FORMULA.sub(r"\1\2'", line)
