"""The menu of what can be taken away."""

import io
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from dicom_files import PERSONAL, write_patient
from PIL import Image
from pydicom import dcmread
from streamlit.testing.v1 import AppTest
from synthetic import make_study

from resunet.data.readers import Reading, open_input
from resunet.study import Prediction
from resunet.ui import exports

PICTURE, REPORT, ZIP = LABELS = (
    "Picture of this slice",
    "Report, two pages",
    "All results, as zip",
)
DONE = np.ones(3, bool)
IDENTITY = "Carry the patient's identity in DICOM"


def predict(study, done=DONE):
    """A made-up prediction of which the middle slice is 0.6 everywhere, the others nothing."""
    probability = np.zeros(study.shape, np.float32)
    probability[1] = 0.6
    zeros = [np.zeros(study.shape, np.float32) for _ in range(3)]
    return Prediction(
        probability,
        *zeros,
        done=np.array(done),
        area_px_samples=np.zeros((3, study.shape[0]), np.int64),
        std_by_t=np.zeros(3),
        threshold=0.5,
        samples=3,
        seed=0,
        model_id="toy",
        engine="by hand",
    )


def script(opened, prediction, slice_index):
    from resunet.ui.exports import show_exports

    show_exports(opened, prediction, slice_index)


def show(reading, *, done=DONE, state=(1, 0.5)):
    opened = SimpleNamespace(study=reading.study, reading=reading)
    kwargs = {
        "opened": opened,
        "prediction": replace(predict(reading.study, done), threshold=state[1]),
        "slice_index": state[0],
    }
    app = AppTest.from_function(script, kwargs=kwargs, default_timeout=60).run()
    assert not app.exception
    return app


@pytest.fixture
def offered(monkeypatch):
    """What the buttons of the last run would give: label → (file name, its bytes)."""
    found = {}
    original = exports.st.download_button

    def button(label, make, file_name, *args, **options):
        found[label] = (file_name, make)
        return original(label, make, file_name, *args, **options)

    monkeypatch.setattr(exports.st, "download_button", button)
    return found


@pytest.fixture
def flat():
    return Reading(make_study())


@pytest.fixture(scope="module")
def from_dicom(tmp_path_factory):
    return open_input(write_patient(tmp_path_factory.mktemp("dicom"), make_study()))


def ready(app):
    return [button.label for button in app.download_button if not button.proto.disabled]


def caption(app):
    return app.caption[0].value


def unzip(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([True, True, True], list(LABELS)),
        ([False, True, False], [PICTURE]),
        ([True, False, True], []),
    ],
    ids=["all", "this slice", "others"],
)
def test_what_is_not_computed_yet_is_not_offered(flat, done, expected):
    app = show(flat, done=done)
    assert [button.label for button in app.download_button] == list(LABELS)
    assert ready(app) == expected
    assert ("once all slices are computed" in caption(app)) == (not all(done))


def test_files_are_called_by_the_study_and_the_slices_own_number(offered, flat):
    numbered = replace(flat.study, slice_numbers=(70, 71, 72))
    show(Reading(numbered))
    names = [name for name, _ in offered.values()]
    assert names == ["synthetic-0_71.png", "synthetic-0.pdf", "synthetic-0.zip"]


def test_the_files_are_what_their_names_say(offered, flat):
    show(flat)
    picture, report, packed = (make() for _, make in offered.values())
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    assert report.startswith(b"%PDF-")
    assert {"mask.npz", "measures.json", "report.pdf"} <= set(unzip(packed))


def test_the_threshold_is_the_one_on_screen(offered, flat):
    for threshold, expected in ((0.5, True), (0.7, False)):
        show(flat, state=(1, threshold))
        files = unzip(offered[ZIP][1]())
        with np.load(io.BytesIO(files["mask.npz"])) as file:
            assert file["mask"].any() == expected


def test_only_dicom_asks_for_the_identity(flat, from_dicom):
    assert not show(flat).checkbox
    assert "NIfTI" not in caption(show(flat))
    app = show(from_dicom)
    assert [(box.label, box.value) for box in app.checkbox] == [(IDENTITY, False)]
    assert "DICOM segmentations and parametric map" in caption(app)


def test_the_identity_is_in_the_zip_only_when_asked_for(offered, from_dicom):
    app = show(from_dicom)
    without = unzip(offered[ZIP][1]())
    app.checkbox[0].check().run()
    with_it = unzip(offered[ZIP][1]())
    patients = [
        str(dcmread(io.BytesIO(files["dicom/segmentation.dcm"])).PatientName)
        for files in (without, with_it)
    ]
    assert patients[1] == PERSONAL["PatientName"]
    assert "Doe" not in patients[0]


def test_the_identity_is_asked_for_anew_for_each_patient(from_dicom):
    app = show(from_dicom)
    app.checkbox[0].check().run()
    assert app.checkbox[0].value
    source = from_dicom.study.source._replace(sha256="0" * 64)
    another = replace(from_dicom, study=replace(from_dicom.study, source=source))
    app.kwargs["opened"] = SimpleNamespace(study=another.study, reading=another)
    app.run()
    assert not app.checkbox[0].value
