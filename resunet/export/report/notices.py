"""What must not be overlooked in a report: the research-use line and the warnings."""

from collections.abc import Sequence
from typing import NamedTuple

from resunet.export.report.sheet import INNER, MARGIN, RIGHT, RISE, Sheet
from resunet.export.report.text import BODY, Style, wrap
from resunet.export.report.words import NOTICE

EDGE, PAPER = "#b86200", "#fff4de"
_USE_HEIGHT = 24.0
_STRONG = Style(font="Helvetica-Bold", size=10.5, leading=13)
_TITLE = Style(font="Helvetica-Bold", size=8.5, leading=11)
_BAR, _INDENT, _PAD = 3.0, 11.0, 6.0
_NUMBERS = 15.0
_SIZES = (7.5, 7.0, 6.5, 6.0, 5.5)


class Block(NamedTuple):
    """Warnings broken into lines that fit their place.

    Attributes:
        items: The lines of each warning shown.
        first: The number of the first one shown, counted from 1.
        total: How many there are.
        style: How they are set.
        end: What is said of those left out.
    """

    items: list[list[str]]
    first: int
    total: int
    style: Style
    end: str

    @property
    def left_out(self) -> int:
        """How many follow the last one shown."""
        return self.total - self.first + 1 - len(self.items)

    @property
    def height(self) -> float:
        """What `draw_warnings` takes."""
        lines = sum(map(len, self.items)) + bool(self.left_out)
        return 2 * _PAD + _TITLE.leading + 1 + lines * self.style.leading


def draw_use(sheet: Sheet, reading: str) -> None:
    """Draws the line that stands on every picture and export, in a box, and moves on below.

    Args:
        sheet: The page.
        reading: Who has looked at the result, at the right.
    """
    _draw_paper(sheet, _USE_HEIGHT)
    sheet.write((MARGIN + _INDENT, sheet.y + 15.7), NOTICE, _STRONG)
    sheet.write((RIGHT - 8, sheet.y + 15.4), reading, BODY, align="right")
    sheet.y += _USE_HEIGHT


def first_block(warnings: Sequence[str], room: float) -> Block:
    """As many warnings as there is room for; the first one, or its beginning, in any case."""
    return _shorten(_block(warnings, 1, _SIZES[0], ", see page 2"), room)


def second_block(warnings: Sequence[str], room: float, shown: int) -> Block:
    """All warnings, in small letters if need be, or those that the first page leaves out.

    Args:
        warnings: All of them, at least one.
        room: How high the block may be.
        shown: How many stand on the first page.

    Returns:
        The block. What has no room in it either is counted.
    """
    # a single one on the first page may be cut there
    for first in dict.fromkeys((1, shown + 1 if shown > 1 else 1)):
        for size in _SIZES:
            block = _block(warnings, first, size, ", in measures.json")
            if block.height <= room:
                return block
    return _shorten(block, room)


def draw_warnings(sheet: Sheet, block: Block) -> None:
    """Draws the block and moves on below it."""
    _draw_paper(sheet, block.height)
    bottom = sheet.y + block.height
    sheet.y += _PAD
    title = f"Warnings ({block.total})"
    if block.first > 1:
        title += f", from number {block.first} on; the others are on page 1"
    sheet.lines([title], _TITLE, x=MARGIN + _INDENT)
    sheet.y += 1
    x = MARGIN + _INDENT + _NUMBERS
    for number, lines in enumerate(block.items, start=block.first):
        at = (x - 5, sheet.y + RISE * block.style.leading)
        sheet.write(at, f"{number}", block.style, align="right")
        sheet.lines(lines, block.style, x=x)
    if block.left_out:
        words = f"… and {block.left_out} more{block.end}"
        sheet.lines([words], block.style._replace(font="Helvetica-Bold"), x=x)
    sheet.y = bottom


def _block(warnings: Sequence[str], first: int, size: float, end: str) -> Block:
    style = Style(size=size, leading=round(size * 1.27, 2))
    width = INNER - _INDENT - _NUMBERS - 8
    items = [wrap(warning, style, width) for warning in warnings[first - 1 :]]
    return Block(items, first, len(warnings), style, end)


def _shorten(block: Block, room: float) -> Block:
    while len(block.items) > 1 and block.height > room:
        block = block._replace(items=block.items[:-1])
    return _cut(block, room) if block.height > room else block


def _cut(block: Block, room: float) -> Block:
    """The first warning, as much of it as there is room for."""
    excess = block.height - room
    lines = list(block.items[0])
    kept = lines[: max(len(lines) - int(-(-excess // block.style.leading)), 1)]
    if len(kept) < len(lines):
        kept[-1] = f"{kept[-1][:-2].rstrip()} …"
    return block._replace(items=[kept])


def _draw_paper(sheet: Sheet, height: float) -> None:
    sheet.box((MARGIN, sheet.y), INNER, height, PAPER)
    sheet.box((MARGIN, sheet.y), _BAR, height, EDGE)
