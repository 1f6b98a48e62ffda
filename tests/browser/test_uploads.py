"""Files dropped on the app in a real browser: opened, predicted, taken away, closed."""

import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from app_data import write_run
from PIL import Image
from synthetic import synthetic_pictures, write_nifti_folder, write_slice

from resunet.data.readers import open_input
from resunet.inference.engines import load_engine
from resunet.inference.models import find_model
from resunet.inference.predict import predict

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


@pytest.fixture
def slices(tmp_path):
    """Three slices of another in the paper's layout; the middle one has a tumour."""
    images, labels = synthetic_pictures(3, 40, 32, seed=4)
    paths = [tmp_path / f"somebody_{number}.npz" for number in (9, 10, 11)]
    for path, image, classes in zip(paths, images, labels, strict=True):
        write_slice(path, image, classes)
    return paths


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

    # a run of the page that is still to come may close what is opened before
    page.get_by_role("button", name="3D").and_(page.locator(":enabled")).wait_for(timeout=LONG_MS)
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


def test_dropped_slices_of_unknown_spacing_are_measured_in_pixels(address, open_page, slices):
    page = open_page(address)
    page.locator('.viewer[data-ready="true"]').wait_for(timeout=LONG_MS)
    page.locator('input[type="file"]').set_input_files(slices)
    page.get_by_role("combobox", name="Patient").and_(
        page.locator('[value="somebody_9.npz and 2 more"]')
    ).wait_for(timeout=LONG_MS)
    page.locator('.viewer[data-overlay="true"]').wait_for(timeout=LONG_MS)
    page.locator(".stage").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    page.get_by_text("slice 2/3 · no. 10").wait_for()  # 9 comes before 10

    found = predict(open_input(slices).study, load_engine(find_model()), samples=25, seed=0)
    area = int(found.mask[1].sum())
    expert = sum(np.load(path)["mask"].sum() for path in slices)
    page.locator('[data-panel="truth"]').get_by_text(f"{expert} pixels").wait_for()
    page.locator('[data-panel="network"]').get_by_text(f"{area:,} pixels").wait_for(timeout=LONG_MS)
    numbers = page.get_by_test_id("stHorizontalBlock").filter(
        has=page.locator("strong").get_by_text("Slice 10", exact=True)
    )
    numbers.get_by_text(f"{area:,} px").first.wait_for(timeout=LONG_MS)
    numbers.get_by_text(f"{area - expert:+,} px").first.wait_for()
    page.get_by_text("The pixel spacing is unknown.").wait_for()
    assert page.get_by_text(re.compile(r"\d (mm|cm|ml)")).count() == 0
