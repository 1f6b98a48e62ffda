"""Small synthetic patients: a brain with an off-centre tumour, no two of whose sides are alike.

Study axes throughout: slice → superior, row → posterior, column → patient's left.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.orientations import axcodes2ornt, ornt_transform

from resunet.study import CONTRASTS, Source, Study

FIRST_NUMBER = 8
"""The first slice number written, so that names sort otherwise than numbers (8, 9, 10, …)."""

_BRAIN = {"t1": 420, "t1ce": 450, "t2": 300, "flair": 350}
_TUMOUR = {"t1": -120, "t1ce": 60, "t2": 350, "flair": 420}
_RING = {"t1": -40, "t1ce": 420, "t2": 200, "flair": 260}


def synthetic_pictures(
    slices: int, height: int, width: int, *, seed: int, tumour: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Whole-numbered intensities int16 (S, H, W, 4) and classes uint8 (S, H, W).

    The brain is an ellipse without its right frontal corner, brighter towards front and
    left. The tumour (0 background, 1 core, 2 oedema, 4 enhancing ring) lies on a side and
    at a height that depend on the seed, the first and the last of three or more slices
    having none.
    """
    rng = np.random.default_rng(seed)
    y = (np.arange(height)[:, None] + 0.5) / height - 0.5
    x = (np.arange(width)[None] + 0.5) / width - 0.5
    centre_y, centre_x = rng.uniform(0.02, 0.18), rng.choice([-1, 1]) * rng.uniform(0.08, 0.16)
    largest = rng.uniform(0.14, 0.2)
    images = np.zeros((slices, height, width, len(CONTRASTS)), np.int16)
    labels = np.zeros((slices, height, width), np.uint8)
    gains = rng.uniform(0.7, 1.4, len(CONTRASTS))  # every scanner has its own
    for index in range(slices):
        growth = 1.0 - 0.1 * abs(index - (slices - 1) / 2) / max(slices, 2)
        brain = (y / (0.44 * growth)) ** 2 + (x / (0.36 * growth)) ** 2 < 1
        brain &= ~((y < -0.22) & (x < -0.12))
        if tumour and (slices < 3 or 0 < index < slices - 1):
            radius = np.hypot(y - centre_y, x - centre_x) / largest
            labels[index][brain & (radius < 1.0)] = 2
            labels[index][brain & (radius < 0.6)] = 4
            labels[index][brain & (radius < 0.35)] = 1
        for channel, contrast in enumerate(CONTRASTS):
            tissue = _BRAIN[contrast] * (1.0 - 0.25 * y + 0.2 * x)
            tissue = tissue + rng.normal(0.0, 15.0, (height, width))
            tissue += _TUMOUR[contrast] * (labels[index] > 0)
            tissue += _RING[contrast] * (labels[index] == 4)
            tissue = np.clip(np.round(tissue * gains[channel]), 1, 3000)
            images[index, ..., channel] = np.where(brain, tissue, 0)
    return images, labels


def make_study(
    *,
    slices: int = 3,
    height: int = 48,
    width: int = 40,
    seed: int = 0,
    labels: bool = True,
    spacing_mm: tuple[float, float] | None = (1.0, 1.0),
) -> Study:
    """A synthetic patient as a study; its slices lie 1 mm apart where a spacing is known."""
    images, classes = synthetic_pictures(slices, height, width, seed=seed)
    return Study(
        images=images.astype(np.float32),
        identifier=f"synthetic-{seed}",
        source=Source("npz", f"{seed:064x}"),
        labels=classes if labels else None,
        spacing_mm=spacing_mm,
        slice_positions_mm=None if spacing_mm is None else np.arange(slices, dtype=np.float64),
    )


def write_slice(path: Path, images: np.ndarray, labels: np.ndarray | None) -> None:
    """Writes one slice (H, W, 4) with its classes (H, W) in the paper's layout."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {contrast: images[..., i] for i, contrast in enumerate(CONTRASTS)}
    if labels is not None:
        arrays |= {"mask": (labels > 0).astype(np.uint8), "seg": labels}
    np.savez_compressed(path, **arrays)


def write_paper_layout(
    root: Path,
    *,
    patients: Mapping[str, Sequence[str]],
    slices_per_patient: int = 4,
    size: int = 64,
    seed: int = 0,
) -> None:
    """Writes ``<split>/<patient>_<k>.npz`` with t1, t1ce, t2, flair, mask and seg.

    Args:
        root: The data folder; made if missing.
        patients: Split → names of its patients; each gets pictures of its own.
        slices_per_patient: k runs from `FIRST_NUMBER` without gaps; of three or more, the
            first and the last slice are without tumour.
        size: Height and width.
        seed: Another seed gives other patients.
    """
    number = 0
    for split, names in patients.items():
        for patient in names:
            number += 1
            images, labels = synthetic_pictures(
                slices_per_patient, size, size, seed=1000 * seed + number
            )
            for index in range(slices_per_patient):
                path = root / split / f"{patient}_{FIRST_NUMBER + index}.npz"
                write_slice(path, images[index], labels[index])


def to_nifti(
    array: np.ndarray,
    *,
    axcodes: tuple[str, str, str] = ("L", "P", "S"),
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> nib.Nifti1Image:
    """A NIfTI image of an array on study axes, stored in the orientation asked for.

    nibabel does the turning, so that the reader's own is tested against another.

    Args:
        array: (S, H, W).
        axcodes: What each axis of the file runs towards.
        spacing: (slice, row, column) in mm, on study axes.
    """
    slice_mm, row_mm, column_mm = spacing
    affine = np.diag([-column_mm, -row_mm, slice_mm, 1.0])
    affine[:3, 3] = (23.0, 31.0, -17.0)
    lps = nib.Nifti1Image(np.ascontiguousarray(array.transpose(2, 1, 0)), affine)
    turn = ornt_transform(axcodes2ornt(("L", "P", "S")), axcodes2ornt(axcodes))
    return lps.as_reoriented(turn)


def write_nifti_folder(
    folder: Path,
    images: np.ndarray,
    labels: np.ndarray | None,
    *,
    axcodes: tuple[str, str, str] = ("L", "P", "S"),
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> None:
    """Writes ``<folder>_<contrast>.nii.gz``, and ``_seg`` where there are labels.

    Args:
        folder: Made if missing; its name is the patient's.
        images: (S, H, W, 4) on study axes; int16 in the files where that is exact.
        labels: Classes (S, H, W), or None.
        axcodes: What each axis of the files runs towards.
        spacing: (slice, row, column) in mm, on study axes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exact = np.array_equal(images, images.astype(np.int16))
    arrays = {
        contrast: images[..., i].astype(np.int16 if exact else np.float32)
        for i, contrast in enumerate(CONTRASTS)
    }
    if labels is not None:
        arrays["seg"] = labels.astype(np.uint8)
    for name, array in arrays.items():
        image = to_nifti(array, axcodes=axcodes, spacing=spacing)
        nib.save(image, folder / f"{folder.name}_{name}.nii.gz")
