"""Text for a page: styles, the characters the fonts have, and how text breaks into lines.

Lengths are points (1/72 inch). The fonts are those that every reader of PDF has; they know
the characters of Windows-1252 only.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from resunet.figures import colours

INK, FAINT = colours.LIGHT_INK, colours.LIGHT_FAINT

_SPELLED = str.maketrans(
    {"−": "-", "≥": ">=", "≤": "<=", "→": "->", "←": "<-", "σ": "sigma", "√": "sqrt", "μ": "µ"}
    | {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "\u00ad": None}
)


class Style(NamedTuple):
    """How text is set.

    Attributes:
        font: One of the built-in fonts.
        size: Its size.
        leading: From one line to the next.
        colour: Hexadecimal.
    """

    font: str = "Helvetica"
    size: float = 8.5
    leading: float = 11.0
    colour: str = INK


BODY = Style()
BOLD = Style(font="Helvetica-Bold")
SMALL = Style(size=7.5, leading=9.6)
QUIET = Style(size=7.5, leading=9.6, colour=FAINT)
CODE = Style(font="Courier", size=7.5, leading=9.6)


def plain(text: str) -> str:
    """The text in characters the fonts have; others become ``?``, line breaks a space."""
    marks = []
    for mark in unicodedata.normalize("NFC", text.translate(_SPELLED)):
        if mark.isspace() or unicodedata.category(mark).startswith("C"):
            marks.append(" ")
        elif _is_known(mark):
            marks.append(mark)
        else:
            parts = unicodedata.normalize("NFKD", mark)
            base = [part for part in parts if not unicodedata.combining(part)]
            known = base and all(_is_known(part) for part in base)
            marks.append("".join(base) if known else "?")
    return "".join(marks)


def width_of(text: str, style: Style) -> float:
    """How wide one line of text is, in `plain` characters."""
    return _width(plain(text), style)


def wrap(text: str, style: Style, width: float) -> list[str]:
    """Breaks a text into lines that fit; a word too long for a line is broken within.

    Returns:
        The lines in `plain` characters, none for an empty text.
    """
    lines: list[str] = []
    for word in plain(text).split():
        joined = f"{lines[-1]} {word}" if lines else word
        if _width(joined, style) <= width:
            lines[-1:] = [joined]
        else:
            lines += _pieces(word, style, width)
    return lines


def height_of(texts: Iterable[str], style: Style, width: float) -> float:
    """How high texts stand beneath each other, each wrapped."""
    return style.leading * sum(len(wrap(text, style, width)) for text in texts)


def _pieces(word: str, style: Style, width: float) -> list[str]:
    """A word in pieces that fit, at least one character each."""
    if _width(word, style) <= width:
        return [word]
    pieces = [""]
    for mark in word:
        if pieces[-1] and _width(pieces[-1] + mark, style) > width:
            pieces.append("")
        pieces[-1] += mark
    return pieces


def _width(text: str, style: Style) -> float:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(stringWidth(text, style.font, style.size))


@cache
def _is_known(mark: str) -> bool:
    try:
        mark.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
