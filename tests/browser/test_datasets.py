"""The data sets page in a real browser: computed by itself, read, and a finding followed."""

import pytest
from app_data import write_data
from synthetic import write_paper_layout

pytestmark = pytest.mark.browser

LONG_MS = 120_000  # a loaded machine reads the slices in a minute
ROW_PX = 33  # of a table, its header too
DRAWN = ".js-plotly-plot .heatmaplayer image"


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Three patients in two sets; one file cannot be read, one patient is in both."""
    root = write_data(tmp_path / "data")
    for split in ("training", "testing"):
        write_paper_layout(root, patients={split: ["Brats18_Twin_1"]}, size=128, seed=9)
    (root / "testing/Brats18_C_1_10.npz").write_bytes(b"nothing")
    monkeypatch.setenv("RESUNET_DATA", str(root))
    return root


def choose(page, part):
    page.get_by_role("radio", name=part).click()


def test_sets_are_compared_by_themselves_and_kept(
    data, serve, repository, open_page, keep_picture, home
):
    address = serve(repository / "app.py")
    page = open_page(address)
    page.get_by_role("link", name="Data sets").click()

    # nobody asked for it: it is computed by a process of its own, and then drawn
    page.get_by_text("1 patient is in two sets").wait_for(timeout=LONG_MS)
    page.locator(DRAWN).first.wait_for(timeout=LONG_MS, state="attached")
    assert page.locator(DRAWN).count() == 5  # means, deviations, and their difference
    page.get_by_text("1 file cannot be used").wait_for()
    keep_picture(page, "datasets-where")

    for part, words in {
        "Quantities": "A point is a patient",
        "Intensities": "Values as they are in the files",
        "Sites": "Do the sets draw on the sites alike?",
        "Files": "take lines out of it",
    }.items():
        choose(page, part)
        page.get_by_text(words).wait_for(timeout=LONG_MS)

    choose(page, "Duplicates")
    page.get_by_alt_text("The four contrasts of testing/Brats18_Twin").wait_for(timeout=LONG_MS)
    keep_picture(page, "datasets-duplicates")

    # the finding's patient is opened at its slice, the address names nobody
    choose(page, "Broken slices")
    page.get_by_text("Unreadable file").first.wait_for(timeout=LONG_MS)
    page.get_by_text("testing/Brats18_C_1_10.npz").first.wait_for()
    keep_picture(page, "datasets-broken")
    page.get_by_role("button", name="Open in the viewer").click()
    page.get_by_role("combobox", name="Patient").wait_for(timeout=LONG_MS)
    assert "Brats18" not in page.url

    # what was computed is there at once, without a further process
    [folder] = (home / "cache/comparisons").iterdir()
    begun = (folder / "task.json").stat().st_mtime_ns
    page.get_by_role("link", name="Data sets").click()
    page.get_by_text("1 patient is in two sets").wait_for(timeout=LONG_MS)
    assert (folder / "task.json").stat().st_mtime_ns == begun
