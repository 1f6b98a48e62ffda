"""The whole app in a real browser, on synthetic patients."""

import pytest
from app_data import write_data, write_run

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 120_000  # a loaded machine compiles the network in a minute


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve, repository):
    folder = tmp_path_factory.mktemp("app")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RESUNET_DATA", str(write_data(folder / "data")))
        environment.setenv("RESUNET_HOME", str(folder / "home"))
        write_run(folder / "home")
        yield serve(repository / "app.py")


def test_a_page_opened_by_its_own_address_stands_in_its_frame(address, chromium):
    # Streamlit's client looks for its server below the page's address first, and the
    # browser reports that; so this page is opened without listening to complaints.
    page = chromium.new_page()
    page.goto(f"{address}/datasets")
    page.get_by_text("Research use only").wait_for(timeout=LONG_MS)
    page.get_by_text("Where tumours lie").wait_for(timeout=LONG_MS)
    page.get_by_text("Viewer").first.wait_for()
    page.close()


def test_a_patient_is_shown_predicted_and_browsed(address, open_page):
    page = open_page(address)
    page.locator('.viewer[data-ready="true"]').wait_for(timeout=LONG_MS)
    page.get_by_text("Research use only; not a medical device.").wait_for()
    page.locator('.viewer[data-overlay="true"]').wait_for(timeout=LONG_MS)
    page.locator("strong").get_by_text("Patient", exact=True).wait_for(timeout=LONG_MS)
    first = int(page.locator(".viewer").get_attribute("data-slice"))
    page.locator(".stage").focus()
    page.keyboard.press("ArrowUp")
    page.locator(f'.viewer[data-slice="{first + 1}"]').wait_for()
    step = page.locator(".viewer").get_attribute("data-step-ms")
    print(f"key press to drawn picture: {step} ms")


def test_without_a_network_the_panels_do_not_say_that_one_is_at_work(
    tmp_path, monkeypatch, serve, repository, open_page
):
    monkeypatch.setenv("RESUNET_DATA", str(write_data(tmp_path / "data")))
    monkeypatch.setenv("RESUNET_HOME", str(tmp_path / "home"))
    page = open_page(serve(repository / "app.py"))
    page.locator('.viewer[data-ready="true"]').wait_for(timeout=LONG_MS)
    page.locator('[data-panel="network"]').get_by_text("No trained network").wait_for()
    assert page.get_by_text("Stochastic passes").count() == 0


def test_the_other_pages_are_a_click_away(address, open_page):
    page = open_page(address)
    page.get_by_role("link", name="Data sets").click()
    page.get_by_text("Where tumours lie").wait_for(timeout=LONG_MS)
    page.get_by_role("link", name="Training").click()
    page.get_by_role("button", name="Continue with other settings").wait_for(timeout=LONG_MS)
