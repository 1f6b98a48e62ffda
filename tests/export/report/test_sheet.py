import io

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from resunet.export.report.sheet import (
    HEADING_HEIGHT,
    HEIGHT,
    INNER,
    MARGIN,
    RIGHT,
    WIDTH,
    Column,
    table_height,
)
from resunet.export.report.text import BODY, BOLD, QUIET, width_of


def test_the_page_is_a4():
    assert pytest.approx((210 / 25.4 * 72, 297 / 25.4 * 72), abs=1e-3) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(("align", "share"), [("left", 0.0), ("middle", 0.5), ("right", 1.0)])
def test_text_is_anchored(page, align, share):
    page.sheet.write((200.0, 90.0), "<b>7 & 8</b>", BOLD, align=align)
    ((text, left, baseline, font, size),) = page.read()
    assert text == "<b>7 & 8</b>"
    assert (left, baseline) == pytest.approx((200 - share * width_of(text, BOLD), 90.0), abs=0.01)
    assert (font, size) == ("Helvetica-Bold", 8.5)


def test_a_paragraph_moves_down_by_its_lines(page):
    page.sheet.y = 100.0
    page.sheet.paragraph("word " * 60, BODY)
    texts = page.read()
    assert page.sheet.y == 100.0 + len(texts) * BODY.leading
    assert len(texts) > 1
    assert all(100 < baseline < page.sheet.y for _, _, baseline, _, _ in texts)


def test_a_heading_takes_what_it_says(page):
    page.sheet.heading("Numbers")
    assert page.sheet.y == HEADING_HEIGHT
    assert page.read()[0][0] == "Numbers"


COLUMNS = (
    Column("name", 60),
    Column("value", 50, "right", BOLD),
    Column("", 40, gap=3, style=QUIET),
)


def test_a_table_aligns_its_columns(page):
    page.sheet.table(COLUMNS, [("a", "1.5", "mm"), ("b", "12.25", "ml")])
    texts = page.read()
    lefts = {text: left for text, left, *_ in texts}
    ends = {text: left + width_of(text, BOLD) for text, left, *_ in texts}
    assert lefts["a"] == lefts["b"] == lefts["name"] == MARGIN
    assert ends["1.5"] == pytest.approx(MARGIN + 60 + 9 + 50, abs=0.01)
    assert ends["12.25"] == pytest.approx(ends["1.5"], abs=0.01)
    assert lefts["mm"] == pytest.approx(ends["1.5"] + 3, abs=0.01)
    baselines = {text: baseline for text, _, baseline, _, _ in texts}
    assert baselines["a"] == baselines["1.5"] == baselines["mm"]


@pytest.mark.parametrize("titled", [True, False])
def test_a_table_takes_the_height_foretold(page, titled):
    columns = COLUMNS if titled else [column._replace(title="") for column in COLUMNS]
    rows = [("a", "1", ""), ("several words that need more than one line", "2", "x")]
    page.sheet.y = 50.0
    page.sheet.table(columns, rows)
    assert page.sheet.y == pytest.approx(50.0 + table_height(columns, rows))
    texts = page.read()
    assert max(baseline for _, _, baseline, _, _ in texts) < page.sheet.y
    assert table_height(columns, rows) > table_height(columns, [rows[0], rows[0]])


def test_a_picture_is_drawn_where_it_is_asked_for(page):
    pixels = np.full((20, 30, 3), (250, 60, 60), np.uint8)
    page.sheet.picture(Image.fromarray(pixels), (MARGIN, 100.0), 90.0, 60.0)
    page.canvas.save()
    (first,) = PdfReader(page.data).pages
    (image,) = first.images
    assert image.image.size == (30, 20)
    with Image.open(io.BytesIO(image.data)) as drawn:
        np.testing.assert_allclose(np.asarray(drawn.convert("RGB")), pixels, atol=3)
    content = first.get_contents().get_data().decode()
    assert f"90 0 0 60 {MARGIN:g} {HEIGHT - 160:.4f}".rstrip("0") in content


def test_the_inner_width_lies_between_the_margins():
    assert pytest.approx(INNER + MARGIN) == RIGHT
