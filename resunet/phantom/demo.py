"""The demo patients that come with the program: four, each to show something of its own.

``python -m resunet phantom --demo --out assets/demo`` makes them anew, byte for byte.
"""

from dataclasses import dataclass

import numpy as np

from resunet.data.writers import brats_grid
from resunet.phantom.patient import PatientSettings, make_patient
from resunet.phantom.template import Template
from resunet.phantom.tumour import Lesion
from resunet.study import Study

_STEP = 2  # mm between slices: the whole brain in some 60
_FIRST, _LAST = 16, 136
_LEVELS = 255  # of intensity: enough to look at, and a quarter of the size


@dataclass(frozen=True)
class DemoPatient:
    """One of them.

    Attributes:
        name: Identifier, and what the app calls it.
        seed: Of everything that the settings leave open.
        settings: What it shows.
    """

    name: str
    seed: int
    settings: PatientSettings


DEMO_PATIENTS = (
    DemoPatient(
        "Demo_1_large_enhancing",
        1,
        PatientSettings(
            lesions=(Lesion("high", 105, 0.62, 0.42, push=0.7, site_mni_mm=(32.0, -30.0, 24.0)),),
            atrophy=0.2,
        ),
    ),
    DemoPatient(
        "Demo_2_small_low_grade",
        6,
        PatientSettings(
            lesions=(Lesion("low", 16, 0.3, 0.0, push=0.4, site_mni_mm=(-34.0, 18.0, 22.0)),),
            atrophy=-0.2,
        ),
    ),
    DemoPatient(
        "Demo_3_two_lesions",
        3,
        PatientSettings(
            lesions=(
                Lesion("high", 42, 0.66, 0.6, push=0.5, site_mni_mm=(26.0, 36.0, 14.0)),
                Lesion("high", 24, 0.7, 0.55, push=0.5, site_mni_mm=(-36.0, -44.0, 18.0)),
            ),
            atrophy=0.4,
        ),
    ),
    DemoPatient("Demo_4_no_tumour", 2, PatientSettings(atrophy=0.1)),
)


def make_demo_patient(template: Template, patient: DemoPatient) -> Study:
    """Makes a demo patient: every second slice of the brain, intensities from 0 to 255."""
    study = make_patient(template, patient.settings, patient.seed, identifier=patient.name)
    taken = slice(_FIRST, _LAST, _STEP)
    images = study.images[taken].copy()
    for c in range(images.shape[-1]):
        picture = images[..., c]
        top = np.percentile(picture[picture > 0], 99.9)
        scaled = np.clip(np.rint(picture * (_LEVELS / top)), 1, _LEVELS)
        images[..., c] = np.where(picture > 0, scaled, 0)
    return Study(
        images=images,
        identifier=patient.name,
        source=study.source,
        labels=None if study.labels is None else study.labels[taken].copy(),
        spacing_mm=(1.0, 1.0),
        slice_positions_mm=np.arange(images.shape[0], dtype=np.float64) * _STEP,
        grid=brats_grid(*images.shape[:3], first_mm=_FIRST, step_mm=_STEP),
    )
