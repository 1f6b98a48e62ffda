"""DICOM files of synthetic patients, as scanners and archives write them in all their variety.

Nobody real is in them. The headers name the invented patient of `PERSONAL`, so that a test can
look for what must not get out: every text in `PERSONAL` is in every file.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from dicom_encoding import put_pixels, save
from dicom_enhanced import decimals, enhanced_instance
from dicom_headers import HEADERS, PERSONAL, identify, uid
from pydicom import Dataset
from pydicom.uid import (
    BasicTextSRStorage,
    MediaStorageDirectoryStorage,
    MRImageStorage,
)

from resunet.study import CONTRASTS, Study

HABITS = (
    *("plain", "implicit", "big-endian", "shuffled", "scaled", "twelve-bit", "signed", "sparse"),
    *("no-preamble", "nested", "beside", "enhanced", "enhanced-shuffled", "enhanced-rle"),
    *("rle", "jpeg-ls", "jpeg", "jpeg-2000"),
)
"""The ways of writing one and the same series."""

PLANES = ("axial", "coronal", "sagittal")

_OPTIONAL = (
    *("SliceThickness", "SpacingBetweenSlices", "InstanceNumber", "SliceLocation"),
    *("SeriesDescription", "ProtocolName", "SeriesNumber", "PatientPosition", "AcquisitionNumber"),
    *("RescaleSlope", "RescaleIntercept", "RescaleType", "WindowCenter", "WindowWidth"),
    *("PositionReferenceIndicator", "MRAcquisitionType", "SequenceVariant", "ScanOptions"),
)


class Placed(NamedTuple):
    """A stack of planes in the patient.

    Attributes:
        array: (planes, rows, columns), whole numbers.
        affine: float64 (4, 4), index (plane, row, column) → patient millimetres (RAS+).
    """

    array: np.ndarray
    affine: np.ndarray


def placed(
    array: np.ndarray,
    *,
    plane: str = "axial",
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0),
    oblique_deg: float = 0.0,
    corner_mm: tuple[float, float, float] = (23.0, 31.0, -17.0),
) -> Placed:
    """Lays an array on study axes into the patient as it would be acquired.

    Args:
        array: (S, H, W): slice → superior, row → posterior, column → left.
        plane: One of `PLANES`. Coronal planes run to the back and sagittal ones to the right,
            both with the head up.
        spacing_mm: Between slices, rows and columns of the study axes.
        oblique_deg: Turns the whole about the left-right axis, then by half as much about the
            head-foot axis.
        corner_mm: Where voxel (0, 0, 0) of the study axes lies, RAS+.
    """
    turn = _turn(oblique_deg)
    # the directions of slice, row and column, in RAS: up, back, left
    axes = np.array([[0, 0, -1], [0, -1, 0], [1, 0, 0]], float) * np.asarray(spacing_mm)
    affine = np.eye(4)
    affine[:3, :3] = turn @ axes
    affine[:3, 3] = corner_mm
    order, flipped = {
        "axial": ((0, 1, 2), (False, False, False)),
        "coronal": ((1, 0, 2), (False, True, False)),
        "sagittal": ((2, 0, 1), (True, True, False)),
    }[plane]
    to_study = np.zeros((4, 4))
    to_study[3, 3] = 1.0
    for index, (axis, flip) in enumerate(zip(order, flipped, strict=True)):
        to_study[axis, index] = -1.0 if flip else 1.0
        to_study[axis, 3] = array.shape[axis] - 1 if flip else 0.0
    turned = np.flip(array.transpose(order), np.flatnonzero(flipped))
    return Placed(np.ascontiguousarray(turned), affine @ to_study)


def _turn(degrees: float) -> np.ndarray:
    about_x, about_z = np.deg2rad(degrees), np.deg2rad(degrees / 2)
    cx, sx, cz, sz = np.cos(about_x), np.sin(about_x), np.cos(about_z), np.sin(about_z)
    return np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1.0]]) @ np.array(
        [[1.0, 0, 0], [0, cx, -sx], [0, sx, cx]]
    )


def write_patient(
    folder: Path,
    study: Study,
    *,
    habit: str = "plain",
    contrasts: Sequence[str] = CONTRASTS,
    plane: str = "axial",
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0),
    oblique_deg: float = 0.0,
    corner_mm: tuple[float, float, float] = (23.0, 31.0, -17.0),
    tags: Mapping[str, object] | None = None,
) -> Path:
    """Writes the series of one patient, numbered from 2 in the order of the contrasts.

    Args:
        folder: Made if missing. Classic series lie in it side by side, an enhanced one is one
            file.
        study: Whole numbers from 0 to 4095.
        habit: One of `HABITS`.
        contrasts: Which series.
        plane: As for `placed`, like the next three.
        spacing_mm: Between slices, rows and columns.
        oblique_deg: How far the whole is turned.
        corner_mm: Where the study's first voxel lies.
        tags: Keyword → value in every instance; None takes it out.

    Returns:
        The folder.
    """
    for contrast in contrasts:
        array = study.images[..., CONTRASTS.index(contrast)].astype(np.int32)
        stack = placed(
            array, plane=plane, spacing_mm=spacing_mm, oblique_deg=oblique_deg, corner_mm=corner_mm
        )
        number = 2 + CONTRASTS.index(contrast)
        write_series(
            folder, *stack, contrast=contrast, habit=habit, series_number=number, tags=tags
        )
    if habit == "beside":
        _write_strangers(folder)
    return folder


def write_series(
    folder: Path,
    array: np.ndarray,
    affine: np.ndarray,
    *,
    contrast: str = "flair",
    habit: str = "plain",
    series_number: int = 1,
    patient: str = PERSONAL["PatientID"],
    study_uid: str = "",
    frame_uid: str = "",
    tags: Mapping[str, object] | None = None,
    edit: Callable[[Dataset, int], None] | None = None,
) -> list[Path]:
    """Writes one series.

    Args:
        folder: Made if missing.
        array: (planes, rows, columns), whole numbers from 0 to 4095.
        affine: (4, 4), index (plane, row, column) → patient millimetres (RAS+).
        contrast: Whose `HEADERS` it gets.
        habit: One of `HABITS`.
        series_number: Its number; with the patient and the contrast it gives the UIDs.
        patient: PatientID.
        study_uid: StudyInstanceUID; by default the patient's own.
        frame_uid: FrameOfReferenceUID; by default the patient's own.
        tags: Keyword → value in every instance; None takes it out.
        edit: Called with every instance and its plane (0 for a multi-frame one) before it is
            written.

    Returns:
        The files in the order of the planes, or the one file of an enhanced series.
    """
    uids = (study_uid or uid(patient, "study"), frame_uid or uid(patient, "frame"))
    series_uid = uid(*uids, contrast, series_number)
    planes = np.arange(len(array))
    if habit.startswith("enhanced"):
        mixed = habit == "enhanced-shuffled"
        order = np.random.default_rng(7).permutation(planes) if mixed else planes
        header = HEADERS[contrast]
        instances = [enhanced_instance(array[order], affine, order, header, scaled_each=mixed)]
    else:
        instances = [_classic(array, affine, plane, habit) for plane in planes]
    paths = []
    for plane, ds in enumerate(instances):
        identify(ds, patient, uids, series_uid, series_number, plane)
        _describe(ds, contrast, habit, {} if tags is None else tags)
        if habit == "shuffled":
            ds.InstanceNumber = len(array) - plane
        if edit is not None:
            edit(ds, plane)
        paths.append(_path(folder, habit, series_number, plane, contrast))
        save(ds, paths[-1], habit)
    return paths


def _classic(array: np.ndarray, affine: np.ndarray, plane: int, habit: str) -> Dataset:
    """One plane as an MR image."""
    ds = Dataset()
    ds.SOPClassUID = MRImageStorage
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.SequenceVariant = "SK"
    ds.ScanOptions = ""
    ds.MRAcquisitionType = "2D"
    ds.EchoTrainLength = 1
    ds.InstanceNumber = plane + 1
    ds.AcquisitionNumber = 1
    ds.PatientPosition = "HFS"
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    step, down, across = np.linalg.norm(lps[:3, :3], axis=0)
    ds.ImagePositionPatient = decimals(lps[:3, 3] + plane * lps[:3, 0])
    ds.ImageOrientationPatient = decimals([*(lps[:3, 2] / across), *(lps[:3, 1] / down)])
    ds.PixelSpacing = decimals([down, across])
    ds.SliceThickness = decimals([0.9 * step])[0]
    ds.SpacingBetweenSlices = decimals([step])[0]
    ds.SliceLocation = decimals([plane * step])[0]
    put_pixels(ds, array[plane], plane, habit)
    return ds


def _describe(ds: Dataset, contrast: str, habit: str, tags: Mapping[str, object]) -> None:
    """What the header says of the acquisition, and what a test wants otherwise."""
    enhanced = habit.startswith("enhanced")  # has the rest in its functional groups
    for keyword, value in HEADERS[contrast].items():
        if not enhanced or keyword in ("SeriesDescription", "ProtocolName"):
            setattr(ds, keyword, value)
    if habit == "sparse":
        _take_out(ds, _OPTIONAL)
    for keyword, value in tags.items():
        if value is None:
            _take_out(ds, (keyword,))
        else:
            setattr(ds, keyword, value)


def _path(folder: Path, habit: str, number: int, plane: int, contrast: str) -> Path:
    if habit.startswith("enhanced"):
        return folder / f"{number:02}-{contrast}.dcm"
    if habit == "shuffled":  # names in no order
        return folder / f"{(plane * 61803 + number * 104729) % 99991:05}.dcm"
    if habit == "nested":
        return folder / f"EXAM{number % 2}/DEEP/S{number:03}/I{plane + 1:04}"
    return folder / f"S{number:02}_I{plane + 1:04}.dcm"


def _write_strangers(folder: Path) -> None:
    """What lies beside the pictures on a disc from a hospital."""
    listing = Dataset()
    listing.SOPClassUID = MediaStorageDirectoryStorage
    listing.SOPInstanceUID = uid(folder.name, "listing")
    listing.FileSetID = "DISC"
    listing.DirectoryRecordSequence = []
    save(listing, folder / "DICOMDIR")
    report = Dataset()
    report.SOPClassUID = BasicTextSRStorage
    report.SOPInstanceUID = uid(folder.name, "report")
    report.Modality = "SR"
    report.PatientID = PERSONAL["PatientID"]
    report.SeriesInstanceUID = uid(folder.name, "reports")
    save(report, folder / "report.dcm")
    (folder / "README.TXT").write_text("Insert the disc and wait.\n" * 20)
    (folder / "AUTORUN.INF").write_bytes(b"")
    (folder / "VIEWER.EXE").write_bytes(b"MZ" + bytes(400))
    (folder / "._S02_I0001.dcm").write_bytes(b"\x00\x05\x16\x07" + bytes(60))


def _take_out(ds: Dataset, keywords: Sequence[str]) -> None:
    for keyword in keywords:
        if keyword in ds:
            delattr(ds, keyword)
