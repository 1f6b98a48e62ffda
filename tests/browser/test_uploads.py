"""Files dropped on the app in a real browser: opened, predicted, taken away, closed."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from app_data import write_run
from PIL import Image
from synthetic import synthetic_pictures, write_nifti_folder

pytestmark = [pytest.mark.browser, pytest.mark.keras]

LONG_MS = 120_000  # a loaded machine compiles the network in a minute


@pytest.fixture
def address(tmp_path, monkeypatch, serve, repository):
    monkeypatch.setenv("RESUNET_HOME", str(tmp_path / "home"))
    write_run(tmp_path / "home")
    return serve(repository / "app.py")


@pytest.fixture
def files(tmp_path):
    """Four contrasts of a tiny patient."""
    images, _ = synthetic_pictures(3, 40, 32, seed=4)
    write_nifti_folder(tmp_path / "p", images, None, spacing=(2.0, 1.0, 1.5))
    return sorted((tmp_path / "p").iterdir())


def download(page, label):
    with page.expect_download(timeout=LONG_MS) as started:
        page.get_by_role("button", name=label).click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def test_dropped_files_are_predicted_and_their_results_taken_away(address, open_page, files):
    page = open_page(address)
    page.locator('.viewer[data-ready="true"]').wait_for(timeout=LONG_MS)
    page.locator('input[type="file"]').set_input_files(files)
    page.get_by_text("for this browser window only").wait_for(timeout=LONG_MS)
    page.get_by_role("combobox", name="Patient").and_(
        page.locator('[value="p_flair.nii.gz and 3 more"]')
    ).wait_for()
    page.locator('.viewer[data-overlay="true"]').wait_for(timeout=LONG_MS)

    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="All results, as zip").and_(page.locator(":enabled")).wait_for(
        timeout=LONG_MS
    )
    name, content = download(page, "All results, as zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        values = json.loads(archive.read("measures.json"))
        mask = nib.Nifti1Image.from_bytes(gzip.decompress(archive.read("mask.nii.gz")))
    assert name == f"{values['identifier']}.zip"
    assert values["model_id"].startswith("tiny@")
    assert (values["samples"], values["threshold"]) == (25, 0.5)
    np.testing.assert_array_equal(mask.affine, nib.load(files[0]).affine)
    assert mask.shape == (32, 40, 3)
    # The viewer has gone to the slice with most tumour.
    most = int(np.argmax(np.asarray(mask.dataobj).sum(axis=(0, 1))))
    page.get_by_text(f"slice {most + 1}/3").wait_for()
    name, content = download(page, "Picture of this slice")
    assert name == f"{values['identifier']}_{most}.png"
    assert json.loads(Image.open(io.BytesIO(content)).text["Provenance"])["samples"] == 25

    page.keyboard.press("Escape")
    page.get_by_role("link", name="Data sets").click()
    page.get_by_text("Where the tumours are").wait_for(timeout=LONG_MS)
    page.get_by_role("link", name="Viewer").click()
    page.get_by_text(f"slice {most + 1}/3").wait_for(timeout=LONG_MS)
    page.get_by_role("button", name="Close the opened files").click()
    page.get_by_text("no patient, no expert").wait_for(timeout=LONG_MS)
    page.get_by_text("for this browser window only").wait_for(state="detached")
