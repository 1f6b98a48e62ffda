"""Correcting the network's outline by hand, and what Python hears of it."""

import numpy as np
import pytest
from slice_view import (
    SHELF,
    canvas,
    click_at,
    detail,
    drawn,
    find_colour,
    point,
    press,
    scale_of,
    slice_shown,
    stroke,
    values,
    wait_for_python,
    wait_for_view,
)

from resunet.figures.colours import PALETTES

pytestmark = pytest.mark.browser

BLUE = PALETTES["paper"]["network"]
# Pixels (row, column) of whose disc dr² + dc² ≤ (size / 2)², counted by hand.
DISC = {1: 1, 3: 9, 5: 21, 7: 37, 9: 69}
# A line of a brush of 7 from (30, 30) to (30, 40): 11 places, so each row of the disc, 7, 7, 7,
# 5, 5, 3 and 3 pixels wide, is 10 wider.
STROKE = ((30, 30), (30, 35), (30, 40))
STROKE_PX = DISC[7] + 7 * 10
STROKE_BOX = "5–5, 27–33, 27–43"
SECOND_PX = 60  # of the smaller tumour


@pytest.fixture
def page(canvas_address, open_page):
    return wait_for_view(open_page(canvas_address))


@pytest.fixture
def whole(canvas_address, open_page):
    """The page with every slice computed, the brush in hand."""
    page = wait_for_view(open_page(f"{canvas_address}/?whole=1"))
    press(page, "b")
    return page


def network_px(slice_index, threshold=0.5):
    """Tumour of the network in a slice: the disc, and its rim of one pixel below 0.6."""
    rows, columns = np.mgrid[:96, :80]
    inside = (rows - 60) ** 2 + (columns - 25) ** 2 < (slice_index + 2) ** 2
    grown = inside.copy()
    for axis in (0, 1):
        for shift in (-1, 1):
            grown |= np.roll(inside, shift, axis)
    found = inside if threshold > 0.6 else grown
    return int((found & (columns >= 20)).sum() if slice_index in (7, 8) else found.sum())


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def enabled(page):
    """Which of undo, redo and restore can be used."""
    drawn(page)
    return [name for name in ("Undo", "Redo", "Restore") if button(page, name).is_enabled()]


def lesions(page):
    """What the list says, the signs on its buttons left out."""
    drawn(page)
    return [
        item.get_by_role("button").first.inner_text()
        for item in page.get_by_role("list", name="Lesions").get_by_role("listitem").all()
    ]


def first_tumour_ml():
    return f"{sum(network_px(k) for k in range(2, 9)) / 1000:.1f} ml"


# Brush and eraser


def test_the_brush_adds_what_it_passes_and_python_hears_it(page):
    assert find_colour(page, "network", BLUE)["top"] > point_y(page, 45)
    button(page, "Correct").click()
    stroke(page, "network", *STROKE)
    found = find_colour(page, "network", BLUE)
    # The disc's uppermost row is 27; the outline's pen is 1.7 wide.
    assert found["top"] == pytest.approx(point_y(page, 26.5), abs=3)
    # 107 pixels in 81 to 200 mm² are said in cm² with one decimal.
    area = (network_px(5) + STROKE_PX) / 100
    assert detail(page, "network") == f"corrected · p > 0.50 · {area:.1f} cm²"
    assert "corrected" in page.locator(".stage").get_attribute("aria-label")
    wait_for_python(page, f"{STROKE_PX} added, 0 taken in {STROKE_BOX}")


def point_y(page, v):
    """The height of a row's middle on the network's canvas."""
    return point(page, "network", v, 0)[1] - canvas(page, "network").bounding_box()["y"]


def test_the_eraser_takes_what_the_network_found_and_what_was_added(page):
    press(page, "e")
    click_at(page, "network", 60, 25)
    wait_for_python(page, f"0 added, {DISC[7]} taken in 5–5, 57–63, 22–28")
    # Nothing is left to be taken where the network found nothing.
    click_at(page, "network", 30, 40)
    press(page, "b")
    click_at(page, "network", 30, 40)
    wait_for_python(page, f"{DISC[7]} added, {DISC[7]} taken")
    press(page, "e")
    click_at(page, "network", 30, 40)
    wait_for_python(page, f"0 added, {DISC[7]} taken")
    press(page, "b")
    click_at(page, "network", 60, 25)
    wait_for_python(page, "0 added, 0 taken")


def test_a_fast_stroke_has_no_gaps(page):
    press(page, "b")
    stroke(page, "network", STROKE[0], STROKE[-1])
    wait_for_python(page, f"{STROKE_PX} added, 0 taken in {STROKE_BOX}")


def test_keys_alone_reach_the_picture_and_correct_it(page):
    page.get_by_label("Slice for the view").focus()
    focused = "() => document.activeElement?.shadowRoot?.activeElement?.className ?? ''"
    for _ in range(60):
        if page.evaluate(focused) == "stage":
            break
        page.keyboard.press("Tab")
    assert page.evaluate(focused) == "stage"
    for key in ("ArrowUp", "ArrowUp", "ArrowDown", *["Shift+ArrowUp"] * 18):
        page.keyboard.press(key)
    assert slice_shown(page) == 6
    # The cross began in the head's middle, row 48 and column 40.
    assert values(page).startswith("row 30, column 40 ·")
    for key in ("b", "Space"):
        page.keyboard.press(key)
    wait_for_python(page, f"{DISC[7]} added, 0 taken in 6–6, 27–33, 37–43")
    page.keyboard.press("Control+z")
    wait_for_python(page, "0 added, 0 taken")
    page.keyboard.press("Control+Shift+z")
    wait_for_python(page, f"{DISC[7]} added, 0 taken")


@pytest.mark.parametrize(("keys", "size"), [("[[[[", 1), (",,", 3), ("]", 9), (".[", 7)])
def test_keys_change_the_size_of_the_brush(page, keys, size):
    press(page, "b", *keys)
    assert page.get_by_label("Size of brush and eraser").input_value() == str(size)
    click_at(page, "network", 30, 40)
    wait_for_python(page, f"{DISC[size]} added, 0 taken")


def test_the_circle_shows_what_the_brush_will_cover(page):
    press(page, "b")
    page.mouse.move(*point(page, "truth", 30, 40))
    found = find_colour(page, "truth", BLUE)
    assert found["right"] - found["left"] == pytest.approx(7 * scale_of(page, "truth"), abs=3)
    press(page, "Escape")
    assert find_colour(page, "truth", BLUE)["count"] == 0


def test_a_slice_that_is_not_computed_cannot_be_corrected(page):
    press(page, "b", "End")
    click_at(page, "network", 30, 40)
    press(page, "Space")
    assert enabled(page) == []


def test_without_a_prediction_there_is_nothing_to_correct(page):
    page.get_by_text("Prediction", exact=True).click()
    page.locator('.viewer[data-overlay="false"]').wait_for()
    assert button(page, "Correct").is_disabled()
    press(page, "b")
    assert page.get_by_role("toolbar", name="Correction").count() == 0


# Undo, redo, restore


def test_a_stroke_is_one_step_and_each_step_can_be_undone(page):
    press(page, "b")
    assert enabled(page) == []
    stroke(page, "network", *STROKE)
    click_at(page, "network", 75, 50)
    wait_for_python(page, f"{STROKE_PX + DISC[7]} added")
    assert enabled(page) == ["Undo", "Restore"]
    button(page, "Undo").click()
    wait_for_python(page, f"{STROKE_PX} added, 0 taken in {STROKE_BOX}")
    assert enabled(page) == ["Undo", "Redo", "Restore"]
    button(page, "Undo").click()
    wait_for_python(page, "0 added, 0 taken")
    assert enabled(page) == ["Redo"]
    button(page, "Redo").click()
    wait_for_python(page, f"{STROKE_PX} added, 0 taken in {STROKE_BOX}")
    # What is drawn now takes the place of what was undone.
    click_at(page, "network", 20, 40)
    wait_for_python(page, f"{STROKE_PX + DISC[7]} added")
    assert enabled(page) == ["Undo", "Restore"]


def test_restore_takes_everything_back_and_is_a_step_itself(page):
    plain = detail(page, "network")
    press(page, "b")
    stroke(page, "network", *STROKE)
    press(page, "e", "ArrowUp")
    click_at(page, "network", 60, 25)
    wait_for_python(page, f"{STROKE_PX} added, {DISC[7]} taken in 5–6")
    button(page, "Restore").click()
    wait_for_python(page, "0 added, 0 taken")
    assert enabled(page) == ["Undo"]
    press(page, "ArrowDown")
    assert detail(page, "network") == plain
    button(page, "Undo").click()
    wait_for_python(page, f"{STROKE_PX} added, {DISC[7]} taken in 5–6")


# What a correction outlasts


def test_another_threshold_keeps_the_correction(page):
    press(page, "b")
    stroke(page, "network", *STROKE)
    wait_for_python(page, f"{STROKE_PX} added")
    page.get_by_label("Probability threshold").fill("0.7")
    wait_for_python(page, "slice 5 threshold 0.70")
    area = (network_px(5, threshold=0.7) + STROKE_PX) / 100
    assert detail(page, "network") == f"corrected · p > 0.70 · {area:.1f} cm²"
    wait_for_python(page, f"{STROKE_PX} added, 0 taken in {STROKE_BOX}")


def test_a_correction_outlasts_the_prediction(page):
    press(page, "b")
    stroke(page, "network", *STROKE)
    wait_for_python(page, f"{STROKE_PX} added")
    corrected = detail(page, "network")
    page.get_by_text("Prediction", exact=True).click()
    page.locator('.viewer[data-overlay="false"]').wait_for()
    page.get_by_text("Prediction", exact=True).click()
    page.wait_for_function(
        f"() => [...{SHELF}.packs.values()].some((pack) => pack.header.kind === 'prediction')"
    )
    drawn(page, frames=10)
    assert detail(page, "network") == corrected
    wait_for_python(page, f"{STROKE_PX} added, 0 taken in {STROKE_BOX}")


def test_each_patient_has_corrections_of_their_own(page):
    press(page, "b")
    stroke(page, "network", *STROKE)
    wait_for_python(page, f"{STROKE_PX} added")
    page.get_by_text("Another patient").click()
    wait_for_python(page, "0 added, 0 taken")
    page.wait_for_function(
        "detail => detail.textContent.startsWith('p > 0.50')",
        arg=page.locator('[data-panel="network"] .detail').element_handle(),
    )
    press(page, "ArrowUp")
    wait_for_python(page, "slice 6")
    click_at(page, "network", 30, 50)
    wait_for_python(page, f"{DISC[7]} added, 0 taken in 6–6")
    page.get_by_text("Another patient").click()
    wait_for_python(page, f"{STROKE_PX} added, 0 taken in {STROKE_BOX}")
    button(page, "Undo").click()
    wait_for_python(page, "0 added, 0 taken")


def test_the_view_begins_with_what_an_earlier_reader_corrected(canvas_address, open_page):
    page = wait_for_view(open_page(f"{canvas_address}/?begun=1"))
    # 6 pixels added in slice 5, one taken away.
    area = (network_px(5) + 6 - 1) / 100
    assert detail(page, "network") == f"corrected · p > 0.50 · {area:.1f} cm²"
    # Nothing is undone that was not done here; but it can be taken back, and corrected further.
    press(page, "b")
    assert enabled(page) == ["Restore"]
    click_at(page, "network", 75, 50)
    wait_for_python(page, f"{DISC[7] + 6} added, 1 taken in 5–5")
    button(page, "Restore").click()
    wait_for_python(page, "0 added, 0 taken")
    assert detail(page, "network") == f"p > 0.50 · {network_px(5) / 100:.1f} cm²"


# Lesions


def test_lesions_are_listed_once_all_slices_are_computed(page):
    press(page, "b")
    listed = page.get_by_role("list", name="Lesions")
    assert listed.inner_text() == "Lesions are listed once all slices are computed."
    assert lesions(page) == []


def test_lesions_are_listed_from_the_largest_and_lead_to_their_place(whole):
    assert lesions(whole) == [f"1 · {first_tumour_ml()}", "2 · 0.06 ml"]
    whole.get_by_title("Lesion 2, slices 31–33: go there").click()
    assert slice_shown(whole) == 1
    assert values(whole).startswith("row 45, column 55 ·")
    whole.get_by_title("Lesion 1, slices 32–38: go there").click()
    # The largest cut is slice 6: of 7 and 8 the network misses a part.
    largest = max(range(2, 9), key=network_px)
    assert slice_shown(whole) == largest


def test_a_rejected_lesion_is_taken_away_and_stays_on_the_list(whole):
    button(whole, "Reject lesion 2").click()
    wait_for_python(whole, f"0 added, {SECOND_PX} taken in 1–3, 45–48, 55–59")
    wait_for_python(whole, f"rejected {SECOND_PX} voxels at (1, 45, 55)")
    assert lesions(whole) == [f"1 · {first_tumour_ml()}", "0.06 ml"]
    assert button(whole, "Reject lesion 2").count() == 0
    whole.get_by_title("Rejected lesion: go there").click()
    assert slice_shown(whole) == 1
    assert detail(whole, "network") == "corrected · p > 0.50 · none"
    button(whole, "Undo").click()
    wait_for_python(whole, "0 added, 0 taken")
    assert whole.get_by_text("Python knows rejected").count() == 0
    assert lesions(whole) == [f"1 · {first_tumour_ml()}", "2 · 0.06 ml"]


def test_an_accepted_lesion_is_marked_and_python_hears_it(whole):
    accept = button(whole, "Accept lesion 2")
    assert accept.get_attribute("aria-pressed") == "false"
    accept.click()
    wait_for_python(whole, f"accepted {SECOND_PX} voxels at (1, 45, 55)")
    wait_for_python(whole, "0 added, 0 taken")
    assert accept.get_attribute("aria-pressed") == "true"
    assert button(whole, "Accept lesion 1").get_attribute("aria-pressed") == "false"
    # Another word on the same lesion takes the place of the first.
    button(whole, "Reject lesion 2").click()
    wait_for_python(whole, f"rejected {SECOND_PX} voxels")
    assert whole.get_by_text("Python knows accepted").count() == 0


def test_lesions_are_those_of_the_prediction_on_screen(whole):
    whole.get_by_text("Another seed").click()
    # 20 rows, 10 columns and 3 slices of 1 mm³ beside the 60 pixels: 0.60 ml of its own
    whole.get_by_text("0.60 ml").wait_for()
    assert lesions(whole) == [f"1 · {first_tumour_ml()}", "2 · 0.60 ml", "3 · 0.06 ml"]
    button(whole, "Reject lesion 2").click()
    wait_for_python(whole, "0 added, 600 taken in 1–3, 20–39, 50–59")


def focused(page):
    return page.evaluate(
        "() => { let at = document.activeElement;"
        " while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
        " return at?.getAttribute('aria-label') ?? at?.title ?? at?.className; }"
    )


def test_judging_by_keyboard_keeps_the_place_in_the_list(whole):
    button(whole, "Accept lesion 2").focus()
    whole.keyboard.press("Enter")
    wait_for_python(whole, f"accepted {SECOND_PX} voxels at (1, 45, 55)")
    assert focused(whole) == "Accept lesion 2"
    button(whole, "Reject lesion 2").focus()
    whole.keyboard.press("Enter")
    wait_for_python(whole, f"rejected {SECOND_PX} voxels at (1, 45, 55)")
    drawn(whole)
    # What came into its place: the one that was rejected, to be found again.
    assert focused(whole) == "Rejected lesion: go there"


def test_what_a_colleague_has_saved_meanwhile_is_begun_with(whole):
    assert detail(whole, "network").startswith("p > 0.50")
    other = whole.get_by_text("Another patient")
    other.click()
    wait_for_view(whole)
    whole.get_by_text("Corrected by a colleague").click()
    other.click()
    whole.get_by_text("corrected · p > 0.50").first.wait_for()


@pytest.mark.parametrize(("key", "word"), [("x", "rejected"), ("a", "accepted")])
def test_keys_judge_the_lesion_at_the_cross(whole, key, word):
    whole.get_by_title("Lesion 2, slices 31–33: go there").click()
    press(whole, key)
    wait_for_python(whole, f"{word} {SECOND_PX} voxels at (1, 45, 55)")
    taken = SECOND_PX if word == "rejected" else 0
    wait_for_python(whole, f"0 added, {taken} taken")


@pytest.mark.parametrize("pixel", [(60, 25), (46, 57)])
def test_a_key_judges_nothing_where_a_resting_pointer_shows_no_lesion(whole, pixel):
    """Neither tumour reaches the lowest slice or the uppermost."""
    first = pixel == (60, 25)
    whole.get_by_label("Slice", exact=True).fill("5" if first else "1")
    whole.mouse.move(*point(whole, "network", *pixel))
    drawn(whole)
    press(whole, "Home" if first else "End")
    drawn(whole)
    press(whole, "x")
    assert enabled(whole) == []


def test_what_is_drawn_by_hand_is_a_lesion_too(whole):
    click_at(whole, "network", 30, 30)
    wait_for_python(whole, f"{DISC[7]} added")
    assert lesions(whole) == [f"1 · {first_tumour_ml()}", "2 · 0.06 ml", "3 · 0.04 ml"]
    button(whole, "Reject lesion 3").click()
    wait_for_python(whole, "0 added, 0 taken")
    wait_for_python(whole, f"rejected {DISC[7]} voxels")


def test_many_lesions_are_counted_after_the_eighth(whole):
    press(whole, *"[[[", *["Shift+ArrowUp"] * 25)
    for _ in range(9):
        press(whole, "Space", "Shift+ArrowDown", "Shift+ArrowDown")
    # Two tumours and 9 single pixels, 8 of them listed.
    wait_for_python(whole, "9 added, 0 taken")
    assert len(lesions(whole)) == 8
    assert whole.get_by_role("list", name="Lesions").inner_text().endswith("and 3 smaller")
