"""A synthetic patient: from settings, or from a seed alone, to a `Study` with labels."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.data.writers import brats_grid
from resunet.errors import InputError
from resunet.phantom.anatomy import GRID, SHAPE, WINDOW, Deformation, draw_tissue, sample
from resunet.phantom.contrasts import draw_scanner, render
from resunet.phantom.fields import Volume
from resunet.phantom.template import Template
from resunet.phantom.tumour import Lesion, grow, push_of
from resunet.study import CONTRASTS, Source, Study

KINDS = ("mixed", "high", "low", "none")
INTENSITIES = ("scanner", "random")


@dataclass(frozen=True)
class PatientSettings:
    """What a synthetic patient is made from, besides a seed.

    Attributes:
        lesions: The tumours; none for a healthy brain.
        intensities: ``"scanner"``: as real scanners differ; ``"random"``: far beyond them.
        atrophy: −1 (tight) to 1 (wide sulci and ventricles).
        deformation: How far the shape of the head and brain is from the average: 1 as adults
            differ, 0 not at all.
    """

    lesions: tuple[Lesion, ...] = ()
    intensities: str = "scanner"
    atrophy: float = 0.0
    deformation: float = 1.0

    def __post_init__(self) -> None:
        if self.intensities not in INTENSITIES:
            raise InputError(
                f"intensities is {self.intensities!r}; {' or '.join(INTENSITIES)} is accepted."
            )
        if not -1 <= self.atrophy <= 1:
            raise InputError(f"atrophy is {self.atrophy}; −1 to 1 is accepted.")
        if not 0 <= self.deformation <= 1.5:
            raise InputError(f"deformation is {self.deformation}; 0 to 1.5 is accepted.")

    def to_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        return asdict(self)


def draw_settings(
    seed: int,
    number: int,
    *,
    kind: str = "mixed",
    lesions: int | None = None,
    intensities: str = "scanner",
) -> PatientSettings:
    """Settings of patient ``number``, spread as BraTS 2018's patients are.

    Args:
        seed: Of the whole set.
        number: Of the patient; each is drawn on its own.
        kind: ``"high"`` or ``"low"`` grade, ``"none"`` for a brain without a tumour, or
            ``"mixed"``: three in four high, as in BraTS 2018.
        lesions: How many tumours; drawn (mostly one) where not given.
        intensities: See `PatientSettings`.
    """
    if kind not in KINDS:
        raise InputError(f"kind is {kind!r}; {', '.join(KINDS)} is accepted.")
    rng = patient_rng(seed, number, 0)
    if kind == "mixed":
        kind = "high" if rng.random() < 0.75 else "low"
    count = lesions if lesions is not None else int(rng.choice((1, 2, 3), p=(0.84, 0.12, 0.04)))
    if kind == "none":
        count = 0
    total_ml = float(np.clip(np.exp(rng.normal(np.log(85), 0.6)), 8, 230))
    parts = rng.dirichlet(np.full(count, 3.0)).tolist() if count else []
    return PatientSettings(
        lesions=tuple(_draw_lesion(rng, kind, max(total_ml * part, 2.0)) for part in parts),
        intensities=intensities,
        atrophy=float(np.clip(rng.normal(0.1, 0.4), -1, 1)),
    )


def make_patient(
    template: Template,
    settings: PatientSettings,
    seed: int,
    number: int = 0,
    *,
    identifier: str | None = None,
) -> Study:
    """Makes a patient; the same arguments give the same bytes.

    Args:
        template: The average brain.
        settings: What it is made from.
        seed: Of the whole set.
        number: Of the patient within the set.
        identifier: ``Phantom_<seed>_<number>`` by default.

    Returns:
        A study of 155×240×240 voxels of 1 mm, as BraTS volumes are; intensities are whole
        numbers, 0 outside the brain; labels 0, 1, 2 and 4.
    """
    deformation = Deformation(template, patient_rng(seed, number, 1), settings.deformation)
    coordinates = deformation.coordinates()
    rng = patient_rng(seed, number, 2)
    sites = [_site(template, coordinates, lesion, rng) for lesion in settings.lesions]
    pushes = tuple(
        push_of(lesion, site) for lesion, site in zip(settings.lesions, sites, strict=True)
    )
    tissue = draw_tissue(
        template,
        deformation,
        patient_rng(seed, number, 3),
        pushes=pushes,
        atrophy=settings.atrophy,
    )
    tumour = grow(
        list(zip(settings.lesions, sites, strict=True)), tissue, patient_rng(seed, number, 4)
    )
    rng = patient_rng(seed, number, 5)
    scanner = draw_scanner(rng, settings.intensities)
    images = np.zeros((*GRID, len(CONTRASTS)), np.float32)
    images[WINDOW] = render(tissue, tumour, scanner, rng)
    labels = np.zeros(GRID, np.uint8)
    labels[WINDOW] = tumour.labels
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    return Study(
        images=images,
        identifier=identifier or f"Phantom_{seed}_{number:04d}",
        source=Source("phantom", digest),
        labels=labels,
        spacing_mm=(1.0, 1.0),
        slice_positions_mm=np.arange(GRID[0], dtype=np.float64),
        grid=brats_grid(*GRID),
    )


def patient_rng(seed: int, number: int, purpose: int) -> np.random.Generator:
    """The random numbers of one patient for one purpose, whatever else is drawn."""
    return np.random.default_rng(np.random.SeedSequence([seed, number, purpose]))


def _draw_lesion(rng: np.random.Generator, grade: str, volume_ml: float) -> Lesion:
    if grade == "high":
        return Lesion(
            grade,
            volume_ml,
            oedema_share=float(rng.beta(5.0, 3.2)),
            rim_share=float(rng.beta(4.0, 3.6)),
            push=float(rng.uniform(0.3, 0.8)),
        )
    return Lesion(
        grade,
        volume_ml,
        oedema_share=float(rng.beta(3.0, 4.5)),
        rim_share=float(rng.choice((0.0, rng.uniform(0.01, 0.08)))),
        push=float(rng.uniform(0.2, 0.6)),
    )


def _site(
    template: Template,
    coordinates: list[Volume],
    lesion: Lesion,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Centre of a lesion in the window: where asked for, or anywhere in the hemispheres."""
    if lesion.site_mni_mm is not None:
        wanted = template.index_of(lesion.site_mni_mm)
        away = sum(
            np.square(axis - np.float32(place))
            for axis, place in zip(coordinates, wanted, strict=True)
        )
        return np.array(np.unravel_index(int(np.argmin(away)), SHAPE), np.float64)
    white = sample(template.white, coordinates)
    depth = sample(template.depth, coordinates)
    superior = coordinates[0] - np.float32(template.origin[0])
    # gliomas grow in the hemispheres' white matter, seldom in the cerebellum or the stem
    deep_enough = min(0.45 * lesion.core_radius_mm + 5, 18)
    places = np.flatnonzero((white > 0.5) & (depth > deep_enough) & (superior > -18))
    return np.array(np.unravel_index(int(rng.choice(places)), SHAPE), np.float64)
