"""The one entry, by every kind of input that a user may name."""

import os
import shutil
import stat
import tempfile
import time
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from dicom_files import placed, write_patient, write_series
from dicom_segmentations import write_segmentation
from PIL import Image
from pydicom import dcmread
from synthetic import make_study, to_nifti, write_nifti_folder, write_paper_layout, write_slice

from resunet.data.cases import Case, find_cases
from resunet.data.contrasts import UnclearContrasts
from resunet.data.readers import GridsDiffer, ReadOptions, open_case, open_input, read_case
from resunet.data.readers.inputs import loose_together
from resunet.errors import InputError
from resunet.study import CONTRASTS

MADE = make_study(slices=4, height=12, width=10, seed=2)


@pytest.fixture(autouse=True)
def nothing_odd(monkeypatch):
    """What is odd about pictures has tests of its own."""
    monkeypatch.setattr("resunet.data.readers.check_study", lambda study: ())


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where temporary folders are made in this test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def patient(tmp_path):
    """A folder of five NIfTI files."""
    write_nifti_folder(tmp_path / "p", MADE.images, MADE.labels)
    return tmp_path / "p"


def zipped(path, folder, prefix="", **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{prefix}{file.relative_to(folder)}")
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def options(**contrasts):
    return ReadOptions(tuple(contrasts.items()))


def is_made(study, labels=True):
    np.testing.assert_array_equal(study.images, MADE.images)
    if labels:
        np.testing.assert_array_equal(study.labels, MADE.labels)
    else:
        assert study.labels is None


def refusal(paths, choice=None):
    """The sentence of a refusal: one line, no traceback, nothing that cannot be printed."""
    with pytest.raises(InputError) as error:
        open_input(paths, choice)
    sentence = str(error.value)
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert sentence.encode()
    return sentence


# Kinds of input


def test_a_folder(patient):
    reading = open_input(patient)
    is_made(reading.study)
    assert reading.dicom is None
    assert [c.contrast for c in reading.candidates] == ["flair", "labels", "t1", "t1ce", "t2"]


def test_folders_in_a_folder(tmp_path, patient):
    # as in copies of BraTS 2021, where every file lies in a folder called like a file
    for file in list(patient.iterdir()):
        folder = tmp_path / "q" / file.name.removesuffix(".gz")
        folder.mkdir(parents=True)
        file.rename(folder / file.name)
    is_made(open_input(tmp_path / "q").study)


@pytest.mark.parametrize("prefix", ["", "p/", "a/b/"])
def test_a_zip_whatever_macos_lays_beside_the_files(tmp_path, patient, prefix):
    more = {f"__MACOSX/{prefix}._p_t1.nii.gz": b"\0\5", f"{prefix}.DS_Store": b"\0"}
    path = zipped(tmp_path / "p.ZIP", patient, prefix, **more)
    study = open_input(path).study
    is_made(study)
    assert study.identifier == open_input(patient).study.identifier


def test_loose_files_in_any_order(patient):
    is_made(open_input(sorted(patient.iterdir(), reverse=True)).study)


def test_a_file_named_beside_its_folder_is_one_file(patient):
    is_made(open_input([patient / "p_t1.nii.gz", patient]).study)
    is_made(open_input([patient, *patient.iterdir(), patient]).study)


def four_dimensional(path):
    order = [CONTRASTS.index(name) for name in ("flair", "t1", "t1ce", "t2")]
    volumes = [to_nifti(MADE.images[..., index].astype(np.int16)) for index in order]
    array = np.stack([np.asarray(volume.dataobj) for volume in volumes], -1)
    path.parent.mkdir(exist_ok=True)
    nib.save(nib.Nifti1Image(array, volumes[0].affine), path)
    return path


def test_one_file_of_four_volumes(tmp_path):
    path = four_dimensional(tmp_path / "BRATS_001.nii.gz")
    reading = open_input(path)
    is_made(reading.study, labels=False)
    assert reading.study.warnings == ()
    assert reading.candidates[0].name == "BRATS_001.nii.gz, volume 1"


def test_four_volumes_may_be_told_apart_by_the_user(tmp_path):
    path = four_dimensional(tmp_path / "x.nii.gz")
    choice = options(t1="x.nii.gz, volume 3", t1ce="x.nii.gz, volume 2")
    np.testing.assert_array_equal(
        open_input(path, choice).study.images, MADE.images[..., [1, 0, 2, 3]]
    )


def test_images_and_labels_of_the_decathlon_are_called_alike(tmp_path):
    images = four_dimensional(tmp_path / "imagesTr/BRATS_001.nii.gz")
    labels = tmp_path / "labelsTr/BRATS_001.nii.gz"
    labels.parent.mkdir()
    nib.save(to_nifti(MADE.labels), labels)
    reading = open_input([images, labels], options(labels="labelsTr/BRATS_001.nii.gz"))
    is_made(reading.study)
    assert reading.study.warnings == ()


def test_npz_slices(tmp_path):
    for index in range(4):
        write_slice(tmp_path / f"a/q_{index}.npz", MADE.images[index], MADE.labels[index])
    one = open_input(tmp_path / "a/q_2.npz").study
    np.testing.assert_array_equal(one.images, MADE.images[2:3])
    for paths in (tmp_path / "a", sorted((tmp_path / "a").iterdir(), reverse=True)):
        study = open_input(paths).study
        is_made(study)
        assert study.identifier == "q"
    is_made(open_input(zipped(tmp_path / "q.zip", tmp_path / "a")).study)
    assert open_input(tmp_path / "a", options(labels="none")).study.labels is None
    assert "no choice of contrasts is accepted" in refusal(tmp_path / "a", options(t1="x"))
    write_slice(tmp_path / "a/r_1.npz", MADE.images[0], None)
    assert "holds slices of q, r; those of one patient are accepted" in refusal(tmp_path / "a")


def test_slices_beside_other_pictures_are_read_alone_with_a_warning(tmp_path, patient):
    write_slice(patient / "q_1.npz", MADE.images[0], None)
    study = open_input(patient).study
    assert study.source.format == "npz"
    assert "Other pictures lie beside the npz slices" in study.warnings[0]


def test_npz_files_that_are_no_slices_do_not_hide_pictures(patient):
    np.savez(patient / "features.npz", x=np.ones(3))
    is_made(open_input(patient).study)
    assert "features.npz lacks t1" in refusal([patient / "features.npz"])


def pictures(folder):
    folder.mkdir()
    for index, contrast in enumerate(CONTRASTS):
        array = MADE.images[1, ..., index].astype(np.uint16)
        Image.fromarray(array).save(folder / f"p_{contrast}.png")
    Image.fromarray(((MADE.labels[1] > 0) * 255).astype(np.uint8)).save(folder / "p_mask.png")
    return folder


def test_png_pictures(tmp_path):
    folder = pictures(tmp_path / "p")
    for paths in (folder, list(folder.iterdir()), zipped(tmp_path / "p.zip", folder)):
        study = open_input(paths).study
        np.testing.assert_array_equal(study.images, MADE.images[1:2])
        np.testing.assert_array_equal(study.mask, MADE.labels[1:2] > 0)
        assert study.warnings == (
            "Pictures do not say how large a pixel is nor which way the patient lies: no lengths "
            "are given, and the patient's right is taken to be on the left of the picture.",
            "The segmentation holds labels up to 255; any but 0 is tumour.",
        )


def test_pictures_and_volumes_do_not_mix(tmp_path, patient):
    folder = pictures(tmp_path / "q")
    (patient / "p_t1.nii.gz").unlink()
    (folder / "p_t1.png").rename(patient / "p_t1.png")
    assert "p_t1.png has 1×12×10 voxels and p_flair.nii.gz 10×12×4" in refusal(patient)


def test_dicom_folders_and_zips(tmp_path):
    folder = write_patient(tmp_path / "d", MADE, habit="nested")
    for path in (folder, zipped(tmp_path / "d.zip", folder)):
        reading = open_input(path)
        is_made(reading.study, labels=False)
        assert reading.study.source.format == "dicom"
        assert len(reading.dicom.headers) == 4


def test_series_are_chosen_by_their_names(tmp_path):
    folder = write_patient(tmp_path / "d", MADE)
    names = {c.contrast: c.name for c in open_input(folder).candidates}
    swapped = open_input(folder, options(t1=names["t2"], t2=names["t1"])).study
    np.testing.assert_array_equal(swapped.images, MADE.images[..., [2, 1, 0, 3]])


def source_series(folder):
    stack = placed(MADE.images[..., 3].astype(np.int32))
    return write_series(folder, *stack, series_number=9, tags={"SeriesDescription": "localizer"})


def test_volumes_with_a_segmentation_in_dicom(tmp_path, patient):
    # a tool that wants NIfTI leaves the outlines where they are
    (patient / "p_seg.nii.gz").unlink()
    write_segmentation(patient / "s.dcm", source_series(tmp_path / "d"), MADE.labels > 0)
    study = open_input(patient).study
    np.testing.assert_array_equal(study.images, MADE.images)
    np.testing.assert_array_equal(study.mask, MADE.mask)
    assert study.source.format == "nifti"


def test_a_segmentation_in_dicom_is_resampled_with_the_pictures(tmp_path, patient):
    (patient / "p_seg.nii.gz").unlink()
    write_segmentation(patient / "s.dcm", source_series(tmp_path / "d"), MADE.labels > 0)
    image = nib.load(patient / "p_t1ce.nii.gz")
    moved = nib.Nifti1Image(np.asarray(image.dataobj), image.affine + np.eye(4, k=3) * -1.0)
    nib.save(moved, patient / "p_t1ce.nii.gz")  # x falls by 1 mm: one column to the left
    study = open_input(patient, ReadOptions(resample=True)).study
    np.testing.assert_array_equal(study.mask[:, :, :-1], MADE.mask[:, :, 1:])


def test_dicom_pictures_with_a_segmentation_in_nifti(tmp_path):
    folder = write_patient(tmp_path / "d", MADE)
    nib.save(to_nifti(MADE.labels), folder / "tumour_seg.nii.gz")
    is_made(open_input(folder).study)


def test_dicom_of_no_picture_beside_volumes_is_left_aside(tmp_path, patient):
    write_patient(patient / "d", MADE, habit="beside", contrasts=())
    is_made(open_input(patient).study)
    assert "holds no MR pictures" in refusal([patient, patient / "d/report.dcm"])


# Which file is which


def test_files_are_chosen_by_their_names(patient):
    choice = options(t1="p_t2.nii.gz", t2="p_t1.nii.gz")
    np.testing.assert_array_equal(
        open_input(patient, choice).study.images, MADE.images[..., [2, 1, 0, 3]]
    )
    assert 'has no file "nowhere.nii"' in refusal(patient, options(t1="nowhere.nii"))


@pytest.mark.parametrize("none", ["", "none"])
def test_a_segmentation_may_be_left_aside_or_chosen(patient, none):
    is_made(open_input(patient, options(labels=none)).study, labels=False)
    (patient / "p_seg.nii.gz").rename(patient / "mine.nii.gz")
    is_made(open_input(patient, options(labels="mine.nii.gz")).study)


def test_files_called_alike_are_told_apart_by_their_folders(tmp_path, patient):
    for folder in ("first/scan", "second/scan"):
        (patient / folder).mkdir(parents=True)
        shutil.copy(patient / "p_t1.nii.gz", patient / folder / "p_t1.nii.gz")
    (patient / "p_t1.nii.gz").unlink()
    for path, way in ((patient, ""), (zipped(tmp_path / "z.zip", patient), "")):
        with pytest.raises(UnclearContrasts) as error:
            open_input(path)
        names = [c.name for c in error.value.candidates if c.contrast == "t1"]
        assert names == [f"{way}first/scan/p_t1.nii.gz", f"{way}second/scan/p_t1.nii.gz"]
        is_made(open_input(path, options(t1=names[1])).study)


def test_files_called_alike_in_two_zips_bear_the_names_of_these(tmp_path, patient):
    paths = [zipped(tmp_path / f"{name}.zip", patient) for name in "ab"]
    with pytest.raises(UnclearContrasts) as error:
        open_input(paths)
    names = [candidate.name for candidate in error.value.candidates]
    assert names[:2] == ["a.zip/p_flair.nii.gz", "a.zip/p_seg.nii.gz"]
    (tmp_path / "c").mkdir()
    paths[1].rename(tmp_path / "c/a.zip")
    with pytest.raises(UnclearContrasts) as error:
        open_input([paths[0], tmp_path / "c/a.zip"])
    assert error.value.candidates[0].name == "a.zip/p_flair.nii.gz (1)"


def test_missing_contrasts_are_refused_or_filled(patient):
    (patient / "p_t2.nii.gz").unlink()
    assert "p has no file for t2;" in refusal(patient)
    study = open_input(patient, ReadOptions(fill_missing=True)).study
    assert study.missing == ("t2",)
    np.testing.assert_array_equal(study.images[..., [0, 1, 3]], MADE.images[..., [0, 1, 3]])
    assert not study.images[..., 2].any()


def test_contrasts_on_other_grids_are_refused_or_resampled(patient):
    doubled = np.repeat(MADE.images[..., 2], 2, axis=0).astype(np.int16)
    image = to_nifti(doubled, spacing=(0.5, 1.0, 1.0))
    nib.save(image, patient / "p_t2.nii.gz")
    with pytest.raises(GridsDiffer, match=r"p_t2\.nii\.gz has 10×12×8 voxels"):
        open_input(patient)
    study = open_input(patient, ReadOptions(resample=True)).study
    # slices 0 and 2 of the finer one lie where slices 0 and 1 of the others lie
    np.testing.assert_array_equal(study.images, MADE.images)
    assert study.warnings[0].startswith("T2 lay on another grid and was resampled to T1CE's")


def test_contrasts_of_another_place_are_not_resampled(patient):
    image = nib.load(patient / "p_t2.nii.gz")
    far = image.affine + np.eye(4, k=3) * 400.0
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), far), patient / "p_t2.nii.gz")
    assert "p_t2.nii.gz lies outside of p_t1ce.nii.gz" in refusal(
        patient, ReadOptions(resample=True)
    )


def test_a_segmentation_given_as_a_picture_is_refused(patient):
    choice = options(t1="p_seg.nii.gz", labels="")
    assert "p_seg.nii.gz, taken for T1, holds few whole numbers" in refusal(patient, choice)


def test_what_is_odd_about_the_pictures_is_said_once(patient, monkeypatch):
    monkeypatch.setattr("resunet.data.readers.check_study", lambda study: ("Odd.", "Odder."))
    nib.save(nib.Nifti1Image(np.full((10, 12, 4), 7, np.int16), None), patient / "p_t2.nii.gz")
    for contrast in ("t1", "t1ce", "flair", "seg"):
        image = nib.load(patient / f"p_{contrast}.nii.gz")
        nib.save(nib.Nifti1Image(np.asarray(image.dataobj), None), patient / f"p_{contrast}.nii.gz")
    warnings = open_input(patient).study.warnings
    assert warnings[-3:] == ("T2 is the same everywhere.", "Odd.", "Odder.")
    case = Case("", "p", folder=patient)
    assert open_case(case).study.warnings == warnings
    assert read_case(case).warnings == warnings[:-2]


def test_a_case_is_named_as_its_patient(patient):
    for case in find_cases(patient.parent):
        assert open_case(case).study.identifier == case.patient == "p"


def test_a_case_of_dicom_series(tmp_path):
    write_patient(tmp_path / "data/Doe", MADE, habit="nested")
    (case,) = find_cases(tmp_path / "data")
    is_made(read_case(case), labels=False)


# Patients on a command line


def test_patients_on_a_command_line(tmp_path, patient):
    four = four_dimensional(tmp_path / "BRATS_1.nii.gz")
    broken, long = tmp_path / "broken.nii", Path("x" * 5000)
    broken.write_bytes(b"x")
    t1, t2 = patient / "p_t1.nii.gz", patient / "p_t2.nii.gz"
    zip_, npz = tmp_path / "a.zip", tmp_path / "a_1.npz"
    paths = [t1, patient, four, t2, zip_, npz, broken, long]
    assert loose_together(paths) == [
        (t1, t2, broken, long),
        (patient,),
        (four,),
        (zip_,),
        (npz,),
    ]
    assert loose_together([]) == []


# What clumsy and hostile users name


def test_a_broken_file_of_no_contrast_is_left_aside_unless_it_is_named(patient):
    for name in ("atlas.nii", "notes.png", "dwi.nii.gz"):
        (patient / name).write_bytes(b"nothing")
        is_made(open_input(patient).study)
        assert f"{name} " in refusal([patient, patient / name])
    (patient / "old_t1.nii").write_bytes(b"nothing")
    assert "old_t1.nii cannot be read as NIfTI" in refusal(patient)


def test_what_is_there_but_is_no_picture(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.nii").mkdir()
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8")
    os.mkfifo(tmp_path / "pipe.nii")
    assert "empty holds no picture; accepted are npz slices" in refusal(tmp_path / "empty")
    assert "x.nii holds no picture" in refusal(tmp_path / "x.nii")
    assert "a.jpg is of no known kind; accepted are" in refusal([tmp_path / "a.jpg"])
    assert "pipe.nii is neither a file nor a folder" in refusal(tmp_path / "pipe.nii")
    assert refusal([]).startswith("The input holds no picture")


@pytest.mark.parametrize("name", ["nowhere", "x" * 300, "x/" * 3000 + "t1.nii", "a\0b.nii"])
def test_what_is_not_there(tmp_path, name):
    assert refusal(tmp_path / name).endswith("does not exist.")
    assert refusal([tmp_path / name, tmp_path]).endswith("does not exist.")


def test_files_that_must_be_converted_or_unpacked_first(tmp_path, patient):
    pair = tmp_path / "pair"
    pair.mkdir()
    nib.save(nib.Nifti1Pair(np.ones((3, 4, 5), np.int16), np.eye(4)), pair / "t1.img")
    assert "pair holds no picture, but one of a pair of files" in refusal(pair)
    assert "t1.img is one of a pair of files" in refusal([pair / "t1.img", pair / "t1.hdr"])
    outer = tmp_path / "outer"
    outer.mkdir()
    zipped(outer / "inner.zip", patient)
    words = "holds no picture, but a zip in another one or in a folder"
    assert f"outer {words}" in refusal(outer)
    assert f"outer.zip {words}" in refusal(zipped(tmp_path / "outer.zip", outer))


def test_hidden_files_are_left_aside_unless_they_are_named(patient):
    (patient / "._p_t1.nii.gz").write_bytes(b"\0\5")
    (patient / ".old").mkdir()
    shutil.copy(patient / "p_t1.nii.gz", patient / ".old/p_t1.nii.gz")
    is_made(open_input(patient).study)
    assert "._p_t1.nii.gz cannot be read" in refusal([patient, patient / "._p_t1.nii.gz"])


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path, patient):
    folder = tmp_path / "links"
    folder.mkdir()
    for file in patient.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "round").symlink_to(folder)
    (folder / "other").symlink_to(patient)
    (folder / "dangling_t1.nii").symlink_to(folder / "nowhere")
    (folder / "self_t1.nii").symlink_to(folder / "self_t1.nii")
    is_made(open_input(folder).study)


def test_a_whole_disk_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("resunet.data.readers.inputs._MOST_FILES", 50)
    for index in range(60):
        (tmp_path / f"d/{index}/{index}").mkdir(parents=True)
    assert "d holds more than 50 files; fewer are accepted." in refusal(tmp_path / "d")
    monkeypatch.undo()
    begin = time.monotonic()
    with pytest.raises(InputError):
        open_input(Path("/usr"))
    assert time.monotonic() - begin < 5


def test_folders_and_files_that_may_not_be_read(patient, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied", "somewhere")

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", denied)
        assert refusal(patient) == f"{patient} cannot be read: Permission denied."
    with monkeypatch.context() as patched:
        patched.setattr("nibabel.load", denied)
        assert "p_flair.nii.gz cannot be read as NIfTI" in refusal(patient)
    with monkeypatch.context() as patched:
        patched.setattr("hashlib.file_digest", denied)
        assert "p_t1.nii.gz cannot be read: Permission denied." in refusal(patient)
    with monkeypatch.context() as patched:
        patched.setattr("zipfile.ZipFile", denied)
        path = patient.parent / "p.zip"
        path.write_bytes(b"")
        assert refusal(path) == f"{path} cannot be read as zip: Permission denied."


NAMES = [
    b"t1\n.nii",
    b"t1\x1b[31m.nii",
    b"<script>_t1.nii",
    b"t1_\xff\xfe.nii",
    b"\xe2\x80\xaet1.nii",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_bytes_stay_in_one_printable_line(patient, name):
    (patient / "p_t1.nii.gz").rename(patient / os.fsdecode(name + b".gz"))
    reading = open_input(patient)
    is_made(reading.study)
    (shown,) = [c.name for c in reading.candidates if c.contrast == "t1"]
    assert shown.isprintable()
    is_made(open_input(patient, options(t1=shown)).study)
    (patient / os.fsdecode(name)).write_bytes(b"broken")
    sentence = refusal(patient)
    assert "t1" in sentence
    assert "cannot be read as NIfTI" in sentence


def test_slices_whose_names_are_not_text(tmp_path):
    path = tmp_path / os.fsdecode(b"p\xff_1.npz")
    write_slice(path, MADE.images[0], (MADE.labels[0] > 0) * np.uint8(255))
    study = open_input(path).study
    assert study.identifier == "p�"
    assert all(warning.isprintable() for warning in study.warnings)


def test_errors_in_a_zip_name_the_zip(tmp_path, patient):
    (patient / "p_t1.nii.gz").write_bytes(b"broken")
    path = zipped(tmp_path / "p.zip", patient, "a/")
    assert refusal(path).startswith("p.zip: a/p_t1.nii.gz cannot be read as NIfTI")
    (patient / "p_t1.nii.gz").unlink()
    sentence = refusal(zipped(path, patient, "a/"))
    assert sentence.startswith(f"{path} has no file for t1;")
    folder = write_patient(tmp_path / "d", MADE)
    first = sorted(folder.iterdir())[0]
    first.write_bytes(first.read_bytes()[:300])
    assert "p.zip: S02_I0001.dcm" in refusal(zipped(path, folder))


def test_a_link_in_a_zip_leads_nowhere(tmp_path, patient):
    link = zipfile.ZipInfo("extra_t1.nii")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(zipped(tmp_path / "p.zip", patient), "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "p.zip: extra_t1.nii is a link to another file" in refusal(tmp_path / "p.zip")


def test_names_that_windows_keeps_for_itself_are_names_elsewhere(tmp_path, patient):
    path = zipped(tmp_path / "p.zip", patient, **{"CON": b"", "aux.txt": b"", "nul.nii": b"x"})
    is_made(open_input(path).study)


def test_a_segmentation_of_another_patient_is_refused(tmp_path):
    write_patient(tmp_path / "p", MADE)
    series = source_series(tmp_path / "d")
    write_segmentation(tmp_path / "p" / "s.dcm", series, MADE.labels > 0)
    header = dcmread(tmp_path / "p" / "s.dcm")
    header.PatientID = "OTHER"
    header.save_as(tmp_path / "p" / "s.dcm")
    with pytest.raises(InputError, match="holds pictures of 2 patients"):
        open_input(tmp_path / "p")


def test_results_beside_slices_are_left_aside(tmp_path):
    write_paper_layout(tmp_path / "d", patients={"a": ["p"]}, slices_per_patient=2, size=24)
    np.savez(tmp_path / "d/a/mask.npz", mask=np.zeros((2, 24, 24)))
    assert open_input(tmp_path / "d/a").study.shape == (2, 24, 24)
