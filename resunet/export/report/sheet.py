"""An A4 page that is written on from its top down: text, rules, tables, pictures.

Lengths are points (1/72 inch). Places count from the page's upper left corner, as one reads.
"""

import io
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from PIL import Image

from resunet.export.report.text import BODY, QUIET, Style, plain, width_of, wrap

WIDTH, HEIGHT = 595.2756, 841.8898
MARGIN = 48.0
"""Left and right; what is written lies between."""

RIGHT = WIDTH - MARGIN
INNER = WIDTH - 2 * MARGIN
ACCENT = "#1d5a94"
"""Titles and the rules beneath them."""

RULE = "#d3d8dd"
RISE = 0.78
"""From a line's top to its baseline, of its leading."""


_HEADING = Style(font="Helvetica-Bold", size=9.5, leading=12, colour=ACCENT)
_PAD = 2.5  # above and below the text of a table's row
_QUALITY = 90

Point = tuple[float, float]
"""Across from the left edge and down from the upper edge."""


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: Its head; empty for none.
        width: Of its text.
        align: ``"left"`` or ``"right"``.
        style: How its cells are set.
        gap: Between it and the column before.
    """

    title: str
    width: float
    align: str = "left"
    style: Style = BODY
    gap: float = 9.0


class Sheet:
    """One page of a reportlab canvas.

    Attributes:
        canvas: Where it is drawn.
        y: How far down the page is used.
    """

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas
        self.y = 0.0

    def write(self, at: Point, text: str, style: Style, *, align: str = "left") -> None:
        """Writes one line of text.

        Args:
            at: The left end, middle or right end of its baseline.
            text: What to write; see `plain`.
            style: How.
            align: ``"left"``, ``"middle"`` or ``"right"``.
        """
        shift = {"left": 0.0, "middle": 0.5, "right": 1.0}[align] * width_of(text, style)
        self.canvas.setFont(style.font, style.size)
        self.canvas.setFillColor(style.colour)
        self.canvas.drawString(at[0] - shift, HEIGHT - at[1], plain(text))

    def lines(self, lines: Iterable[str], style: Style, *, x: float = MARGIN) -> None:
        """Writes lines of text and moves on below them."""
        for line in lines:
            self.write((x, self.y + RISE * style.leading), line, style)
            self.y += style.leading

    def paragraph(self, text: str, style: Style) -> None:
        """Writes wrapped text over the page's width and moves on below it."""
        self.lines(wrap(text, style, INNER), style)

    def heading(self, text: str) -> None:
        """Writes a section's title over a thin rule and moves on below it."""
        self.write((MARGIN, self.y + 8.5), text, _HEADING)
        self.rule(self.y + 13, colour=ACCENT, thickness=0.6)
        self.y += HEADING_HEIGHT

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Writes a table, a thin rule beneath each row, and moves on below it."""
        places = _places(columns)
        if _has_head(columns):
            for x, column in zip(places, columns, strict=True):
                at = (x, self.y + RISE * QUIET.leading)
                self.write(at, column.title, QUIET, align=column.align)
            self.y += QUIET.leading + 2
            self.rule(self.y)
        for row in rows:
            # texts of different sizes in one row share their first baseline
            first = self.y + _PAD + RISE * max(column.style.leading for column in columns)
            for x, column, text in zip(places, columns, row, strict=True):
                for index, line in enumerate(wrap(text, column.style, column.width)):
                    at = (x, first + index * column.style.leading)
                    self.write(at, line, column.style, align=column.align)
            self.y += _row_height(columns, row)
            self.rule(self.y, thickness=0.3)

    def rule(self, y: float, *, colour: str = RULE, thickness: float = 0.5) -> None:
        """Draws a line across the page."""
        self.stroke([(MARGIN, y), (RIGHT, y)], colour, thickness=thickness)

    def stroke(
        self,
        points: Sequence[Point],
        colour: str,
        *,
        thickness: float = 0.5,
        dash: Sequence[float] = (),
    ) -> None:
        """Draws a line through points."""
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(thickness)
        self.canvas.setLineJoin(1)
        self.canvas.setDash(list(dash))
        self.canvas.drawPath(self._path(points), stroke=1, fill=0)

    def fill(self, points: Sequence[Point], colour: str) -> None:
        """Fills the area round which points run."""
        self.canvas.setFillColor(colour)
        self.canvas.drawPath(self._path(points), stroke=0, fill=1)

    def box(
        self, at: Point, width: float, height: float, colour: str, *, opacity: float = 1.0
    ) -> None:
        """Fills a rectangle whose upper left corner is given."""
        self.canvas.saveState()
        self.canvas.setFillColor(colour)
        if opacity < 1:
            self.canvas.setFillAlpha(opacity)
        self.canvas.rect(at[0], HEIGHT - at[1] - height, width, height, stroke=0, fill=1)
        self.canvas.restoreState()

    def dot(self, at: Point, radius: float, colour: str) -> None:
        """Fills a circle."""
        self.canvas.setFillColor(colour)
        self.canvas.circle(at[0], HEIGHT - at[1], radius, stroke=0, fill=1)

    def picture(self, image: Image.Image, at: Point, width: float, height: float) -> None:
        """Draws a picture, as JPEG without thinned colours, its upper left corner given."""
        from reportlab.lib.utils import ImageReader

        data = io.BytesIO()
        image.save(data, "JPEG", quality=_QUALITY, subsampling=0)
        data.seek(0)
        self.canvas.drawImage(ImageReader(data), at[0], HEIGHT - at[1] - height, width, height)

    def _path(self, points: Sequence[Point]) -> Any:
        path = self.canvas.beginPath()
        path.moveTo(points[0][0], HEIGHT - points[0][1])
        for x, y in points[1:]:
            path.lineTo(x, HEIGHT - y)
        return path


HEADING_HEIGHT = 18.0
"""What `Sheet.heading` takes."""


def table_height(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> float:
    """What `Sheet.table` takes."""
    head = QUIET.leading + 2 if _has_head(columns) else 0.0
    return head + sum(_row_height(columns, row) for row in rows)


def _row_height(columns: Sequence[Column], row: Sequence[str]) -> float:
    first = max(column.style.leading for column in columns)
    more = max(
        column.style.leading * (len(wrap(text, column.style, column.width)) - 1)
        for column, text in zip(columns, row, strict=True)
    )
    return 2 * _PAD + first + max(more, 0.0)


def _has_head(columns: Sequence[Column]) -> bool:
    return any(column.title for column in columns)


def _places(columns: Sequence[Column]) -> list[float]:
    """Where each column's text is anchored: its left end, or its right end."""
    left, places = MARGIN, []
    for index, column in enumerate(columns):
        left += column.gap if index else 0.0
        places.append(left + column.width if column.align == "right" else left)
        left += column.width
    return places
