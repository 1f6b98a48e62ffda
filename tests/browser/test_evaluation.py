"""An evaluation in a real browser: asked for, watched, looked through, followed into the viewer."""

import pytest
from app_data import write_run
from synthetic import write_paper_layout

from resunet.errors import InputError
from resunet.ui.evaluation import computing

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 180_000  # a loaded machine loads the network in half a minute


@pytest.fixture
def data(tmp_path, monkeypatch, home):
    """Two patients to score, one that is trained on, and a small network."""
    root = tmp_path / "data"
    patients = {"training": ["Brats18_A_1"], "testing": ["Brats18_B_1", "Brats18_C_1"]}
    write_paper_layout(root, patients=patients, slices_per_patient=3)
    monkeypatch.setenv("RESUNET_DATA", str(root))
    write_run(home)
    yield root
    for asked in computing.unfinished():
        try:
            computing.stop(asked)
        except InputError:  # nothing to stop
            continue


def test_a_network_is_evaluated_and_its_worst_patient_opened(
    data, serve, repository, open_page, keep_picture
):
    page = open_page(serve(repository / "app.py"))
    page.get_by_role("link", name="Evaluation").click()
    page.get_by_text("Nothing was evaluated yet").wait_for(timeout=LONG_MS)

    page.get_by_role("button", name="Evaluate on 2 patients").click()
    page.get_by_role("progressbar").wait_for(timeout=LONG_MS)
    page.get_by_text("tiny on data, testing").wait_for()
    keep_picture(page, "evaluation-running")

    # it is shown by itself as soon as it is there
    page.get_by_text("tiny on 2 patients (6 slices) of testing in data").wait_for(timeout=LONG_MS)
    page.get_by_role("progressbar").wait_for(state="detached")
    page.locator(".js-plotly-plot .boxlayer .points").first.wait_for(state="attached")
    page.get_by_alt_text("Brats18_B_1 with both outlines").wait_for(timeout=LONG_MS)
    keep_picture(page, "evaluation")

    for part, words in {
        "All scores": "Slices without tumour",
        "Threshold": "the threshold in use, 0.5",
        "Beside the paper": "Table 5: whole tumour",
        "Files": "These files name patients",
    }.items():
        page.get_by_role("radio", name=part).click()
        page.get_by_text(words).first.wait_for(timeout=LONG_MS)

    page.get_by_role("radio", name="Worst first").click()
    worst = page.get_by_role("button", name="Open in the viewer").first
    patient = page.get_by_alt_text("with both outlines").first.get_attribute("alt").split()[0]
    worst.click()
    chosen = page.get_by_role("combobox", name="Patient")
    chosen.wait_for(timeout=LONG_MS)
    assert chosen.input_value().startswith(patient)
    assert "Brats18" not in page.url
