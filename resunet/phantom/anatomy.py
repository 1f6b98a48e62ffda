"""One person's brain: the average brain, deformed, pushed aside by tumours, and folded anew.

Everything lives on one grid, that of BraTS: 155×240×240 voxels of 1 mm, in the axes of a
`Study`. What is computed is a window that holds every brain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from resunet.phantom.fields import Volume, smooth_noise, smooth_step
from resunet.phantom.template import Template

GRID = (155, 240, 240)
WINDOW = (slice(0, 155), slice(30, 230), slice(38, 202))
SHAPE = tuple(part.stop - part.start for part in WINDOW)
# where the middle of the brain lies, in the window: as in registered BraTS volumes
_CENTRE = np.array([78.0, 98.5, 80.5])
_TEMPLATE_CENTRE_MNI = (0.0, -18.0, 8.0)
# height, length, breadth: BraTS's atlas is smaller than the ICBM average, and lower
_USUAL_SCALE = np.array([0.875, 0.925, 0.93])


@dataclass(frozen=True)
class Tissue:
    """What each voxel holds.

    Attributes:
        brain: bool (S, H, W).
        grey: float32 (S, H, W), share of grey matter; the four shares sum to 1 in the brain.
        white: Share of white matter.
        fluid: Share of cerebrospinal fluid.
        vessel: Share of blood vessels, dura and choroid plexus, within the others; lights up
            with contrast agent.
        shade: float32 (S, H, W), T1 intensity of the average brain beyond what its shares
            explain (nuclei, brain stem), about −0.1 to 0.1.
        ventricle: float32 (S, H, W), share of fluid deep inside the brain.
        beside_ventricle: float32 (S, H, W), 1 at a ventricle's wall, falling over some mm:
            white matter there is brighter on FLAIR.
        midline: float32 (S, H, W), 1 in the plane between the hemispheres, 0 from 5 mm off.
    """

    brain: NDArray[np.bool_]
    grey: Volume
    white: Volume
    fluid: Volume
    vessel: Volume
    shade: Volume
    ventricle: Volume
    beside_ventricle: Volume
    midline: Volume


@dataclass(frozen=True)
class Push:
    """Mass effect: what a growing core pushes away.

    Attributes:
        centre: Of the core: (slice, row, column) in the window.
        radius: Of the core, in mm.
        share: Share of the core's volume that was made room for, 0–1.
    """

    centre: NDArray[np.float64]
    radius: float
    share: float


class Deformation:
    """Where in the average brain each voxel of the window comes from.

    Args:
        template: The average brain.
        rng: Where the individual shape comes from.
        amount: 1 is as different as adults are; 0 is the average brain.
    """

    def __init__(self, template: Template, rng: np.random.Generator, amount: float = 1.0) -> None:
        scale = _USUAL_SCALE * np.exp(amount * rng.normal(0, (0.03, 0.03, 0.03)))
        angles = amount * rng.normal(0, np.radians((1.5, 2.5, 1.5)))
        self._matrix = _rotation(angles) / scale
        shift = amount * rng.normal(0, 1.5, 3)
        self._origin = template.index_of(_TEMPLATE_CENTRE_MNI) - self._matrix @ (_CENTRE + shift)
        self._bend = [
            amount * (2.6 * smooth_noise(rng, SHAPE, 36.0) + 1.1 * smooth_noise(rng, SHAPE, 13.0))
            for _ in range(3)
        ]

    def coordinates(self, pushes: tuple[Push, ...] = ()) -> list[Volume]:
        """Template index of every voxel, one float32 (S, H, W) for each axis."""
        grid = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
        at: list[Volume] = [np.broadcast_to(axis.astype(np.float32), SHAPE) for axis in grid]
        for push in pushes:
            at = _push(at, push)
        matrix, origin = self._matrix.astype(np.float32), self._origin.astype(np.float32)
        return [
            matrix[axis, 0] * at[0]
            + matrix[axis, 1] * at[1]
            + matrix[axis, 2] * at[2]
            + (origin[axis] + self._bend[axis])
            for axis in range(3)
        ]


def sample(volume: Volume, coordinates: list[Volume], outside: float = 0.0) -> Volume:
    """A map of the template at the coordinates of a `Deformation`."""
    return ndimage.map_coordinates(volume, coordinates, order=1, output=np.float32, cval=outside)


def draw_tissue(
    template: Template,
    deformation: Deformation,
    rng: np.random.Generator,
    *,
    pushes: tuple[Push, ...] = (),
    atrophy: float = 0.0,
) -> Tissue:
    """The tissues of one person.

    The average brain knows only the folds that all people share. The cortex is therefore
    folded anew: zero sets of a band-pass noise wind through it as sulci do.

    Args:
        template: The average brain.
        deformation: The person's shape.
        rng: Where the folds come from.
        pushes: Mass effect of the tumours.
        atrophy: −1 (tight) to 1 (wide sulci and ventricles).
    """
    coordinates = deformation.coordinates(pushes)
    t1, grey, white = (
        sample(volume, coordinates) for volume in (template.t1, template.grey, template.white)
    )
    depth = sample(template.depth, coordinates, outside=-50.0)
    fluid = np.clip(1 - grey - white, 0, 1)
    edge = smooth_noise(rng, SHAPE, 5.0)
    brain = depth + np.float32(0.7) * edge > 0

    # ventricles and the great fissures, made as sharp as one person's are
    sharp_fluid = smooth_step(fluid - np.float32(0.5 - 0.12 * atrophy) + 0.05 * edge, 0.22)
    sharp_white = smooth_step(white - grey + np.float32(0.14) * edge, 0.35)
    surface = smooth_step(np.float32(1.2 + 0.8 * atrophy) - depth + np.float32(0.6) * edge, 1.4)

    where = smooth_step(np.float32(22) - depth, 8.0)  # 1 in the cortex and just below
    nuclei, cerebellum = _places_without_folds(template, coordinates)
    where *= 1 - nuclei
    sulcus = _distance_to_sulcus(rng, cerebellum)
    width = np.float32(0.75 + 0.45 * atrophy) * (1 - np.float32(0.75) * cerebellum)
    outside_white = grey + fluid
    fold_fluid = smooth_step(width - sulcus, 1.1) * where
    fold_fluid *= smooth_step(outside_white - np.float32(0.42) + np.float32(0.1) * edge, 0.3)
    fold_grey = smooth_step(width + np.float32(2.3) - sulcus, 1.2) * where
    fold_grey *= smooth_step(outside_white - np.float32(0.25), 0.3)

    fluid_share = np.maximum(np.maximum(sharp_fluid, fold_fluid), surface)
    grey_share = (1 - fluid_share) * np.maximum(1 - sharp_white, fold_grey)
    ventricle = sharp_fluid * smooth_step(depth - 18, 6.0)
    right = coordinates[2] - np.float32(template.origin[2])
    shares = {
        "grey": grey_share,
        "white": 1 - fluid_share - grey_share,
        "fluid": fluid_share,
        "vessel": _vessels(rng, depth, fluid_share, ventricle),
        "shade": (t1 - (0.33 * fluid + 0.63 * grey + 0.84 * white)).clip(-0.12, 0.12),
        "ventricle": ventricle,
        "beside_ventricle": np.minimum(ndimage.gaussian_filter(ventricle, 2.5) * 2, 1),
        "midline": smooth_step(4 - np.abs(right), 3.0),
    }
    return Tissue(brain, **{name: share * brain for name, share in shares.items()})


def _distance_to_sulcus(rng: np.random.Generator, cerebellum: Volume) -> Volume:
    """In mm, about; from a field with waves of 2 cm, in the cerebellum of half a centimetre."""
    folds = smooth_noise(rng, SHAPE, 5.5) + np.float32(0.35) * smooth_noise(rng, SHAPE, 3.2)
    folds += cerebellum * (smooth_noise(rng, SHAPE, (1.9, 2.4, 5.0)) - folds)
    slope = np.sqrt(sum(np.square(part) for part in np.gradient(folds)))
    return np.abs(folds) / np.maximum(slope, np.float32(0.06))


def _places_without_folds(template: Template, coordinates: list[Volume]) -> tuple[Volume, Volume]:
    """Where no sulci are: the nuclei and the brain stem; and the cerebellum, with its folia."""
    superior = coordinates[0] - np.float32(template.origin[0])
    anterior = np.float32(template.origin[1]) - coordinates[1]
    right = np.float32(template.origin[2]) - coordinates[2]
    nuclei = 1 - np.sqrt(
        np.square(right / 37) + np.square((anterior + 14) / 42) + np.square((superior - 2) / 27)
    )
    stem = 1 - np.sqrt(
        np.square(right / 19) + np.square((anterior + 27) / 17) + np.square((superior + 32) / 45)
    )
    smooth_core = smooth_step(np.maximum(nuclei, stem), 0.25)
    # the tentorium: a plane that falls towards the back
    below = np.minimum(-38 - anterior, 0.35 * (anterior + 40) - 11 - superior)
    return smooth_core, smooth_step(below, 6.0)


def _vessels(rng: np.random.Generator, depth: Volume, fluid: Volume, ventricle: Volume) -> Volume:
    """Tubes where two noise fields vanish together, in fluid; dura; tufts of choroid plexus."""
    first, second = smooth_noise(rng, SHAPE, 7.0), smooth_noise(rng, SHAPE, 7.0)
    tubes = np.exp(-(np.square(first) + np.square(second)) * np.float32(22))
    tubes *= smooth_step(fluid - np.float32(0.25), 0.4) * (1 - ventricle)
    dura = smooth_step(np.float32(1.3) - depth, 1.0) * smooth_step(first - np.float32(0.5), 0.8)
    tufts = smooth_noise(rng, SHAPE, 3.0)
    plexus = smooth_step(second + np.float32(0.4) * tufts - np.float32(1.7), 0.8) * ventricle
    return np.maximum(np.maximum(tubes, np.float32(0.7) * dura), np.float32(0.35) * plexus)


def _push(at: list[Volume], push: Push) -> list[Volume]:
    """Where a voxel came from before the core grew: volumes are kept, r³ → r³ − share·R³."""
    away = [axis - np.float32(centre) for axis, centre in zip(at, push.centre, strict=True)]
    r = np.sqrt(sum(np.square(part) for part in away)) + np.float32(1e-3)
    room = np.float32(push.share * push.radius**3)
    before = np.cbrt(np.maximum(r**3 - room, np.float32(0.02) * r**3))
    # far away the skull holds everything in place
    hold = np.exp(-np.square(r / np.float32(3.2 * push.radius + 8)))
    factor = 1 + (before / r - 1) * hold
    return [
        np.float32(centre) + part * factor for part, centre in zip(away, push.centre, strict=True)
    ]


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation about the slice, row and column axis in turn, in radians."""
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        i, j = [k for k in range(3) if k != axis]
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix
