"""What becomes of dropped files, whatever they are called."""

import io
import re
import tempfile
import zipfile
from itertools import count
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from dicom_files import write_patient
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from synthetic import make_study, synthetic_pictures, to_nifti, write_slice

from resunet.data.contrasts import UnclearContrasts
from resunet.data.readers import GridsDiffer, ReadOptions
from resunet.errors import InputError
from resunet.study import CONTRASTS
from resunet.ui.uploads import Upload

IMAGES, LABELS = synthetic_pictures(4, 12, 10, seed=2)
_NUMBERS = count()


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """Where temporary folders are made in this test; none may be left."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def dropped(name, content):
    record = UploadedFileRec(f"id-{next(_NUMBERS)}", name, "application/octet-stream", content)
    return UploadedFile(record, FileURLs())


def upload(contents):
    """The upload of a mapping, or of pairs, of name and content."""
    pairs = contents.items() if isinstance(contents, dict) else contents
    files = tuple(dropped(*pair) for pair in pairs)
    return Upload(tuple(file.file_id for file in files), files)


def nifti(array, **options):
    return to_nifti(array, **options).to_bytes()


def four(pattern="{}.nii", **options):
    """The synthetic patient as four NIfTI files."""
    return {
        pattern.format(name): nifti(IMAGES[..., index], **options)
        for index, name in enumerate(CONTRASTS)
    }


def zipped(contents):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read(contents, *options):
    return upload(contents).read(ReadOptions(*options))


def complaint(contents, kind=InputError):
    """What is said of files that cannot be read: one sentence, and no folder of ours."""
    with pytest.raises(kind) as error:
        read(contents)
    sentence = str(error.value)
    assert "scratch" not in sentence
    assert "resunet-" not in sentence
    assert "\n" not in sentence
    return sentence


def assert_is_the_patient(reading):
    np.testing.assert_array_equal(reading.study.images, IMAGES)


def test_four_nifti_files_are_one_patient():
    reading = read(four("p_{}.nii"))
    assert_is_the_patient(reading)
    assert {c.contrast: c.name for c in reading.candidates} == {c: f"p_{c}.nii" for c in CONTRASTS}


def test_the_order_in_which_they_came_does_not_matter():
    reading = read(dict(reversed(four().items())))
    assert_is_the_patient(reading)
    assert reading.study.source == read(four()).study.source


def test_one_file_with_all_contrasts_is_a_patient():
    order = [CONTRASTS.index(name) for name in ("flair", "t1", "t1ce", "t2")]  # the Decathlon's
    arrays = [np.asarray(to_nifti(IMAGES[..., index]).dataobj) for index in order]
    image = nib.Nifti1Image(np.stack(arrays, -1), to_nifti(IMAGES[..., 0]).affine)
    assert_is_the_patient(read({"patient.nii": image.to_bytes()}))


def test_a_zip_alone_is_a_patient():
    assert_is_the_patient(read({"patient.ZIP": zipped(four("deep/p_{}.nii"))}))


def test_a_zip_and_other_files_are_one_patient_together():
    files = four()
    late = {name: files.pop(name) for name in ("t1.nii", "flair.nii")}
    assert_is_the_patient(read({"rest.zip": zipped(files), **late}))


def test_two_zips_are_one_patient_together():
    files = four()
    late = {name: files.pop(name) for name in ("t1.nii", "flair.nii")}
    assert_is_the_patient(read({"a.zip": zipped(files), "b.zip": zipped(late)}))


def test_two_files_with_one_name_are_both_kept_and_told_apart():
    files = [*four().items(), ("t1.nii", nifti(IMAGES[..., 3]))]
    sentence = complaint(files, UnclearContrasts)
    assert sentence.startswith("What was dropped has two files for t1: 1/t1.nii and 5/t1.nii;")
    reading = read(files, (("t1", "1/t1.nii"),))
    assert_is_the_patient(reading)
    assert [c.name for c in reading.candidates if c.contrast is None] == ["5/t1.nii"]


def test_dicom_files_need_no_extension(tmp_path):
    study = make_study(slices=3, height=12, width=10)
    folder = write_patient(tmp_path / "p", study)
    paths = sorted(folder.iterdir())
    reading = read([(f"IM{index:06}", path.read_bytes()) for index, path in enumerate(paths)])
    np.testing.assert_array_equal(reading.study.images, study.images)
    assert reading.dicom is not None


def test_npz_slices_are_stacked_by_their_numbers(tmp_path):
    names = [f"Brats18_X_1_{number}.npz" for number in (10, 9)]
    for name, index in zip(names, (1, 0), strict=True):
        write_slice(tmp_path / name, IMAGES[index], LABELS[index])
    reading = read({name: (tmp_path / name).read_bytes() for name in names})
    np.testing.assert_array_equal(reading.study.images, IMAGES[:2])
    assert reading.study.identifier == "Brats18_X_1"
    assert reading.study.slice_numbers == (9, 10)


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("a/b/{}.nii", "{}.nii"),
        ("C:\\scans\\{}.nii", "{}.nii"),
        ("../../{}.nii", "{}.nii"),
        ("/etc/{}.nii", "{}.nii"),
        ("<script>alert(1)_{}.nii", "<script>alert(1)_{}.nii"),
        ("né_脳_{}.nii", "né_脳_{}.nii"),
        ("a\n\0\u202eb_{}.nii", "a___b_{}.nii"),
        ("half \udcff_{}.nii", "half __{}.nii"),
        ("x" * 300 + "_{}.nii", None),
        ("脳" * 120 + "_{}.nii", None),
    ],
    ids=lambda name: name[:20] if name else "",
)
def test_any_name_will_do(pattern, shown, tmp_path):
    reading = read(four(pattern))
    assert_is_the_patient(reading)
    for candidate in reading.candidates:
        assert candidate.name.endswith(f"{candidate.contrast}.nii")
        assert len(candidate.name.encode()) <= 200
        assert shown is None or candidate.name == shown.format(candidate.contrast)
    assert [path.name for path in tmp_path.iterdir()] == ["scratch"]  # nothing beside it


@pytest.mark.parametrize("name", ["..", ".", "", "/", "a/..", "\\"])
def test_a_name_that_is_none_is_a_file_of_no_known_kind(name):
    assert complaint({name: b"text"}).startswith("file is ")
    assert_is_the_patient(read({**four(), name: b"text"}))


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ({"notes.txt": b"text"}, r"notes\.txt is "),
        ({"t1.nii": b"text"}, r"t1\.nii cannot be read"),
        ({**four(), "t1.nii": b"text"}, r"t1\.nii cannot be read"),
        ({"a.txt": b"", "b.txt": b""}, r"What was dropped holds no picture"),
        ({"a.zip": b"no zip"}, r"a\.zip cannot be read as zip"),
        ({"a.zip": zipped({"b.txt": b""})}, r"a\.zip holds no picture"),
        ({"a.zip": zipped({"p/t1.nii": b"text"})}, r"a\.zip: p/t1\.nii cannot be read"),
        ({"a.zip": zipped({"../t1.nii": b""})}, r"a\.zip holds a file whose name leads out of it"),
        ({"a.zip": b"", "t1.nii": b""}, r"a\.zip cannot be read as zip"),
        ({"p_8.npz": b"text"}, r"p_8\.npz cannot be read as npz"),
        ({"p_8.npz": b"text", "q_8.npz": b""}, r"What was dropped holds slices of p, q"),
        ({"my scan of the head.png": b"\x89PNG"}, r"my scan of the head\.png is not a PNG"),
        ({"a.dcm": b"text"}, r"a\.dcm"),
        ({"a.dcm": b"text", "b.dcm": b"text"}, r"\w"),
    ],
)
def test_what_cannot_be_read_is_named_without_a_folder_of_ours(contents, sentence):
    assert_starts(complaint(contents), sentence)


def assert_starts(text, pattern):

    assert re.match(pattern, text), text


def test_a_missing_contrast_is_a_question_with_the_files_to_choose_from():
    files = four()
    del files["t2.nii"]
    with pytest.raises(UnclearContrasts, match="What was dropped has no file for t2") as error:
        read(files)
    assert [c.name for c in error.value.candidates] == list(files)


def test_grids_that_differ_can_be_brought_onto_one():
    files = {**four(), "t2.nii": nifti(IMAGES[..., 2], spacing=(1.0, 1.1, 1.0))}
    assert "What was dropped: t2.nii and flair.nii lie up to" in complaint(files, GridsDiffer)
    study = read(files, (), True).study
    assert any("resampled to T1CE's" in warning for warning in study.warnings)


def test_a_disk_that_takes_nothing_is_told_in_one_sentence(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    sentence = complaint(four())
    assert sentence.endswith("to be read: No space left on device.")


def test_the_files_are_not_held_twice():
    content = nifti(IMAGES[..., 0])
    file = dropped("t1.nii", content)
    with pytest.raises(InputError):
        Upload((file.file_id,), (file,)).read(ReadOptions())
    assert file.getvalue() is content


def test_uploads_are_told_apart_by_the_ids_of_their_files():
    first = upload({"a.nii": b"1"})
    assert first == Upload(first.ids, ())
    assert hash(first) == hash(Upload(first.ids, ()))
    assert first != upload({"a.nii": b"1"})  # dropped again


def test_an_upload_is_called_by_its_first_file_and_their_number():
    assert upload({"t1.nii": b""}).title == "t1.nii"
    assert upload({"t1.nii": b"", "t2.nii": b"", "c": b""}).title == "t1.nii and 2 more"
    assert upload({"a/b/t1.nii": b""}).title == "t1.nii"
    assert len(upload({"x" * 300: b""}).title) == 200


def test_its_text_names_no_file():
    assert "t1" not in repr(upload({"t1.nii": b""}))


# Several patients


def npz(images):
    packed = io.BytesIO()
    np.savez_compressed(packed, **{c: images[..., i] for i, c in enumerate(CONTRASTS)})
    return packed.getvalue()


def many(pattern="{}_{}.npz"):
    """Two patients of two slices each; the second is the first seen in a mirror."""
    return {
        pattern.format(patient, k): npz(IMAGES[k][:, ::step])
        for patient, step in (("Ann", 1), ("Bob", -1))
        for k in (0, 1)
    }


def assert_are_ann_and_bob(patients):
    ann, bob = (patient.read(ReadOptions()).study for patient in patients)
    np.testing.assert_array_equal(ann.images, IMAGES[:2])
    np.testing.assert_array_equal(bob.images, IMAGES[:2, :, ::-1])
    assert (ann.identifier, bob.identifier) == ("Ann", "Bob")


def test_slices_of_two_patients_are_two_patients():
    patients = upload(dict(reversed(many().items()))).patients()
    assert [patient.title for patient in patients] == ["Ann", "Bob"]
    assert_are_ann_and_bob(patients)


@pytest.mark.parametrize("top", ["", "set/"])
def test_a_zip_of_a_data_folder_is_its_patients(top):
    packed = zipped(many(f"{top}testing/{{}}_{{}}.npz"))
    patients = upload({"set.zip": packed}).patients()
    assert [patient.title for patient in patients] == ["Ann (testing)", "Bob (testing)"]
    assert_are_ann_and_bob(patients)
    assert len(set(patients)) == 2


def test_a_patient_of_a_zip_needs_no_other_to_be_whole():
    contents = {**many(), "Eve_0.npz": b"no arrays"}
    ann, bob, eve = upload({"set.zip": zipped(contents)}).patients()
    assert_are_ann_and_bob((ann, bob))
    with pytest.raises(InputError, match=r"^set\.zip: Eve_0\.npz") as error:
        eve.read(ReadOptions())
    assert "resunet-" not in str(error.value)


@pytest.mark.parametrize(
    "contents",
    [
        four("p_{}.nii"),
        {"p.zip": zipped(four("{0}/{0}.nii"))},
        {name: content for name, content in many().items() if name.startswith("Ann")},
        {**many(), "flair.nii": b"another kind"},
        {"p.zip": b"no zip"},
    ],
)
def test_one_patient_is_all_that_was_dropped(contents):
    whole = upload(contents)
    assert whole.patients() == (whole,)
    assert whole.patients()[0].places == ()
