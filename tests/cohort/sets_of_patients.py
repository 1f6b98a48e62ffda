"""Small sets of patients in the paper's layout, surveyed."""

from pathlib import Path

import numpy as np
from synthetic import synthetic_pictures, write_slice

from resunet.cohort.sets import find_sets
from resunet.cohort.survey import SetSurvey, survey_sets
from resunet.cohort.workers import LocalWorkers


def pictures_of(seed: int, slices: int = 3, size: int = 128):
    """Pictures and classes of a patient whose brain has folds of its own."""
    rng = np.random.default_rng(1000 + seed)
    images, labels = synthetic_pictures(slices, size, size, seed=seed)
    cells = np.ones((size // 32, size // 32))
    folds = np.stack([np.kron(rng.normal(0.0, 60.0, (32, 32)), cells) for _ in range(slices)])
    signs = np.array([-1.0, -1.0, 1.0, 1.0])
    folded = np.clip(images + folds[..., None] * signs, 1, 3000)
    return np.where(images != 0, np.round(folded), 0).astype(np.int16), labels


def write_patient(folder: Path, patient: str, images, labels, first: int = 0) -> None:
    """Writes a patient's slices."""
    for index, picture in enumerate(images):
        outline = None if labels is None else labels[index]
        write_slice(folder / f"{patient}_{first + index}.npz", picture, outline)


def survey(root: Path, **options) -> dict[str, SetSurvey]:
    """The sets of a folder by name, surveyed in this process."""
    options = {"checked": False, "workers": LocalWorkers(1)} | options
    return {each.name: each for each in survey_sets(find_sets([root]), **options)}
