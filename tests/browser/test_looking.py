"""Looking with the slice view: layouts, grey levels, overlays, rulers and ways through a stack."""

import json
import re

import pytest
from slice_view import (
    LAYOUTS,
    LONG_MS,
    MARK,
    SHELF,
    canvas,
    choose_layout,
    click_at,
    detail,
    drawn,
    find_colour,
    find_white,
    grey_at,
    lengths,
    message,
    panels,
    picture,
    point,
    point_at,
    press,
    scale_of,
    slice_shown,
    stroke,
    values,
    wait_for_python,
    wait_for_slice,
    wait_for_view,
    zoom_by_wheel,
)

from resunet.figures.colours import PALETTES

pytestmark = pytest.mark.browser

PAPER, SAFE = PALETTES["paper"], PALETTES["safe"]
OF_LAYOUT = {
    "paper": ["truth", "network", "doubt"],
    "single": ["single"],
    "contrasts": ["flair", "t1ce", "t2", "t1"],
    "planes": ["axial", "coronal", "sagittal"],
}
OVERLAYS = {"truth": "Expert", "network": "Network", "doubt": "Uncertainty"}


@pytest.fixture
def page(canvas_address, open_page):
    return wait_for_view(open_page(canvas_address))


def greys(page):
    drawn(page)
    return [
        float(page.get_by_label(name).input_value()) for name in ("Window width", "Window level")
    ]


def preset(page):
    drawn(page)
    return page.get_by_label("Grey levels", exact=True).input_value()


def windows(page, contrast):
    """The presets (low, high) in the header of what Python sent."""
    return page.evaluate(
        f"name => [...{SHELF}.packs.values()].flatMap((pack) => [...pack.layers.values()])"
        ".find((layer) => layer.name === name).windows",
        contrast,
    )


def colour_bar(page):
    drawn(page)
    return page.locator(".colorbar").inner_text().split()


def chip(page, overlay):
    return page.locator(f'.chip[data-overlay="{overlay}"]').get_by_role("checkbox")


def middle(found):
    """Of a box that was found, as fractions of its canvas."""
    return (
        (found["left"] + found["right"]) / 2 / found["width"],
        (found["top"] + found["bottom"]) / 2 / found["height"],
    )


# Layouts


def test_each_layout_has_its_panels_and_steps_at_once(page):
    for layout, names in OF_LAYOUT.items():
        choose_layout(page, layout)
        assert panels(page) == names
        chosen = page.get_by_role("radio", name=LAYOUTS[layout])
        assert chosen.get_attribute("aria-checked") == "true"
        before = slice_shown(page)
        press(page, "ArrowUp")
        assert slice_shown(page) == before + 1
        ms = page.locator(".viewer").get_attribute("data-step-ms")
        print(f"{layout}: key press to drawn picture {ms} ms")


def test_the_key_l_goes_round_the_layouts(page):
    seen = []
    for _ in range(5):
        seen.append(panels(page))
        press(page, "l")
    assert seen == [*OF_LAYOUT.values(), OF_LAYOUT["paper"]]
    page.reload()
    wait_for_view(page)
    assert panels(page) == OF_LAYOUT["single"]


def test_the_planes_begin_within_the_tumour(page):
    choose_layout(page, "planes")
    assert detail(page, "axial") == "slice 6"
    # Rows 57 to 63 of the outline are the widest, round column 25.
    assert int(detail(page, "coronal").removeprefix("row ")) in range(57, 64)
    assert detail(page, "sagittal") == "column 25"


def test_the_planes_lie_as_radiologists_hang_them(page):
    choose_layout(page, "planes")
    # The square, rows 30 … 39 and columns 55 … 64 of all slices: patient's left, in front.
    click_at(page, "axial", 35, 60)
    assert detail(page, "coronal") == "row 35"
    assert detail(page, "sagittal") == "column 60"
    for panel, side in (("axial", "right"), ("coronal", "right"), ("sagittal", "left")):
        found = find_white(page, panel)
        across = middle(found)[0]
        assert found["count"] > 200
        assert across > 0.55 if side == "right" else across < 0.45
    # The block, rows 55 … 69 and columns 35 … 44 of the uppermost three slices.
    click_at(page, "axial", 60, 40)
    for panel, across in (("coronal", 40.0 - 40.5), ("sagittal", 62.5 - 48.5)):
        found, scale = find_white(page, panel), scale_of(page, panel)
        x, y = middle(found)
        assert found["count"] > 200
        assert x * found["width"] == pytest.approx(found["width"] / 2 + across * scale, abs=scale)
        # 3 of 12 slices, each 1 mm: the block's middle is 4.5 mm above the picture's
        assert y * found["height"] == pytest.approx(found["height"] / 2 - 4.5 * scale, abs=scale)


def test_a_click_in_the_coronal_panel_moves_the_axial_slice(page):
    choose_layout(page, "planes")
    click_at(page, "axial", 60, 25)
    # Row 2 from the top of 12 slices is slice 9.
    click_at(page, "coronal", 2, 30)
    assert slice_shown(page) == 9
    assert detail(page, "sagittal") == "column 30"
    wait_for_python(page, "slice 9")
    # Keys now move through the rows: upwards is towards the front.
    press(page, "ArrowUp")
    assert detail(page, "coronal") == "row 59"
    assert slice_shown(page) == 9


def test_the_wheel_moves_the_plane_it_is_over(page):
    choose_layout(page, "planes")
    click_at(page, "axial", 60, 25)
    canvas(page, "coronal").hover()
    page.mouse.wheel(0, -120)
    drawn(page)
    assert detail(page, "coronal") == "row 59"
    canvas(page, "sagittal").hover()
    page.mouse.wheel(0, -120)
    drawn(page)
    assert detail(page, "sagittal") == "column 26"
    assert slice_shown(page) == 5


def test_zooming_one_contrast_zooms_all_four(page):
    choose_layout(page, "contrasts")
    before = [picture(page, name) for name in OF_LAYOUT["contrasts"]]
    canvas(page, "t2").hover()
    zoom_by_wheel(page)
    after = [picture(page, name) for name in OF_LAYOUT["contrasts"]]
    assert all(a != b for a, b in zip(before, after, strict=True))


def test_the_pixel_under_the_pointer_stays_there_while_zooming(page):
    choose_layout(page, "contrasts")
    x, y = point(page, "t1", 35, 60)
    page.mouse.move(x, y)
    assert values(page).startswith("row 35, column 60 ·")
    for _ in range(4):
        zoom_by_wheel(page)
        page.mouse.move(x + 1, y)
        page.mouse.move(x, y)
        assert values(page).startswith("row 35, column 60 ·")


def test_two_turns_of_the_wheel_between_two_pictures_hold_the_pixel_too(page):
    x, y = point(page, "truth", 35, 60)
    canvas(page, "truth").evaluate(
        "(canvas, [clientX, clientY]) => {"
        "  const all = { clientX, clientY, deltaY: -60, ctrlKey: true, bubbles: true };"
        "  for (let i = 0; i < 4; i++) canvas.dispatchEvent(new WheelEvent('wheel', all));"
        "}",
        [x, y],
    )
    drawn(page)
    page.mouse.move(x, y)
    assert values(page).startswith("row 35, column 60 ·")


@pytest.mark.parametrize(
    "panel",
    [
        "axial",
        "coronal",
    ],
)
def test_the_hand_that_moves_the_picture_holds_its_pixel(page, panel):
    choose_layout(page, "planes")
    point_at(page, panel, 5, 50)
    held = values(page)
    page.keyboard.down("Shift")
    page.mouse.down()
    x, y = point(page, panel, 5, 50)
    page.mouse.move(x - 30, y + 40)
    page.mouse.up()
    page.keyboard.up("Shift")
    drawn(page)
    page.mouse.move(x - 29, y + 40)
    page.mouse.move(x - 30, y + 40)
    assert values(page) == held


# Grey levels


def test_presets_are_those_of_the_header_and_full_is_everything(page):
    given = windows(page, "flair")
    choose = page.get_by_label("Grey levels", exact=True)
    for name in ("percentile", "full", "auto"):
        choose.select_option(name)
        low, high = given[name]
        assert greys(page) == pytest.approx([high - low, (low + high) / 2], abs=0.5)
    choose.select_option("full")
    assert greys(page) == [1200, 600]  # from the air's 0 to the block's 1200


def test_the_key_w_goes_round_the_presets(page):
    seen = []
    for _ in range(4):
        seen.append(preset(page))
        press(page, "w")
    assert seen == ["auto", "percentile", "full", "auto"]


def test_a_typed_window_is_the_one_that_is_drawn(page):
    for name, value in (("Window width", "400"), ("Window level", "592")):
        page.get_by_label(name).fill(value)
        page.get_by_label(name).press("Enter")
    assert preset(page) == "own"
    # The head is 400 + 4 · row: 592 at row 48 is the middle, 672 at row 68 is 280 above 392.
    assert grey_at(page, "truth", 48, 40) == pytest.approx(127.5, abs=3)
    assert grey_at(page, "truth", 68, 40) == pytest.approx(255 * 280 / 400, abs=3)
    page.get_by_role("button", name="Reset zoom, position and grey levels").click()
    low, high = windows(page, "flair")["auto"]
    assert greys(page) == pytest.approx([high - low, (low + high) / 2], abs=0.5)
    assert preset(page) == "auto"


def test_a_drag_makes_an_own_window_and_a_double_click_takes_it_back(page):
    low, high = windows(page, "flair")["auto"]
    unit = (high - low) / 256
    x, y = point(page, "truth", 48, 40)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 10)
    page.mouse.move(x + 40, y + 30)
    page.mouse.up()
    expected = [high - low + 40 * unit, (low + high) / 2 + 30 * unit]
    assert greys(page) == pytest.approx(expected, abs=0.5)
    assert preset(page) == "own"
    page.mouse.dblclick(x, y)
    assert greys(page) == pytest.approx([high - low, (low + high) / 2], abs=0.5)
    assert preset(page) == "auto"


def test_a_click_that_trembles_changes_no_grey_levels(page):
    x, y = point(page, "truth", 48, 40)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2, y)
    page.mouse.up()
    assert values(page).startswith("row 48, column 40 ·")
    assert preset(page) == "auto"


def test_dragging_a_contrast_changes_its_own_grey_levels(page):
    choose_layout(page, "contrasts")
    before = {name: picture(page, name) for name in ("flair", "t2")}
    stroke(page, "t2", (48, 40), (48, 50))
    page.mouse.move(0, 0)
    assert picture(page, "t2") != before["t2"]
    assert picture(page, "flair") == before["flair"]


def test_a_width_that_cannot_be_is_not_said_to_be_there(page):
    low, high = windows(page, "flair")["auto"]
    width = page.get_by_label("Window width")
    width.fill("-5")
    width.press("Enter")
    width.blur()
    # The smallest window is a 256th of the automatic one.
    assert greys(page)[0] == pytest.approx((high - low) / 256, abs=0.5)


# Values


def test_values_say_everything_of_a_pixel_and_its_place(page):
    point_at(page, "truth", 35, 60)
    # 41.5 − 60 to the right, 50 − 35 to the front, 5 − 3.5 above.
    assert values(page) == (
        "row 35, column 60 · FLAIR 1200 · T1ce 1000 · T2 1100 · T1 900 · expert: no tumour"
        " · p 0.02 · std 0.010 · L 18.5 A 15.0 S 1.5 mm"
    )
    press(page, *["ArrowDown"] * 3)
    point_at(page, "truth", 60, 25)
    # 400 + 4 · 60; 41.5 − 25, 50 − 60, 2 − 3.5.
    assert values(page) == (
        "row 60, column 25 · FLAIR 640 · T1ce 640 · T2 640 · T1 640 · expert: tumour"
        " · p 0.90 · std 0.010 · R 16.5 P 10.0 I 1.5 mm"
    )


@pytest.mark.parametrize("how", ["wheel", "key"])
def test_values_under_a_resting_pointer_follow_the_slice(page, how):
    press(page, *["ArrowUp"] * 3)
    point_at(page, "truth", 60, 40)
    assert "FLAIR 640" in values(page)
    if how == "wheel":
        page.mouse.wheel(0, -120)
    else:
        press(page, "ArrowUp")
    # The block is in slice 9, 5.5 mm above the origin.
    wait_for_slice(page, 9)
    assert "FLAIR 1200" in values(page)
    assert "S 5.5 mm" in values(page)


# Rulers


def test_a_ruler_is_as_long_as_it_was_drawn(page):
    page.get_by_role("radio", name="Ruler").click()
    stroke(page, "truth", (40, 30), (40, 40), (40, 50))
    for panel in OF_LAYOUT["paper"]:
        found = find_colour(page, panel, MARK)
        # 20 pixels of 1 mm, a circle of radius 3 at both ends, and the pen
        expected = 20 * scale_of(page, panel) + 6
        assert found["right"] - found["left"] == pytest.approx(expected, abs=4)
        assert found["bottom"] - found["top"] < 14
    assert lengths(page) == "ruler 20.0 mm"
    # It belongs to its slice.
    press(page, "ArrowUp")
    assert find_colour(page, "truth", MARK)["count"] == 0
    assert lengths(page) == ""
    press(page, "ArrowDown")
    assert find_colour(page, "truth", MARK)["count"] > 0
    assert lengths(page) == "ruler 20.0 mm"
    press(page, "Delete")
    assert find_colour(page, "truth", MARK)["count"] == 0
    assert lengths(page) == ""


def test_a_ruler_across_slices_measures_their_distance(page):
    choose_layout(page, "planes")
    page.get_by_role("radio", name="Ruler").click()
    # In the coronal cut 8 slices up and 6 columns across, 1 mm each.
    stroke(page, "coronal", (9, 30), (5, 33), (1, 36))
    assert lengths(page) == "ruler 10.0 mm"


def test_a_ruler_by_keys_alone(page):
    there, back = ["Shift+ArrowRight"] * 10, ["Shift+ArrowLeft"] * 10
    press(page, "m", *there)
    cross = find_colour(page, "truth", MARK)
    without = picture(page, "truth")
    press(page, *back, "Space", *there, "Space")
    found = find_colour(page, "truth", MARK)
    # It begins 10 mm before the cross; the cross's arms are 7 long.
    begin = (cross["left"] + cross["right"]) / 2 - 10 * scale_of(page, "truth")
    assert found["left"] == pytest.approx(begin - 3, abs=3)
    assert found["right"] == cross["right"]
    assert lengths(page) == "ruler 10.0 mm"
    press(page, "Delete")
    assert picture(page, "truth") == without
    assert lengths(page) == ""


def test_a_ruler_that_was_not_finished_leaves_nothing(page):
    press(page, "m", "Space", "Escape")
    assert find_colour(page, "truth", MARK)["count"] == 0
    assert lengths(page) == ""


# Overlays


def test_each_chip_switches_its_overlay_off_and_on(page):
    for overlay, name in OVERLAYS.items():
        assert find_colour(page, overlay, PAPER[overlay])["count"] > 100
        chip(page, overlay).uncheck()
        assert find_colour(page, overlay, PAPER[overlay])["count"] == 0
        assert message(page, overlay) == f"{name}: switched off"
        chip(page, overlay).check()
        assert find_colour(page, overlay, PAPER[overlay])["count"] > 100


def test_the_key_h_hides_all_and_says_so(page):
    press(page, "h")
    for overlay in OVERLAYS:
        assert find_colour(page, overlay, PAPER[overlay])["count"] == 0
        assert message(page, overlay) == "Overlays hidden (H)"
    press(page, "h")
    for overlay in OVERLAYS:
        assert find_colour(page, overlay, PAPER[overlay])["count"] > 100
        assert message(page, overlay) == ""


def test_the_key_c_goes_from_tint_to_outline_to_nothing(page):
    counts = []
    for mode in ("fill", "line", "off", "fill"):
        assert page.get_by_label("Outlines of the tumour").input_value() == mode
        counts.append(find_colour(page, "truth", PAPER["truth"])["count"])
        press(page, "c")
    assert counts[0] > 2 * counts[1] > 0
    assert counts[2] == 0
    assert counts[3] == counts[0]


def test_uncertainty_of_opacity_0_is_not_drawn(page):
    assert find_colour(page, "doubt", PAPER["doubt"])["count"] > 100
    page.get_by_label("Opacity of the uncertainty").fill("0")
    assert find_colour(page, "doubt", PAPER["doubt"])["count"] == 0
    assert message(page, "doubt") == "Opacity 0"


def test_errors_have_three_colours_and_their_keys(page):
    keys = page.locator(".keys")
    assert not keys.is_visible()
    set_slice = page.get_by_label("Slice", exact=True)
    set_slice.fill("7")
    chip(page, "errors").check()
    assert keys.inner_text().split("\n") == ["both", "network only", "expert only"]
    found = {name: find_colour(page, "network", PAPER[name]) for name in ("truth", "both")}
    rim = find_colour(page, "network", PAPER["network"])
    for each in (*found.values(), rim):
        assert each["count"] > 100
    # What the network misses lies left of column 20, the rim round what both found.
    x, _ = point(page, "network", 60, 19.5)
    border = x - canvas(page, "network").bounding_box()["x"]
    assert found["truth"]["right"] == pytest.approx(border, abs=4)
    assert found["both"]["left"] == pytest.approx(border, abs=4)
    assert rim["right"] > found["both"]["right"]
    chip(page, "errors").uncheck()
    assert find_colour(page, "network", PAPER["both"])["count"] == 0


def test_the_other_palette_takes_over_and_is_remembered(page):
    page.get_by_role("button", name="Colours that colour-blind eyes tell apart").click()
    for again in (False, True):
        for overlay in OVERLAYS:
            assert find_colour(page, overlay, SAFE[overlay])["count"] > 100
            assert find_colour(page, overlay, PAPER[overlay])["count"] == 0
        if not again:
            page.reload()
            wait_for_view(page)


def test_what_is_remembered_hides_nothing(page):
    press(page, "c", "c", "h")
    page.get_by_label("Opacity of the uncertainty").fill("0")
    page.reload()
    wait_for_view(page)
    for overlay in OVERLAYS:
        assert find_colour(page, overlay, PAPER[overlay])["count"] > 100


def test_what_an_older_version_remembered_is_passed_over(page):
    nonsense = {"layout": "six", "mode": "dots", "scale": "log", "measure": "guess", "opacity": 7}
    page.evaluate("text => localStorage.setItem('resunet-view', text)", json.dumps(nonsense))
    page.reload()
    wait_for_view(page)
    assert panels(page) == OF_LAYOUT["paper"]
    for label, value in (
        *(("Outlines of the tumour", "fill"), ("Measure of uncertainty", "std")),
        ("Uncertainty drawn in full colour", "slice"),
    ):
        assert page.get_by_label(label, exact=True).input_value() == value
    for overlay in OVERLAYS:
        assert find_colour(page, overlay, PAPER[overlay])["count"] > 100
    press(page, "ArrowUp")
    wait_for_python(page, "slice 6")


# Uncertainty


def test_another_measure_is_asked_of_python_and_remembered(page):
    page.get_by_label("Measure of uncertainty").select_option("entropy")
    for again in (False, True):
        wait_for_python(page, "measure entropy")
        page.wait_for_function(
            f"() => [...{SHELF}.packs.values()].some((p) => p.header.measure === 'entropy')"
        )
        # The rim, where the disc of radius 7 round (60, 25) ends.
        point_at(page, "doubt", 60, 32)
        assert "p 0.60 · entropy 0.600" in values(page)
        assert detail(page, "doubt") == "entropy of 25 passes"
        assert colour_bar(page)[:3] == ["max", "entropy", "0.600"]
        if not again:
            page.reload()
            wait_for_view(page)


@pytest.mark.parametrize(
    ("scale", "ticks", "words"),
    [
        ("slice", ["0", "0.10", "0.20"], "scale: this slice"),
        ("study", ["0", "0.20", "0.40"], "scale: this patient"),
        ("fixed", ["0", "0.25", "0.50"], "fixed scale"),
    ],
)
def test_the_colour_bar_says_its_scale_and_the_largest_value(page, scale, ticks, words):
    # 0.2 in slice 5, 0.4 in slice 8, and no standard deviation of probabilities above 0.5.
    page.get_by_label("Uncertainty drawn in full colour").select_option(scale)
    assert colour_bar(page) == ["max", "std", "0.200", *ticks, *words.split()]
    set_slice = page.get_by_label("Slice", exact=True)
    set_slice.fill("8")
    assert colour_bar(page)[:3] == ["max", "std", "0.400"]


# Ways through the stack


def test_a_click_on_the_strip_goes_to_the_slice_there(page):
    page.locator(".profile").scroll_into_view_if_needed()
    box = page.locator(".profile").bounding_box()
    assert box["width"] > 300
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    # Half a thumb (8) off both ends: (w/4 − 8) / (w − 16) · 11 is 2.6 to 2.75 from 300 on.
    assert slice_shown(page) == 3
    wait_for_python(page, "slice 3")


@pytest.mark.parametrize("stop", ["Escape", "p"])
def test_play_moves_on_until_a_key_stops_it(page, stop):
    press(page, "p")
    play = page.get_by_role("button", name="Play through the slices")
    assert play.get_attribute("aria-pressed") == "true"
    viewer = page.locator(".viewer").element_handle()
    page.wait_for_function("viewer => !['5', '6'].includes(viewer.dataset.slice)", arg=viewer)
    press(page, stop)
    assert play.get_attribute("aria-pressed") == "false"
    stopped = slice_shown(page)
    drawn(page, frames=30)
    assert slice_shown(page) == stopped
    wait_for_python(page, f"slice {stopped}")


def test_escape_stops_what_the_play_button_began(page):
    play = page.get_by_role("button", name="Play through the slices")
    play.click()
    drawn(page)
    assert play.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    drawn(page)
    assert play.get_attribute("aria-pressed") == "false"


def test_play_does_not_trip_over_the_next_patient(canvas_address, chromium):
    page, errors = chromium.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{canvas_address}/?damaged=another")
    press(wait_for_view(page), "p")
    page.get_by_text("Another patient").click()
    page.get_by_text("The picture arrived cut short.").wait_for()
    drawn(page, frames=30)
    page.close()
    assert errors == []


def test_the_help_takes_the_focus_and_gives_it_back(page):
    press(page, "?")
    focus = "() => { const host = document.activeElement; return host.shadowRoot.activeElement; }"
    closing = page.get_by_role("button", name="Close", exact=True)
    assert closing.evaluate("button => button.getRootNode().activeElement === button")
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate_handle(focus).get_property("className").json_value() == "stage"


def test_arrows_choose_within_a_group_and_tab_leaves_it(page):
    contrasts = page.get_by_role("radiogroup", name="Contrast").get_by_role("radio")
    contrasts.nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert contrasts.nth(2).get_attribute("aria-checked") == "true"
    page.keyboard.press("ArrowLeft")
    assert contrasts.nth(1).get_attribute("aria-checked") == "true"
    stops = [contrasts.nth(i).get_attribute("tabindex") for i in range(4)]
    assert stops == ["-1", "0", "-1", "-1"]
    page.keyboard.press("Tab")
    group = page.get_by_role("radiogroup", name="Layout").get_by_role("radio", checked=True)
    assert group.evaluate("button => button.getRootNode().activeElement === button")


def test_a_page_that_is_left_says_nothing_more(page):
    """Streamlit takes what an old page says late for a word on the new one, and shows nothing."""
    page.evaluate(
        "() => { const link = document.createElement('a'); link.textContent = 'Away';"
        " link.href = '#away'; document.body.prepend(link); }"
    )
    press(page, "ArrowUp")
    page.get_by_text("Away").dispatch_event("pointerdown")
    wait_for_python(page, "slice 6")  # at once, not after a rest
    press(page, "ArrowUp")
    page.wait_for_timeout(600)
    assert page.get_by_text("Python knows slice 7").count() == 0
    wait_for_python(page, "slice 7")  # it was not left


def test_a_place_pointed_out_is_a_click_away(page):
    places = page.get_by_role("list", name="Uncertain without a detection").get_by_role("listitem")
    assert places.count() == 1
    assert "Slice no. 39 is uncertain at one place" in places.inner_text()
    places.get_by_role("button", name="Show").click()
    assert slice_shown(page) == 9
    assert values(page).startswith("row 30, column 30 ·")
    # A circle round it of 4 pixels and 8 on the screen: wider than the cross's 14.
    found = find_colour(page, "doubt", MARK)
    expected = 2 * (4 * scale_of(page, "doubt") + 8)
    assert found["right"] - found["left"] == pytest.approx(expected, abs=4)
    wait_for_python(page, "slice 9")


def test_the_browsers_address_says_where_the_view_stands(canvas_address, open_page):
    page = wait_for_view(open_page(f"{canvas_address}/?addressed=1"))
    press(page, "ArrowUp")
    page.wait_for_url(re.compile(r"case=somebody&slice=7$"))
    assert "addressed=1" in page.url


def test_patients_keep_their_own_zoom_and_grey_levels(page):
    select = page.locator(".preset").element_handle()
    automatic = greys(page)
    press(page, "w", "+")
    own, zoomed = greys(page), picture(page, "truth")
    page.get_by_text("Another patient").click()
    page.wait_for_function("select => select.value === 'auto'", arg=select)
    assert greys(page) == automatic != own
    assert picture(page, "truth") != zoomed
    press(page, "ArrowUp")
    wait_for_python(page, "slice 6")
    page.get_by_text("Another patient").click()
    page.wait_for_function("select => select.value === 'percentile'", arg=select)
    assert greys(page) == own
    press(page, "Home", *["ArrowUp"] * 5)
    assert picture(page, "truth") == zoomed


def test_a_patient_who_comes_back_at_once_is_shown(canvas_address, open_page):
    page = open_page(f"{canvas_address}/?alone=1")
    page.locator('.viewer[data-overlay="true"]').wait_for(timeout=LONG_MS)
    # Python now believes that the browser holds all layers of this patient.
    press(page, "ArrowUp")
    wait_for_python(page, "slice 6")
    kept = f"[...{SHELF}.packs.values()].find((pack) => pack.header.kind === 'study')"
    first = page.evaluate(f"() => {kept}.header.study")
    for is_back in (False, True):
        page.get_by_text("Another patient").click()
        page.wait_for_function(
            f"([id, isBack]) => {{ const pack = {kept};"
            " return pack && (pack.header.study === id) === isBack; }",
            arg=[first, is_back],
        )
    drawn(page, frames=10)
    assert page.locator(".stage").is_visible()


def test_a_damaged_prediction_is_one_sentence_and_leaves_the_picture(canvas_address, open_page):
    page = open_page(f"{canvas_address}/?damaged=prediction")
    page.get_by_text("The picture arrived cut short.").wait_for(timeout=LONG_MS)
    assert find_colour(page, "truth", PAPER["truth"])["count"] > 100
    assert page.locator(".viewer").get_attribute("data-overlay") == "false"


# Fingers


@pytest.fixture
def touch(canvas_address, chromium):
    """A page, and a function: kind of event, places of the fingers → the event happens."""
    complaints = []
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, has_touch=True)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(canvas_address, timeout=LONG_MS)
    session = context.new_cdp_session(wait_for_view(page))

    def send(kind, *places):
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": fingers})
        drawn(page)

    yield page, send
    context.close()
    assert complaints == []


def pinch(page, send, middle, *, begin, end):
    """Two fingers to the left and right of a place, from one distance to another."""
    x, y = middle
    places = [((x - half, y), (x + half, y)) for half in range(begin // 2, end // 2 + 1, 5)]
    send("Start", places[0][0])
    send("Start", *places[0])
    for both in places[1:]:
        send("Move", *both)
    send("End")


def test_one_finger_goes_through_the_slices(touch):
    page, send = touch
    x, y = point(page, "network", 48, 40)
    send("Start", (x, y))
    for up in range(10, 70, 10):
        send("Move", (x, y - up))
    send("End")
    # 60 pixels upwards, a slice for each 14.
    assert slice_shown(page) == 9
    assert preset(page) == "auto"
    wait_for_python(page, "slice 9")


def test_two_fingers_zoom_where_they_are(touch):
    page, send = touch
    before = find_white(page, "truth")
    pinch(page, send, point(page, "truth", 34.5, 59.5), begin=80, end=160)
    after = find_white(page, "truth")
    # The square is now twice as wide, and its middle, between the fingers, stays.
    wide = [found["right"] - found["left"] for found in (before, after)]
    assert wide[1] == pytest.approx(2 * wide[0], rel=0.05)
    assert middle(after) == pytest.approx(middle(before), abs=0.02)
    assert slice_shown(page) == 5


def test_two_fingers_leave_no_ruler(touch):
    page, send = touch
    page.get_by_role("radio", name="Ruler").tap()
    pinch(page, send, point(page, "truth", 48, 40), begin=80, end=120)
    assert lengths(page) == ""
    assert find_colour(page, "truth", MARK)["count"] == 0


def test_two_fingers_leave_no_stroke(touch):
    page, send = touch
    page.get_by_role("button", name="Correct", exact=True).tap()
    pinch(page, send, point(page, "truth", 48, 40), begin=80, end=120)
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_one_finger_draws_with_the_brush(touch):
    page, send = touch
    page.get_by_role("button", name="Correct", exact=True).tap()
    send("Start", point(page, "network", 30, 30))
    for column in range(31, 41):
        send("Move", point(page, "network", 30, column))
    send("End")
    # A brush of 7, 37 pixels, drawn out by 10 columns of 7 rows.
    wait_for_python(page, "107 added, 0 taken in 5–5, 27–33, 27–43")
    assert slice_shown(page) == 5


# Names


def test_every_control_has_a_name(canvas_address, open_page):
    page = wait_for_view(open_page(f"{canvas_address}/?whole=1"))
    press(page, "b", "?")
    chip(page, "errors").check()
    view = page.locator(".viewer")
    total = 0
    for role in ("button", "radio", "checkbox", "slider", "combobox", "spinbutton"):
        controls = view.get_by_role(role)
        assert controls.count() > 0
        assert view.get_by_role(role, name=re.compile(r"\w")).count() == controls.count(), role
        total += controls.count()
    shown = view.locator("button, select, input")
    assert total == sum(each.is_visible() for each in shown.all())


def test_the_help_opens_and_closes_by_keys(page):
    press(page, "?")
    page.get_by_role("dialog", name="Keyboard and mouse").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Keyboard and mouse").wait_for(state="hidden")
