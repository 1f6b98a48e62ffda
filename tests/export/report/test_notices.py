import pytest

from resunet.export.report.notices import draw_use, draw_warnings, first_block, second_block
from resunet.export.report.sheet import HEIGHT, MARGIN, RIGHT

LONG = "A sentence that says what is not known, and what that means for the numbers. " * 4
MANY = [f"Number {index}. {LONG}" for index in range(12)]


def test_all_are_shown_where_there_is_room():
    block = first_block(["One.", "Two."], 200)
    assert block.items == [["One."], ["Two."]]
    assert block.left_out == 0


def test_the_last_are_left_out_and_counted():
    block = first_block(MANY, 150)
    assert 0 < len(block.items) < 12
    assert block.left_out == 12 - len(block.items)
    assert block.height <= 150
    assert block.height + 4 * block.style.leading > 150  # one more would not fit


def test_of_one_too_long_there_is_the_beginning():
    block = first_block([LONG * 20], 100)
    ((*whole, last),) = block.items
    assert whole
    assert last.endswith(" …")
    assert block.height <= 100


def test_the_second_page_holds_all_in_smaller_letters():
    large = second_block(MANY, HEIGHT, 5)
    small = second_block(MANY, 0.8 * large.height, 5)
    assert (large.first, len(large.items)) == (small.first, len(small.items)) == (1, 12)
    assert large.style.size == 7.5
    assert small.style.size < 7.5


def test_the_second_page_continues_where_it_cannot_hold_all():
    block = second_block(MANY, 0.4 * second_block(MANY, HEIGHT, 0).height, 8)
    assert block.first == 9
    assert len(block.items) == 4
    assert block.left_out == 0


def test_what_has_room_nowhere_is_counted():
    block = second_block(MANY, 100, 3)
    assert block.first == 4
    assert block.left_out == 9 - len(block.items) > 0
    assert block.height <= 100


def test_one_that_the_first_page_cuts_is_begun_again():
    assert second_block([LONG * 40, "Two."], 150, 1).first == 1


@pytest.mark.parametrize("room", [90, 200, 600])
def test_a_block_takes_what_it_says_and_stays_between_the_margins(page, room):
    block = first_block(MANY, room)
    page.sheet.y = 30.0
    draw_warnings(page.sheet, block)
    assert page.sheet.y == 30.0 + block.height
    texts = page.read()
    assert texts[0][0] == "Warnings (12)"
    assert all(30 < baseline < page.sheet.y for _, _, baseline, _, _ in texts)
    assert min(left for _, left, *_ in texts) > MARGIN
    if block.left_out:
        assert texts[-1][0] == f"… and {block.left_out} more, see page 2"


def test_numbers_go_on_from_the_first_page(page):
    draw_warnings(page.sheet, second_block(MANY, 100, 3))
    texts = [text.strip() for text, *_ in page.read()]
    assert texts[0] == "Warnings (12), from number 4 on; the others are on page 1"
    assert texts[1] == "4"
    assert texts[-1].endswith("more, in measures.json")


def test_the_research_use_line(page):
    draw_use(page.sheet, "Not read.")
    texts = page.read()
    assert texts[0][0] == "Research use only; not a medical device."
    assert texts[0][3] == "Helvetica-Bold"
    assert texts[1][0] == "Not read."
    assert all(left < RIGHT for _, left, *_ in texts)
