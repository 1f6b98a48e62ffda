"""The Model page in a real browser: its picture in the colours of either theme."""

import pytest
from app_data import write_data

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 120_000  # a loaded machine imports TensorFlow in a minute


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve, repository):
    folder = tmp_path_factory.mktemp("model_page")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RESUNET_DATA", str(write_data(folder / "data")))
        environment.setenv("RESUNET_HOME", str(folder / "home"))
        yield serve(repository / "app.py")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_numbers_in_the_boxes_stand_out_from_the_page(address, chromium, theme):
    context = chromium.new_context(
        viewport={"width": 1200, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address}/model")
    number = page.locator(".js-plotly-plot .textpoint text").first
    number.wait_for(timeout=LONG_MS)
    assert page.locator(".js-plotly-plot .bars .point").count() == 36
    ink = number.evaluate("text => getComputedStyle(text).fill")
    brightness = sum(
        int(part) for part in ink.removeprefix("rgb(").removesuffix(")").split(",")[:3]
    )
    assert (brightness > 600) if theme == "dark" else (brightness < 200), ink
    context.close()


def test_a_part_without_a_slice_leaves_no_empty_sidebar(address, chromium):
    # opened by its address: what the viewer says as it is left can blank the page that comes
    page = chromium.new_page()
    page.goto(f"{address}/model")
    page.get_by_role("radio", name="Augmentation").click(timeout=LONG_MS)
    picture = page.get_by_alt_text("after random changes")
    picture.wait_for(timeout=LONG_MS)
    # Streamlit drops the picture with its part: one that is still on its way is not found
    page.wait_for_function("img => img.complete", arg=picture.element_handle())
    assert page.get_by_test_id("stSidebar").count() == 1
    page.get_by_role("radio", name="Focal loss").click()
    page.get_by_text("As equation 3 is printed").wait_for(timeout=LONG_MS)
    page.get_by_test_id("stSidebar").wait_for(state="detached", timeout=LONG_MS)
    page.close()
