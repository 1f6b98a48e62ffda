"""The slice view in headless Chromium, on the made-up patient of `canvas_app.py`."""

import pytest
from slice_view import drawn

pytestmark = pytest.mark.browser

# Counts a panel's pixels of one kind and gives their mean place as fractions of the panel.
FIND_PIXELS = """
(canvas, kind) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const kinds = {
    lit: (r, g, b) => r + g + b > 90,
    white: (r, g, b) => r > 250 && g > 250 && b > 250,
    red: (r, g, b) => r > 180 && g < 110 && b < 110,
    blue: (r, g, b) => b > 180 && r < 110,
    green: (r, g, b) => g > 120 && g > 1.25 * r && g > 1.15 * b,
  };
  let count = 0, x = 0, y = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (!kinds[kind](data[i], data[i + 1], data[i + 2])) continue;
    count++;
    x += (i / 4) % canvas.width;
    y += Math.floor(i / 4 / canvas.width);
  }
  return { count, x: x / count / canvas.width, y: y / count / canvas.height };
}
"""


@pytest.fixture
def page(canvas_address, open_page):
    page = open_page(canvas_address)
    page.locator('.viewer[data-ready="true"][data-overlay="true"]').wait_for()
    return page


def pixels(page, panel, kind):
    return page.locator(f'[data-panel="{panel}"] canvas').evaluate(FIND_PIXELS, kind)


def wait_for_slice(page, index):
    page.locator(f'.viewer[data-slice="{index}"]').wait_for()


def wait_for_python(page, text):
    page.get_by_text(f"Python knows {text}").wait_for()


def contrast_shown(page):
    return page.locator('.contrasts [aria-checked="true"]').inner_text()


def contrasts(page):
    return page.get_by_role("radiogroup", name="Contrast").get_by_role("radio")


def greys(page):
    """Width and level of the grey levels, as the fields say them."""
    drawn(page)
    return [page.get_by_label(name).input_value() for name in ("Window width", "Window level")]


def choose_contrast(page, name):
    page.get_by_role("radio", name=name, exact=True).click()
    page.locator('.contrasts [aria-checked="true"]').get_by_text(name, exact=True).wait_for()


def picture(page):
    """The middle panel as it is drawn."""
    return page.locator('[data-panel="network"] canvas').evaluate("canvas => canvas.toDataURL()")


def point_at(page, row, column):
    """Moves the pointer to the middle of a pixel; the view must not be zoomed.

    The head's rows 7 … 89 and columns 7 … 73 fill the first panel but for 44 pixels.
    """
    box = page.locator('[data-panel="truth"] canvas').bounding_box()
    scale = min((box["width"] - 44) / 67, (box["height"] - 44) / 83)
    x = box["x"] + box["width"] / 2 + (column + 0.5 - 40.5) * scale
    y = box["y"] + box["height"] / 2 + (row + 0.5 - 48.5) * scale
    page.mouse.move(x, y)


def drag(page, dx, dy):
    """Draws the mouse over the first panel, from its middle."""
    page.locator('[data-panel="truth"] canvas').hover()
    page.mouse.down()
    box = page.locator('[data-panel="truth"] canvas').bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
    page.mouse.up()


def set_number(page, value):
    field = page.get_by_label("Slice for the view")
    field.fill(str(value))
    field.press("Enter")


def test_each_panel_shows_its_own_overlay_where_it_belongs(page):
    for panel in ("truth", "network", "doubt"):
        assert pixels(page, panel, "lit")["count"] > 10_000
    red = pixels(page, "truth", "red")
    blue = pixels(page, "network", "blue")
    green = pixels(page, "doubt", "green")
    # The tumour lies at row 60 of 96 and column 25 of 80: low and on the viewer's left.
    for found in (red, blue, green):
        assert found["count"] > 100
        assert 0.2 < found["x"] < 0.45
        assert 0.5 < found["y"] < 0.75
    assert pixels(page, "truth", "blue")["count"] == 0
    assert pixels(page, "network", "red")["count"] == 0
    assert pixels(page, "doubt", "red")["count"] == 0


def test_the_patients_left_is_on_the_viewers_right(page):
    white = pixels(page, "network", "white")
    assert white["count"] > 200
    assert white["x"] > 0.55
    assert white["y"] < 0.5


def test_keys_change_the_slice_at_once_and_python_hears_it(page):
    viewer = page.locator(".viewer")
    viewer.evaluate("element => { element.dataset.mark = 'same'; }")
    page.locator(".stage").focus()
    page.keyboard.press("ArrowUp")
    wait_for_slice(page, 6)
    print(f"key press to drawn picture: {viewer.get_attribute('data-step-ms')} ms")
    wait_for_python(page, "slice 6 threshold 0.50")
    page.keyboard.press("PageDown")
    wait_for_python(page, "slice 1 threshold 0.50")
    page.keyboard.press("End")
    wait_for_python(page, "slice 11 threshold 0.50")
    page.keyboard.press("Home")
    wait_for_python(page, "slice 0 threshold 0.50")
    assert viewer.get_attribute("data-mark") == "same"
    label = page.locator(".stage").get_attribute("aria-label")
    assert "slice 1/12, no. 30, 30 mm" in label
    assert "Expert: none" in label


def test_one_notch_of_the_wheel_is_one_slice_and_does_not_scroll(page):
    page.locator('[data-panel="network"] canvas').hover()
    scrolled = page.evaluate("() => document.querySelector('.stMain').scrollTop")
    page.mouse.wheel(0, -120)
    wait_for_slice(page, 6)
    page.mouse.wheel(0, 120)
    wait_for_slice(page, 5)
    page.mouse.wheel(0, 120)
    wait_for_slice(page, 4)
    wait_for_python(page, "slice 4 threshold 0.50")
    assert page.evaluate("() => document.querySelector('.stMain').scrollTop") == scrolled


def test_python_moves_the_view_and_then_leaves_it_alone(page):
    set_number(page, 9)
    wait_for_slice(page, 9)
    page.locator(".stage").focus()
    page.keyboard.press("ArrowDown")
    # The page goes on asking for slice 9; what the user did since counts.
    wait_for_python(page, "slice 8 threshold 0.50")
    assert page.locator(".viewer").get_attribute("data-slice") == "8"
    set_number(page, 2)
    wait_for_slice(page, 2)
    wait_for_python(page, "slice 2 threshold 0.50")


def test_the_threshold_is_told_when_it_is_let_go(page):
    detail = page.locator('[data-panel="network"] .detail')
    before = detail.inner_text()
    page.get_by_label("Probability threshold").fill("0.7")
    wait_for_python(page, "slice 5 threshold 0.70")
    assert detail.inner_text() != before
    assert detail.inner_text().startswith("p > 0.70")


def test_what_is_not_computed_is_not_shown_as_no_tumour(page):
    page.locator(".stage").focus()
    page.keyboard.press("End")
    for panel in ("network", "doubt"):
        page.locator(f'[data-panel="{panel}"]').get_by_text("Not computed yet").wait_for()
        assert page.locator(f'[data-panel="{panel}"] .detail').inner_text() == ""
    assert page.locator(".colorbar").is_hidden()


def test_the_view_stays_as_it_is_when_the_prediction_arrives(page):
    viewer = page.locator(".viewer")
    viewer.evaluate("element => { element.dataset.mark = 'same'; }")
    page.get_by_text("Prediction", exact=True).click()
    page.locator('[data-panel="network"]').get_by_text("Waiting for the prediction").wait_for()
    page.get_by_role("radio", name="T2").click()
    page.locator(".stage").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("+")
    wait_for_python(page, "slice 6 threshold 0.50")
    page.get_by_text("Prediction", exact=True).click()
    page.locator('.viewer[data-overlay="true"]').wait_for()
    assert page.get_by_role("radio", name="T2").get_attribute("aria-checked") == "true"
    assert viewer.get_attribute("data-slice") == "6"
    assert viewer.get_attribute("data-mark") == "same"


@pytest.mark.parametrize("lost", ["", "-others"], ids=["all", "other contrasts"])
def test_layers_the_browser_has_lost_are_brought_again(page, lost):
    choose_contrast(page, "T1")
    page.locator(".stage").focus()
    page.keyboard.press("ArrowUp")
    wait_for_python(page, "slice 6 threshold 0.50")
    shelf = "globalThis[Symbol.for('resunet-layers/1')].packs"
    page.evaluate(
        "([packs, end]) => [...packs.keys()].filter((id) => id.endsWith(end))"
        ".forEach((id) => packs.delete(id))",
        [page.evaluate_handle(shelf), lost],
    )
    set_number(page, 3)
    page.wait_for_function(f"() => {shelf}.size === 4")
    assert page.locator(".viewer").get_attribute("data-slice") == "3"
    assert contrast_shown(page) == "T1"


def test_contrasts_the_browser_holds_are_not_packed_again(page):
    choose_contrast(page, "T1")
    page.locator(".stage").focus()
    page.keyboard.press("ArrowUp")
    # This run hears that the browser holds them; so does every one after it.
    wait_for_python(page, "slice 6 threshold 0.50")
    set_number(page, 2)
    wait_for_python(page, "slice 2 threshold 0.50")
    page.get_by_text("Other contrasts packed: 1").wait_for()


def test_the_picture_stands_while_the_other_contrasts_are_on_their_way(
    canvas_address, open_page, tmp_path
):
    gate = tmp_path / "open"
    page = open_page(f"{canvas_address}/?slow={gate}")
    viewer = page.locator(".viewer")
    page.locator('.viewer[data-ready="true"][data-overlay="true"]').wait_for()
    viewer.evaluate("element => { element.dataset.mark = 'same'; }")
    buttons = contrasts(page)
    assert buttons.all_inner_texts() == ["FLAIR", "T1ce", "T2", "T1"]
    assert [button.is_disabled() for button in buttons.all()] == [False, True, True, True]
    late = page.get_by_role("radio", name="T1", exact=True)
    assert late.get_attribute("title") == "loading"
    # Another zoom, window and slice than at first.
    page.get_by_role("button", name="Zoom in").click()
    drag(page, 30, 20)
    page.keyboard.press("ArrowUp")
    wait_for_slice(page, 6)
    before, grey = picture(page), greys(page)
    gate.touch()
    page.locator(".contrasts button:enabled").nth(3).wait_for()
    assert late.get_attribute("title") == ""
    assert contrast_shown(page) == "FLAIR"
    assert picture(page) == before
    assert greys(page) == grey
    choose_contrast(page, "T1")
    assert picture(page) != before
    choose_contrast(page, "FLAIR")
    assert picture(page) == before
    assert viewer.get_attribute("data-slice") == "6"
    assert viewer.get_attribute("data-mark") == "same"


def test_a_late_contrast_has_its_own_values_and_window(page):
    # The bright square, rows 30 … 39 and columns 55 … 64.
    point_at(page, 35, 60)
    page.locator(".values").get_by_text("row 35, column 60 · FLAIR 1200").wait_for()
    flair = greys(page)
    choose_contrast(page, "T1")
    point_at(page, 35, 60)
    page.locator(".values").get_by_text("row 35, column 60 · T1 900").wait_for()
    automatic = greys(page)
    drag(page, 40, 0)
    drawn(page)
    own = greys(page)
    assert own != automatic
    choose_contrast(page, "FLAIR")
    assert greys(page) == flair
    choose_contrast(page, "T1")
    assert greys(page) == own


def test_without_the_others_the_first_contrast_needs_no_buttons(canvas_address, open_page):
    page = open_page(f"{canvas_address}/?alone=1")
    page.locator('.viewer[data-ready="true"]').wait_for()
    assert contrasts(page).count() == 0


def test_overlays_hide_and_come_back(page):
    page.locator(".stage").focus()
    for panel, kind in (("truth", "red"), ("network", "blue"), ("doubt", "green")):
        assert pixels(page, panel, kind)["count"] > 100
        page.keyboard.press("h")
        page.wait_for_function(
            f"canvas => ({FIND_PIXELS})(canvas, {kind!r}).count === 0",
            arg=page.locator(f'[data-panel="{panel}"] canvas').element_handle(),
        )
        page.keyboard.press("h")
        page.wait_for_function(
            f"canvas => ({FIND_PIXELS})(canvas, {kind!r}).count > 100",
            arg=page.locator(f'[data-panel="{panel}"] canvas').element_handle(),
        )


def test_values_under_the_pointer_are_the_studys(page):
    # The head's middle, row 48 and column 40, is drawn in the panel's middle: 400 + 4 · 48.
    page.locator('[data-panel="truth"] canvas').hover()
    page.locator(".values").get_by_text("row 48, column 40 · FLAIR 592").wait_for()
    values = page.locator(".values").inner_text()
    assert "expert: no tumour · p 0.02 · std 0.010" in values


def test_damaged_bytes_are_one_sentence(canvas_address, open_page):
    page = open_page(f"{canvas_address}/?damaged=1")
    page.get_by_text("The picture arrived cut short.").wait_for()
    assert page.locator(".stage").is_hidden()


def test_another_studys_contrasts_are_refused(canvas_address, open_page):
    page = open_page(f"{canvas_address}/?mixed=1")
    page.get_by_text("The layers of view-contrasts are another study's.").first.wait_for()
    page.locator('.viewer[data-ready="true"]').wait_for()
    assert page.get_by_role("radio", name="T1", exact=True).is_disabled()


def test_a_slice_on_which_the_model_is_not_reliable_says_so_at_once(page):
    caution = page.locator(".caution")
    stage = page.get_by_role("application", name="FLAIR")
    assert caution.inner_text() == ""

    def below():
        """How far the foot lies below the picture."""
        return page.locator(".foot").bounding_box()["y"] - stage.bounding_box()["y"]

    before = below()
    for index in (6, 7):
        stage.press("ArrowUp")
        wait_for_slice(page, index)
    assert caution.inner_text() == "The model is not reliable on this slice: high uncertainty."
    assert "not reliable on this slice" in page.locator(".stage").get_attribute("aria-label")
    # nothing moves when it comes and goes
    assert below() == before
    stage.press("ArrowUp")
    wait_for_slice(page, 8)
    assert caution.inner_text() == ""
    page.get_by_text("Prediction", exact=True).click()  # without a prediction there is none
    caution.wait_for(state="hidden")
