"""Everything that leaves the program, and what each file says of where it comes from."""

import gzip
import io
import json
import re
import zipfile
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from dicom_files import PERSONAL, write_patient
from PIL import Image
from pydicom import dcmread
from pypdf import PdfReader
from synthetic import make_study, write_nifti_folder

from resunet import DISCLAIMER
from resunet.data.readers import open_input
from resunet.errors import InputError
from resunet.export.results import (
    picture_bytes,
    report_bytes,
    results_zip,
    write_results,
)
from resunet.study import Prediction

TABLES = ["measures.json", "slices.csv", "lesions.csv", "picture.png", "report.pdf"]
ARRAYS = ["mask", "probability", "uncertainty"]
OBJECTS = ["dicom/segmentation.dcm", "dicom/probability.dcm", "dicom/uncertainty.dcm"]
WARNINGS = ("T2 lay on another grid, by 1,5 mm.", "The model is a toy.")


def predict(study, *, threshold=0.4, samples=37):
    """A made-up prediction: the expert's outline, less sure at its rim."""
    tumour = np.zeros(study.shape, bool) if study.labels is None else study.labels > 0
    rng = np.random.default_rng(0)
    probability = np.where(tumour, 0.9, 0.1).astype(np.float32)
    zeros = np.zeros_like(probability)
    return Prediction(
        probability=probability,
        std=rng.uniform(0, 0.2, study.shape).astype(np.float32),
        entropy=zeros,
        mutual_information=zeros.copy(),
        done=np.ones(study.shape[0], bool),
        area_px_samples=np.tile(tumour.sum(axis=(1, 2)), (samples, 1)),
        std_by_t=np.full(samples, 0.1),
        threshold=threshold,
        samples=samples,
        seed=1234567,
        model_id="toy-model-7",
        engine="by hand",
        model_sha256="fedcba98" * 8,
        warnings=WARNINGS[1:],
    )


def warned(study):
    return replace(study, warnings=WARNINGS[:1])


@pytest.fixture
def flat():
    """A study without a grid, as npz slices give it."""
    return warned(make_study())


@pytest.fixture
def gridded(tmp_path):
    made = make_study()
    write_nifti_folder(tmp_path / "p", made.images, made.labels)
    return warned(open_input(tmp_path / "p").study)


@pytest.fixture
def from_dicom(tmp_path):
    reading = open_input(write_patient(tmp_path / "p", make_study()))
    return replace(reading, study=warned(reading.study))


def names(files, folder):
    return [str(file.relative_to(folder)) for file in files]


def texts_of(name, content):
    """What a file says of itself, as a reader of its kind finds it."""
    if name.endswith(".nii.gz"):
        image = nib.Nifti1Image.from_bytes(gzip.decompress(content))
        return "".join(str(extension.get_content()) for extension in image.header.extensions)
    if name.endswith(".npz"):
        with np.load(io.BytesIO(content)) as file:
            return str(file["provenance"])
    if name.endswith(".png"):
        return Image.open(io.BytesIO(content)).text["Provenance"]
    if name.endswith(".pdf"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if name.endswith(".dcm"):
        return dcmread(io.BytesIO(content)).ImageComments
    if name.endswith(".csv"):
        return "".join(x for x in content.decode().splitlines() if x.startswith("# "))
    assert name == "measures.json"
    return content.decode()


def assert_says_where_it_comes_from(name, content, study):
    text = texts_of(name, content)
    if text.startswith("{"):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    squeezed = re.sub(r"[\s\u00ad]", "", text)  # a page breaks lines where it must
    facts = {
        "model": "toy-model-7",
        "model SHA-256": "fedcba98" * 8,
        "input SHA-256": study.source.sha256,
        "seed": "1234567",
        "threshold": "0.4",
        "research use": DISCLAIMER,
        "warning of the study": WARNINGS[0],
        "warning of the prediction": WARNINGS[1],
    }
    missing = [fact for fact, words in facts.items() if re.sub(r"\s", "", words) not in squeezed]
    assert missing == [], (name, text)
    passes = '"samples":37,|37stochasticpasses|Passes37,'
    assert re.search(passes, squeezed), (name, text)


def test_without_a_grid_the_arrays_are_npz(tmp_path, flat):
    files = write_results(flat, predict(flat), tmp_path)
    assert names(files, tmp_path) == [*(f"{name}.npz" for name in ARRAYS), *TABLES]
    assert all(file.stat().st_size for file in files)


def test_on_a_grid_they_are_nifti(tmp_path, gridded):
    files = write_results(gridded, predict(gridded), tmp_path / "out" / "deep")
    expected = [*(f"{name}.nii.gz" for name in ARRAYS), *TABLES]
    assert names(files, tmp_path / "out" / "deep") == expected


def test_of_dicom_there_are_objects_too(tmp_path, from_dicom):
    study = from_dicom.study
    out = tmp_path / "out"
    files = write_results(study, predict(study), out, dicom=from_dicom.dicom)
    assert names(files, out) == [*(f"{name}.nii.gz" for name in ARRAYS), *TABLES, *OBJECTS]


def test_nothing_else_is_written(tmp_path, flat):
    files = write_results(flat, predict(flat), tmp_path / "out")
    assert set((tmp_path / "out").rglob("*")) == set(files)


def test_one_pass_has_no_uncertainty_object(tmp_path, from_dicom):
    study = from_dicom.study
    once = predict(study, samples=1)
    files = write_results(study, once, tmp_path / "out", dicom=from_dicom.dicom)
    assert OBJECTS[-1] not in names(files, tmp_path / "out")


@pytest.mark.parametrize("kind", ["flat", "gridded"])
def test_every_file_says_where_it_comes_from(tmp_path, kind, request):
    study = request.getfixturevalue(kind)
    for file in write_results(study, predict(study), tmp_path / "out"):
        assert_says_where_it_comes_from(file.name, file.read_bytes(), study)


def test_every_file_of_dicom_says_where_it_comes_from_and_not_of_whom(from_dicom):
    study = from_dicom.study
    packed = results_zip(study, predict(study), dicom=from_dicom.dicom)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert len(archive.namelist()) == 11
        for name in archive.namelist():
            content = archive.read(name)
            assert_says_where_it_comes_from(name, content, study)
            everything = content.decode("latin-1") + texts_of(name, content)
            found = [field for field, text in PERSONAL.items() if text in everything]
            assert found == [], name


def test_the_identity_is_carried_in_dicom_alone_and_only_when_asked_for(from_dicom):
    study = from_dicom.study
    packed = results_zip(study, predict(study), dicom=from_dicom.dicom, keep_identity=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            everything = content.decode("latin-1") + texts_of(name, content)
            assert (PERSONAL["PatientName"] in everything) == name.startswith("dicom/")


def test_the_zip_holds_the_files_of_the_folder(tmp_path, gridded):
    prediction = predict(gridded)
    files = write_results(gridded, prediction, tmp_path / "out")
    with zipfile.ZipFile(io.BytesIO(results_zip(gridded, prediction))) as archive:
        assert archive.namelist() == names(files, tmp_path / "out")
        assert archive.testzip() is None
        for file in files:
            if file.suffix != ".pdf":  # tells the minute
                assert archive.read(file.name) == file.read_bytes()


def test_the_threshold_is_the_predictions(tmp_path, flat):
    prediction = predict(flat, threshold=0.95)
    mask = write_results(flat, prediction, tmp_path)[0]
    with np.load(mask) as file:
        assert not file["mask"].any()


def test_a_correction_is_in_the_mask_and_told_by_every_file(tmp_path, flat):
    prediction = predict(flat)
    correction = np.zeros(flat.shape, np.int8)
    correction[1, 2:4, 3:8] = 1
    files = write_results(flat, replace(prediction, correction=correction), tmp_path)
    with np.load(files[0]) as file:
        assert np.array_equal(file["mask"] > 0, prediction.mask | (correction > 0))
        assert not np.array_equal(file["mask"] > 0, prediction.mask)
    with np.load(files[1]) as file:
        assert np.array_equal(file["probability"], prediction.probability)
    sentence = "The outline was corrected by hand in 1 slice: 10 pixels added, 0 taken away."
    for file in files:
        text = " ".join(texts_of(file.name, file.read_bytes()).split())
        assert sentence in text, file.name


def test_a_picture_of_any_slice(flat):
    prediction = predict(flat)
    pictures = [picture_bytes(flat, prediction, index) for index in range(3)]
    assert len(set(pictures)) == 3
    for picture in pictures:
        assert_says_where_it_comes_from("picture.png", picture, flat)


def test_a_picture_of_a_slice_that_is_done_needs_not_the_others(flat):
    prediction = replace(predict(flat), done=np.array([False, True, False]))
    assert picture_bytes(flat, prediction, 1).startswith(b"\x89PNG")


def test_a_report_has_two_pages(flat):
    report = report_bytes(flat, predict(flat))
    assert len(PdfReader(io.BytesIO(report)).pages) == 2
    assert_says_where_it_comes_from("report.pdf", report, flat)


def test_an_unfinished_prediction_gives_no_results(tmp_path, flat):
    half = replace(predict(flat), done=np.array([True, False, False]))
    with pytest.raises(InputError, match="2 of 3 slices are not predicted yet"):
        write_results(flat, half, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="not predicted yet"):
        results_zip(flat, half)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path, flat):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot be written to"):
        write_results(flat, predict(flat), tmp_path / "out")


def test_nothing_is_left_in_the_temporary_folder(tmp_path, flat, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    prediction = predict(flat)
    results_zip(flat, prediction)
    picture_bytes(flat, prediction, 0)
    report_bytes(flat, prediction)
    assert list(tmp_path.iterdir()) == []
