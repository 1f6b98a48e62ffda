"""How long the slice view takes to answer: told in the log, never judged, since machines differ."""

from statistics import median

import pytest
from slice_view import (
    LAYOUTS,
    LONG_MS,
    choose_layout,
    panels,
    picture,
    point_at,
    press,
    values,
    wait_for_slice,
    wait_for_view,
)

pytestmark = pytest.mark.browser
TOLD = "told"  # `tests/conftest.py` writes what bears this name

ROUND = ["ArrowUp"] * 10 + ["ArrowDown"] * 10
TUMOURS = 7  # slices 2 to 8, no two of them alike

# From the choice to the frame in which the colour bar says it, drawn with the map.
CHOOSE_MEASURE = """
(view, [measure, words]) => new Promise((done) => {
  const select = view.querySelector(".measure");
  const started = performance.now();
  const look = () => {
    const passed = performance.now() - started;
    if (view.querySelector(".maximum").textContent === words) return done(passed);
    return passed > GIVE_UP_MS ? done(null) : requestAnimationFrame(look);
  };
  select.value = measure;
  select.dispatchEvent(new Event("change"));
  look();
})
""".replace("GIVE_UP_MS", str(LONG_MS))


@pytest.fixture
def page(canvas_address, open_page):
    return wait_for_view(open_page(canvas_address))


@pytest.fixture
def tell(request):
    """A function: name, milliseconds → their median at the end of the log."""

    def tell_median(name, times):
        words = f"{name}: {median(times):.1f} ms, at most {max(times):.1f} (of {len(times)})"
        request.node.user_properties.append((TOLD, words))

    return tell_median


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_key_draws_the_slice_it_asks_for(page, layout, tell):
    choose_layout(page, layout)
    press(page, "Home")
    wait_for_slice(page, 0)
    view, panel = page.locator(".viewer"), panels(page)[0]
    shown, times, index = [picture(page, panel)], [], 0
    for key in ROUND:
        index += 1 if key == "ArrowUp" else -1
        view.evaluate("view => { delete view.dataset.stepMs; }")
        page.keyboard.press(key)
        page.locator(f'.viewer[data-slice="{index}"][data-step-ms]').wait_for()
        times.append(float(view.get_attribute("data-step-ms")))
        shown.append(picture(page, panel))
    assert shown == shown[::-1]  # the way down shows what the way up has shown
    assert len(set(shown[2 : 2 + TUMOURS])) == TUMOURS
    tell(f"Key press to drawn picture, {layout}", times)


def test_another_measure_comes_from_python(page, tell):
    # in slice 5, on the rim of the tumour as `canvas_app.py` makes it up
    largest = {"entropy": "0.600", "mutual_information": "0.300", "std": "0.200"}
    point_at(page, "doubt", 60, 32)
    times = []
    for measure in [*largest] * 3:
        words = f"max {measure.replace('_', ' ')} {largest[measure]}"
        passed = page.locator(".viewer").evaluate(CHOOSE_MEASURE, [measure, words])
        assert passed is not None, words
        times.append(passed)
        assert f" · {words.removeprefix('max ')} · " in values(page)
        page.get_by_text(f"Python knows measure {measure}").wait_for()
    tell("Another measure from Python to the screen", times)
