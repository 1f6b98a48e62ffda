"""The two pages of a report, each laid out so that all of it has room."""

from datetime import datetime
from typing import Any, NamedTuple

from resunet.export.report import numbers, pictures, words
from resunet.export.report.chart import draw_strip, mean_std, series
from resunet.export.report.notices import draw_use, draw_warnings, first_block, second_block
from resunet.export.report.sheet import (
    ACCENT,
    HEADING_HEIGHT,
    HEIGHT,
    INNER,
    MARGIN,
    RIGHT,
    Column,
    Sheet,
    table_height,
)
from resunet.export.report.text import (
    BOLD,
    CODE,
    QUIET,
    SMALL,
    Style,
    height_of,
    plain,
    width_of,
)
from resunet.figures import panels
from resunet.measure import key_slice
from resunet.study import Prediction, Study

_TOP, _BOTTOM = 38.0, HEIGHT - 46.0
_SPACE = 12.0  # between sections
_SMALL_SHARE = 0.6  # height of the small pictures by that of the large ones
_PICTURES = (138.0, 200.0)  # least and most height of the large pictures
_STRIP, _STRIP_OF_ONE = (100.0, 230.0), (80.0, 150.0)  # with two charts, with one
_MOST_MARKS = 260
_TITLE = Style(font="Helvetica-Bold", size=18, leading=24)
_NAME = Style(size=10.5, leading=13.5)


class Report(NamedTuple):
    """What a report is made of.

    Attributes:
        study: What was predicted on.
        prediction: Its prediction.
        values: As `resunet.export.report.write_report` takes them.
        made: When.
    """

    study: Study
    prediction: Prediction
    values: Any
    made: datetime

    @property
    def name(self) -> str:
        """The identifier; beyond any file's name it is cut."""
        name = self.values["identifier"]
        return name if len(name) <= _MOST_MARKS else f"{name[:_MOST_MARKS]}…"

    @property
    def warnings(self) -> list[str]:
        """Each once."""
        return list(dict.fromkeys(self.values["warnings"]))


def draw_first(sheet: Sheet, report: Report) -> int:
    """Draws what is seen at a glance: pictures, numbers, warnings.

    Returns:
        How many warnings have room.
    """
    key = key_slice(report.study, report.prediction)
    columns, rows = _numbers(report, key)
    _draw_head(sheet, report)
    draw_use(sheet, words.reading(report.values))
    sheet.y += _SPACE
    rest = _BOTTOM - sheet.y - HEADING_HEIGHT - table_height(columns, rows) - _SPACE
    warnings = report.warnings
    wanted = first_block(warnings, HEIGHT).height if warnings else QUIET.leading
    _draw_pictures(sheet, report, key, rest - wanted)
    sheet.heading("Measurements")
    sheet.table(columns, rows)
    sheet.y += _SPACE
    shown = 0
    if warnings:
        block = first_block(warnings, _BOTTOM - sheet.y)
        draw_warnings(sheet, block)
        shown = len(block.items)
    else:
        sheet.paragraph("Warnings: none.", QUIET)
    _draw_foot(sheet, report, 1)
    return shown


def draw_second(sheet: Sheet, report: Report, warnings_shown: int) -> None:
    """Draws what stands behind it: lesions, course over the slices, settings, warnings.

    Args:
        sheet: The page.
        report: What it shows.
        warnings_shown: How many warnings the first page has room for.
    """
    sheet.y = _TOP
    _draw_running_head(sheet, report)
    _draw_lesions(sheet, report)
    rest = _BOTTOM - sheet.y - _below_strip(report)
    warnings = report.warnings
    wanted = second_block(warnings, HEIGHT, 0).height + _SPACE if warnings else 0.0
    top = sheet.y
    _draw_strip(sheet, report, rest - wanted)
    if warnings:
        room = rest - (sheet.y - top) - _SPACE
        draw_warnings(sheet, second_block(warnings, room, warnings_shown))
        sheet.y += _SPACE
    _draw_settings(sheet, report)
    _draw_reading(sheet, report)
    _draw_foot(sheet, report, 2)


def _draw_head(sheet: Sheet, report: Report) -> None:
    sheet.y = _TOP
    made = f"{report.made:%Y-%m-%d %H:%M %Z}".strip()
    sheet.write((RIGHT, sheet.y + 17), f"made {made}", QUIET, align="right")
    sheet.lines([words.TITLE], _TITLE)
    name = report.name
    sheet.paragraph(name, _NAME)
    if plain(name) != name:
        sheet.paragraph("Characters that the fonts of this report lack are shown as others.", QUIET)
    sheet.y += 5
    sheet.rule(sheet.y, colour=ACCENT, thickness=1.2)
    sheet.y += 8


def _draw_running_head(sheet: Sheet, report: Report) -> None:
    baseline = sheet.y + 9
    sheet.write((MARGIN, baseline), words.TITLE, BOLD)
    name = report.name
    # a longer one stands among the settings
    if width_of(name, QUIET) < INNER - width_of(words.TITLE, BOLD) - 20:
        sheet.write((RIGHT, baseline), name, QUIET, align="right")
    sheet.rule(sheet.y + 15, colour=ACCENT, thickness=1.2)
    sheet.y += 15 + _SPACE


def _draw_foot(sheet: Sheet, report: Report, number: int) -> None:
    values = report.values
    sheet.rule(HEIGHT - 38)
    sheet.write((MARGIN, HEIGHT - 27), words.NOTICE, QUIET._replace(font="Helvetica-Bold"))
    right = f"{values['program']} {values['version']}  ·  page {number} of 2"
    sheet.write((RIGHT, HEIGHT - 27), right, QUIET, align="right")


def _draw_pictures(sheet: Sheet, report: Report, key: int, room: float) -> None:
    """Draws two rows of pictures as large as there is room."""
    study, prediction = report.study, report.prediction
    fixed = HEADING_HEIGHT + 2 * (pictures.CAPTION + 2) + _SPACE
    least, most = _PICTURES
    height = min(max((room - fixed) / (1 + _SMALL_SHARE), least), most)
    box = panels.box_of(study, prediction, pictures.slot_width(3) / height)
    sheet.heading(_place(report, key))
    pictures.draw_row(sheet, pictures.large_tiles(study, prediction, key, box), height)
    sheet.y += 4
    small = pictures.small_tiles(study, prediction, report.values, key, box)
    pictures.draw_row(sheet, small, height * _SMALL_SHARE)
    sheet.y += _SPACE


def _place(report: Report, key: int) -> str:
    study, prediction = report.study, report.prediction
    parts = [f"Slice {study.slice_numbers[key]}"]
    if study.shape[0] > 1:
        parts[0] += f" ({key + 1} of {study.shape[0]})"
        if study.slice_positions_mm is not None:
            parts.append(f"position {study.slice_positions_mm[key]:.1f} mm")
    found = "largest predicted tumour area" if prediction.mask.any() else "no tumour is predicted"
    return f"{', '.join(parts)}: {found}{'' if prediction.done.all() else ' so far'}"


def _numbers(report: Report, key: int) -> tuple[list[Column], list[list[str]]]:
    """The table of measurements, without the columns that would stay empty."""
    rows = numbers.rows(report.values, key)
    columns = [Column("", 106), Column("prediction", 66, "right", BOLD), Column("", 28, gap=4)]
    texts = [[row.name, row.predicted, row.unit] for row in rows]
    if any(row.interval for row in rows):
        columns.append(Column(words.interval_head(report.values), 78, "right"))
        texts = [[*text, row.interval] for text, row in zip(texts, rows, strict=True)]
    if any(row.expert for row in rows):
        columns.append(Column("expert outline", 62, "right"))
        texts = [[*text, row.expert] for text, row in zip(texts, rows, strict=True)]
    used = sum(column.width + column.gap for column in columns) - columns[0].gap
    columns.append(Column("", INNER - used - 12, style=QUIET, gap=12))
    return columns, [[*text, row.remark] for text, row in zip(texts, rows, strict=True)]


def _draw_lesions(sheet: Sheet, report: Report) -> None:
    sheet.heading("Lesions")
    rows = numbers.lesion_rows(report.values)
    if rows:
        sheet.table(_lesion_columns(report), rows)
        sheet.y += 3
    for remark in numbers.lesion_remarks(report.values):
        sheet.paragraph(remark, QUIET)
    sheet.y += _SPACE


def _lesion_columns(report: Report) -> list[Column]:
    heads = numbers.lesion_heads(report.values)
    widths = (14, 44, 62, 54, 58, 82, 62, 60)
    sides = ("right", "left", "left", "right", "right", "right", "right", "left")
    return [
        Column(head, width, side, SMALL)
        for head, width, side in zip(heads, widths, sides, strict=True)
    ]


def _draw_strip(sheet: Sheet, report: Report, room: float) -> None:
    """Draws the course over the slices as high as there is room."""
    study, prediction, values = report.study, report.prediction, report.values
    sheet.heading("Over the slices")
    if study.shape[0] == 1:
        doubted = values["slices"][0]["std_max"] is not None
        mean = mean_std(study, prediction, 0) if doubted else None
        sheet.paragraph(numbers.single_slice(values, mean), SMALL)
    else:
        least, most = _STRIP if prediction.samples >= 2 else _STRIP_OF_ONE
        height = min(max(room - HEADING_HEIGHT - _SPACE, least), most)
        key = key_slice(study, prediction)
        draw_strip(sheet, series(study, prediction, values), key, height)
    sheet.y += _SPACE


def _draw_settings(sheet: Sheet, report: Report) -> None:
    sheet.heading("How it was made")
    sheet.table(_PAIRS, _pairs(report))
    sheet.table(_LONG, words.digests(report.values, report.name))
    sheet.y += _SPACE


def _draw_reading(sheet: Sheet, report: Report) -> None:
    sheet.heading("How to read it")
    for text in words.explanation(report.values):
        sheet.paragraph(text, SMALL)
        sheet.y += 2
    sheet.y += 2
    sheet.paragraph(words.CITATION, QUIET)


def _below_strip(report: Report) -> float:
    """What the sections beneath the strip and the warnings take."""
    reading = height_of(words.explanation(report.values), SMALL, INNER) + 6
    reading += height_of([words.CITATION], QUIET, INNER)
    made = table_height(_PAIRS, _pairs(report)) + table_height(
        _LONG, words.digests(report.values, report.name)
    )
    return 2 * HEADING_HEIGHT + made + reading + 2 * _SPACE


def _pairs(report: Report) -> list[tuple[str, str, str, str]]:
    settings = words.settings(report.values, report.study.shape)
    half = len(settings) // 2
    return [(*left, *right) for left, right in zip(settings[:half], settings[half:], strict=True)]


_PAIRS = (
    Column("", 70, style=QUIET),
    Column("", 172, style=SMALL),
    Column("", 70, style=QUIET),
    Column("", INNER - 70 - 172 - 70 - 27, style=SMALL),
)
_LONG = (Column("", 70, style=QUIET), Column("", INNER - 79, style=CODE))
