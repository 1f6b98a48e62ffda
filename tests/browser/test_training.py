"""A training in a real browser: begun from the form, watched, stopped, gone on with, looked at."""

import psutil
import pytest
from app_data import write_run
from synthetic import write_paper_layout

from resunet.errors import InputError
from resunet.jobs.lock import is_held
from resunet.jobs.process import Identity
from resunet.jobs.run_folder import ACTIVE, list_runs
from resunet.jobs.stopping import stop

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 240_000  # a loaded machine compiles the network in a minute

POINTS = "document.querySelector('.js-plotly-plot')?.data?.[1]?.y?.length ?? 0"
"""Epochs in the curve of the validation Dice."""


@pytest.fixture
def data(tmp_path, monkeypatch, home):
    """Three patients in two splits, and a small network whose settings are taken over."""
    root = tmp_path / "data"
    patients = {"training": ["Brats18_A_1", "Brats18_B_1"], "validating": ["Brats18_C_1"]}
    write_paper_layout(root, patients=patients, slices_per_patient=6)
    monkeypatch.setenv("RESUNET_DATA", str(root))
    write_run(home)
    yield root
    for run in list_runs():
        try:
            stop(run)
        except InputError:  # nothing to stop
            continue


def fill(page, label, value):
    """Types a value, and waits until the page has taken it."""
    field = page.locator(f'input[aria-label="{label}"]')
    field.fill(str(value))
    field.press("Enter")
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")


def wait_for_state(page, state):
    page.locator(".stMarkdownBadge", has_text=state).wait_for(timeout=LONG_MS)


def wait_for_points(page, count):
    page.wait_for_function(f"{POINTS} >= {count}", timeout=LONG_MS)


def test_a_run_is_begun_watched_stopped_gone_on_with_and_looked_at(
    data, serve, repository, open_page, keep_picture
):
    address = serve(repository / "app.py")
    page = open_page(address)
    page.get_by_role("link", name="Training").click()

    # the form takes over a small network's settings
    page.get_by_role("button", name="Continue with other settings").click()
    page.get_by_text("Every file was read; nothing is odd.").wait_for(timeout=LONG_MS)
    page.get_by_text("No patient is in two splits.").wait_for()
    for label, value in {
        "Epochs, at most": 90_000,
        "Steps an epoch": 2,
        "Batch size": 4,
        "Early stopping, epochs": 0,
        "Name": "from the form",
    }.items():
        fill(page, label, value)
    keep_picture(page, "training-form")
    page.get_by_role("button", name="Start training").click()

    # its curve grows, in a page that is loaded anew too
    wait_for_state(page, "running")
    wait_for_points(page, 2)
    run = list_runs()[0]
    assert run.path.name.endswith("from-the-form")
    config, origin = run.read_config()
    assert (config.training.batch_size, config.training.steps_per_epoch) == (4, 2)
    assert config.network.filters == (4, 8)
    assert origin["folder"] == str(data)
    assert origin["begins_with"].startswith("tiny@")
    before = page.evaluate(POINTS)
    # the browser reports that Streamlit's client looks for its server below the page's address
    # first, so nobody listens to what this page complains about
    page = page.context.new_page()
    page.goto(f"{address}/training")
    page.reload()
    wait_for_points(page, before + 2)
    page.get_by_alt_text("Validation slices with both outlines").wait_for()
    keep_picture(page, "training-running")

    # stopped, it is saved where it stands
    process = Identity.of(run.read_status())
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(page, "stopped")
    status = run.read_status()
    assert status["state"] == "stopped"
    assert run.state_file.exists()

    # and goes on from there, once its process has written the card and let go of the run
    resume = page.get_by_role("button", name="Resume")
    resume.and_(page.locator(":enabled")).wait_for(timeout=LONG_MS)
    assert not is_held(run)
    assert run.card_file.exists()
    resume.click()
    wait_for_state(page, "running")
    wait_for_points(page, status["epoch"] + 2)
    later = Identity.of(run.read_status())
    assert later.pid != process.pid
    assert not process.is_alive
    assert psutil.pid_exists(later.pid)
    assert run.read_status()["state"] in ACTIVE
    assert [row["epoch"] for row in run.read_history()] == list(
        range(1, len(run.read_history()) + 1)
    )
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(page, "stopped")

    # its prediction is one click away
    page.get_by_role("button", name="Open in viewer").click()
    page.locator(".viewer[data-slice]").wait_for(timeout=LONG_MS)
    assert page.get_by_role("combobox", name="Model").input_value() == run.path.name
    assert page.get_by_role("combobox", name="Patient").input_value().startswith("Brats18_C_1")
    page.get_by_role("button", name="3D").and_(page.locator(":enabled")).wait_for(timeout=LONG_MS)
    keep_picture(page, "training-opened")
