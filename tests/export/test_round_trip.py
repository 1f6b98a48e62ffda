"""Every format in, every format out: where a voxel lies and what it holds, by independent readers.

The table that comes of it stands in ``docs/files.md``.
"""

import zipfile
from pathlib import Path
from typing import NamedTuple

import highdicom as hd
import nibabel as nib
import numpy as np
import pytest
from dicom_files import placed, write_patient
from PIL import Image
from synthetic import make_study, write_nifti_folder, write_slice

from resunet.data.readers import open_input
from resunet.export.dicom import write_dicom
from resunet.export.volumes import write_layers
from resunet.study import CONTRASTS, Prediction

SPACING = (3.0, 1.5, 1.25)  # slice, row, column
SHAPE = (6, 20, 16)
PLACE = (23.0, 31.0, -17.0)
DOCS = Path(__file__).parents[2] / "docs" / "files.md"


class Way(NamedTuple):
    """How a patient comes in.

    Attributes:
        write: Writes it; gives the path to be opened.
        affine: Study index → patient mm (RAS+), or None where the format has no place.
        slices: The slices of the synthetic patient that it holds.
    """

    write: object
    affine: object
    slices: slice = slice(None)


def straight():
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = SPACING[0], -SPACING[1], -SPACING[2], 1
    affine[:3, 3] = PLACE
    return affine


def nifti(axcodes):
    def write(folder, study):
        write_nifti_folder(
            folder / "p", study.images, None, axcodes=tuple(axcodes), spacing=SPACING
        )
        return folder / "p"

    return write


def oblique_nifti(folder, study):
    path = nifti("LPS")(folder, study)
    for file in path.iterdir():
        image = nib.load(file)
        turned = nib.Nifti1Image(np.asarray(image.dataobj), turn() @ image.affine)
        nib.save(turned, file)
    return path


def turn():
    angle = np.deg2rad(20)
    matrix = np.eye(4)
    matrix[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return matrix


def four_dimensional(folder, study):
    names = ("flair", "t1", "t1ce", "t2")
    path = nifti("RAS")(folder, study)
    images = [nib.load(path / f"p_{name}.nii.gz") for name in names]
    array = np.stack([np.asarray(image.dataobj) for image in images], axis=-1)
    nib.save(nib.Nifti1Image(array, images[0].affine), folder / "BRATS_001.nii.gz")
    return folder / "BRATS_001.nii.gz"


def zipped(write):
    def write_zip(folder, study):
        path = write(folder, study)
        with zipfile.ZipFile(folder / "p.zip", "w") as archive:
            for file in path.iterdir():
                archive.write(file, f"exam/{file.name}")
        return folder / "p.zip"

    return write_zip


def dicom(habit, **where):
    def write(folder, study):
        return write_patient(folder / "p", study, habit=habit, spacing_mm=SPACING, **where)

    return write


def turned_dicom():
    return placed(np.zeros(SHAPE, np.int32), spacing_mm=SPACING, oblique_deg=15.0).affine


def npz(folder, study):
    for index in range(study.shape[0]):
        write_slice(folder / "p" / f"p_{index}.npz", study.images[index], None)
    return folder / "p"


def png(folder, study):
    (folder / "p").mkdir()
    for index, contrast in enumerate(CONTRASTS):
        picture = study.images[2, ..., index].astype(np.uint16)
        Image.fromarray(picture).save(folder / "p" / f"{contrast}.png")
    return folder / "p"


WAYS = {
    "NIfTI, as BraTS stores it": Way(nifti("LPS"), straight),
    "NIfTI, other orientation": Way(nifti("PSR"), straight),
    "NIfTI, oblique": Way(oblique_nifti, lambda: turn() @ straight()),
    "NIfTI, 4-D (Decathlon)": Way(four_dimensional, straight),
    "zip of NIfTI": Way(zipped(nifti("RAS")), straight),
    "DICOM": Way(dicom("plain"), straight),
    "DICOM, slices in no order": Way(dicom("shuffled"), straight),
    "DICOM, sagittal": Way(dicom("plain", plane="sagittal"), straight),
    "DICOM, oblique": Way(dicom("plain", oblique_deg=15.0), turned_dicom),
    "DICOM, enhanced multi-frame": Way(dicom("enhanced-shuffled"), straight),
    "DICOM, JPEG 2000 lossless": Way(dicom("jpeg-2000"), straight),
    "zip of DICOM": Way(zipped(dicom("plain")), straight),
    "npz slices": Way(npz, None),
    "PNG, one per contrast": Way(png, None, slice(2, 3)),
}


def prediction_for(study):
    rng = np.random.default_rng(5)
    maps = [rng.random(study.shape, np.float32) for _ in range(4)]
    maps[1] /= 2
    return Prediction(
        *maps,
        done=np.ones(study.shape[0], bool),
        area_px_samples=np.zeros((2, study.shape[0]), np.int64),
        std_by_t=np.zeros(2),
        threshold=0.5,
        samples=2,
        seed=0,
        model_id="m",
        engine="e",
    )


def errors(values, affine, expected, true):
    """Largest error of place (mm) and of value of an array whose voxels the affine places."""
    index = np.indices(values.shape).reshape(3, -1)
    places = affine[:3, :3] @ index + affine[:3, 3:]
    inverse = np.linalg.inv(true)
    nearest = np.rint(inverse[:3, :3] @ places + inverse[:3, 3:]).astype(int)
    assert values.size == expected.size
    assert (nearest >= 0).all()
    assert (nearest.max(axis=1) < expected.shape).all()
    apart = true[:3, :3] @ nearest + true[:3, 3:] - places
    wrong = np.abs(values.reshape(-1).astype(float) - expected[tuple(nearest)])
    return np.linalg.norm(apart, axis=0).max(), wrong.max()


def nifti_errors(study, prediction, folder, true):
    layers = (prediction.mask, prediction.probability, prediction.std)
    found = []
    for path, expected in zip(write_layers(study, prediction, folder), layers, strict=True):
        image = nib.load(path)
        found.append(errors(np.asarray(image.dataobj), image.affine, expected, true))
    return np.max(found, axis=0)


def dicom_errors(study, prediction, stack, folder, true):
    """Of place, and of the values of mask, probability and uncertainty."""
    to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    layers = (prediction.mask, prediction.probability, prediction.std)
    found = []
    for path, expected in zip(write_dicom(study, prediction, stack, folder), layers, strict=True):
        if path.stem == "uncertainty":
            volume = hd.imread(path).get_volume()
        else:
            volume = hd.seg.segread(path).get_volume(segment_numbers=[1])
            volume = volume.with_array(volume.array[..., 0])
        found.append(errors(volume.array, to_ras @ volume.affine, expected, true))
    places, values = zip(*found, strict=True)
    return max(places), *values


def npz_error(study, prediction, folder):
    layers = (prediction.mask, prediction.probability, prediction.std)
    wrong = []
    for path, expected in zip(write_layers(study, prediction, folder), layers, strict=True):
        with np.load(path) as file:
            wrong.append(np.abs(file[path.stem].astype(float) - expected).max())
    return max(wrong)


def shown(error):
    """As it stands in the table: 0 below a ten-thousandth of a mm, or of a probability."""
    return "0" if error < 1e-4 else f"{error:.3f}"


def row(name, folder):
    """One line of the table."""
    way, made = WAYS[name], make_study(slices=SHAPE[0], height=SHAPE[1], width=SHAPE[2], seed=4)
    folder.mkdir(parents=True, exist_ok=True)
    reading = open_input(way.write(folder, made))
    study = reading.study
    prediction = prediction_for(study)
    images = made.images[way.slices]
    read = np.abs(study.images - images).max()
    if way.affine is None:
        cells = ["–", read, "–", "–", "–", "–", "–", "–", npz_error(study, prediction, folder)]
    else:
        true = way.affine()
        place = max(
            errors(study.images[..., c], study.affine, images[..., c], true)[0]
            for c in range(len(CONTRASTS))
        )
        cells = [place, read, *nifti_errors(study, prediction, folder / "nifti", true)]
        if reading.dicom is None:
            cells += ["–"] * 4
        else:
            cells += dicom_errors(study, prediction, reading.dicom, folder / "dicom", true)
        cells.append("–")
    texts = [cell if isinstance(cell, str) else shown(cell) for cell in cells]
    return f"| {name} | " + " | ".join(texts) + " |"


@pytest.mark.parametrize("name", WAYS)
def test_every_format_keeps_place_and_value_as_the_docs_say(tmp_path, name):
    assert row(name, tmp_path / "in") in DOCS.read_text(encoding="utf-8")


def test_the_docs_promise_no_error_of_place():
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line.startswith(("| NIfTI, ", "| DICOM"))]
    assert len(lines) >= 10
    for line in lines:
        cells = [cell.strip() for cell in line.split("|")[2:-1]]
        assert {cells[0], cells[2]} == {"0"}
