"""Gliomas: a core that pushes, a rim that takes up contrast agent, and oedema round it.

The core is the inside of a noisy level set. Oedema is where fluid from the core's surface
arrives first, when it spreads fast along white matter, slowly in grey and not through fluid:
so it has fingers, spares the cortex and stops at the ventricles.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from resunet.errors import InputError
from resunet.phantom.anatomy import SHAPE, Push, Tissue
from resunet.phantom.fields import Volume, smooth_noise, smooth_step

GRADES = ("high", "low")
NECROSIS, OEDEMA, ENHANCING = 1, 2, 4  # BraTS's label values
_COARSE = 2  # mm, the grid on which oedema spreads
_MOST_SPREAD_MM = 90.0


@dataclass(frozen=True)
class Lesion:
    """One tumour as it is asked for.

    Attributes:
        grade: ``"high"``: necrotic core, enhancing rim, wide oedema; ``"low"``: a core that
            does not enhance (or hardly), little oedema.
        volume_ml: Whole tumour, oedema included.
        oedema_share: Part of that volume which is oedema, 0–1.
        rim_share: Part of the core's volume that enhances, 0–1.
        push: Part of the core's volume that displaces the brain rather than replaces it, 0–1.
        site_mni_mm: Its centre (right, anterior, superior) in the average brain, or None for
            any place.
    """

    grade: str = "high"
    volume_ml: float = 80.0
    oedema_share: float = 0.6
    rim_share: float = 0.45
    push: float = 0.6
    site_mni_mm: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise InputError(f"grade is {self.grade!r}; {' or '.join(GRADES)} is accepted.")
        if not 0.5 <= self.volume_ml <= 300:
            raise InputError(f"volume_ml is {self.volume_ml}; 0.5 to 300 is accepted.")
        for name in ("oedema_share", "rim_share", "push"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name)}; 0 to 1 is accepted.")

    @property
    def core_mm3(self) -> float:
        """Volume of the core, rim included."""
        return 1000 * self.volume_ml * (1 - self.oedema_share)

    @property
    def core_radius_mm(self) -> float:
        """Radius of a ball of the core's volume."""
        return float(np.cbrt(3 * self.core_mm3 / (4 * np.pi)))


@dataclass(frozen=True)
class Tumour:
    """All tumours of a patient, as shares of each voxel.

    Attributes:
        core: float32 (S, H, W), share of necrosis or non-enhancing tumour, 0–1.
        rim: Share of enhancing tumour.
        oedema: How far oedema has filled the tissue, 0–1.
        labels: uint8 (S, H, W): 0, 1 (core), 2 (oedema), 4 (enhancing), as BraTS 2018 has
            them.
    """

    core: Volume
    rim: Volume
    oedema: Volume
    labels: NDArray[np.uint8]


def push_of(lesion: Lesion, centre: NDArray[np.float64]) -> Push:
    """What a lesion does to the brain round it."""
    return Push(centre, lesion.core_radius_mm, lesion.push)


def grow(
    lesions: list[tuple[Lesion, NDArray[np.float64]]], tissue: Tissue, rng: np.random.Generator
) -> Tumour:
    """Grows the tumours of a patient.

    Args:
        lesions: Each with its centre: (slice, row, column) in the window.
        tissue: The brain, pushed aside already.
        rng: Where the irregular shape comes from.

    Returns:
        All of them together; nothing lies outside the brain.
    """
    core, rim, oedema = (np.zeros(SHAPE, np.float32) for _ in range(3))
    for lesion, centre in lesions:
        distance = _core_distance(lesion, centre, tissue, rng)
        if lesion.core_mm3 > 0:
            inside = smooth_step(distance, 1.3) * tissue.brain
            shell = inside * _rim(lesion, distance, inside, rng)
            rim = np.maximum(rim, shell)
            core = np.maximum(core, inside - shell)
        oedema = np.maximum(oedema, _oedema(lesion, distance, centre, tissue, rng))
    core = np.minimum(core, 1 - rim)
    oedema *= 1 - np.minimum(core + rim, 1)
    return Tumour(core, rim, oedema, _labels(core, rim, oedema, tissue))


def _core_distance(
    lesion: Lesion, centre: NDArray[np.float64], tissue: Tissue, rng: np.random.Generator
) -> Volume:
    """Signed distance to the core's surface in mm, about; positive inside, volume as asked for."""
    radius = lesion.core_radius_mm
    stretch = np.exp(rng.normal(0, 0.16, 3))
    stretch /= np.cbrt(stretch.prod())
    squares = [
        np.square((np.arange(n, dtype=np.float32) - np.float32(c)) / np.float32(s)).reshape(
            [-1 if i == axis else 1 for i in range(3)]
        )
        for axis, (n, c, s) in enumerate(zip(SHAPE, centre, stretch, strict=True))
    ]
    r = np.sqrt(squares[0] + squares[1] + squares[2])
    lumps = np.float32(0.22) * smooth_noise(rng, SHAPE, max(radius * 0.75, 4.0))
    lumps += np.float32(0.07) * smooth_noise(rng, SHAPE, max(radius * 0.25, 2.5))
    field = r * (1 + np.clip(lumps, -0.45, 0.6)) + np.float32(0.5 * radius) * (
        tissue.ventricle + 0.6 * tissue.fluid
    )
    near = field[tissue.brain]
    wanted = min(int(lesion.core_mm3), near.size - 1)
    # without a core, oedema spreads from where its centre would be
    surface = np.partition(near, wanted)[wanted] if wanted > 0 else np.float32(0)
    return surface - field


def _rim(lesion: Lesion, distance: Volume, inside: Volume, rng: np.random.Generator) -> Volume:
    """Share of the core that enhances: a shell of uneven thickness, broken in places."""
    if lesion.rim_share == 0:
        return np.zeros(SHAPE, np.float32)
    radius = lesion.core_radius_mm
    uneven = smooth_noise(rng, SHAPE, max(radius * 0.5, 3.5))
    fine = smooth_noise(rng, SHAPE, 2.5)
    # thin where the noise is low; the depth that gives the share asked for is found by volume
    depth = distance * np.exp(np.float32(-0.45) * uneven) + np.float32(0.5) * fine
    solid = inside > 0.5
    if not solid.any():
        return np.zeros(SHAPE, np.float32)
    thickness = np.quantile(depth[solid], lesion.rim_share)
    return smooth_step(np.float32(thickness) - depth, 1.2)


def _oedema(
    lesion: Lesion,
    distance: Volume,
    centre: NDArray[np.float64],
    tissue: Tissue,
    rng: np.random.Generator,
) -> Volume:
    wanted = 1000 * lesion.volume_ml * lesion.oedema_share
    if wanted < 1:
        return np.zeros(SHAPE, np.float32)
    reach = int(lesion.core_radius_mm + _MOST_SPREAD_MM)
    box = tuple(
        slice(max(int(c) - reach, 0), min(int(c) + reach, n))
        for c, n in zip(centre, SHAPE, strict=True)
    )
    noise = smooth_noise(rng, SHAPE, 9.0)[box]
    # across the corpus callosum it spreads late
    speed = tissue.white[box] + np.float32(0.25) * tissue.grey[box]
    speed *= (1 - np.float32(0.8) * tissue.midline[box]) * np.exp(np.float32(0.35) * noise)
    arrival = _arrival(distance[box], speed)
    arrival += np.float32(0.9) * smooth_noise(rng, SHAPE, 3.0)[box]
    arrival -= np.float32(1.3) * np.minimum(distance[box], 0)
    solid = (distance[box] < 0) & tissue.brain[box] & (tissue.fluid[box] < 0.5)
    times = np.sort(arrival[solid])
    if not times.size:
        return np.zeros(SHAPE, np.float32)
    last = max(float(times[min(int(wanted), times.size - 1)]), 1.0)
    # full near the core, thinner towards its edge
    fullness = np.float32(0.4) + np.float32(0.6) * np.clip(1 - arrival / last, 0, 1)
    filled = smooth_step(np.float32(last) - arrival, 2.2) * fullness * (1 - tissue.fluid[box])
    out = np.zeros(SHAPE, np.float32)
    out[box] = filled * tissue.brain[box]
    return out


def _arrival(distance: Volume, speed: Volume) -> Volume:
    """When fluid from the core arrives in each voxel: a shortest path over a coarse grid."""
    shape = distance.shape
    cells = tuple(-(-n // _COARSE) for n in shape)
    grid = np.meshgrid(*(np.arange(n) * _COARSE for n in cells), indexing="ij")
    index = tuple(np.minimum(g, n - 1) for g, n in zip(grid, shape, strict=True))
    mean_speed = ndimage.uniform_filter(speed, _COARSE)[index]
    slowness = (1 / np.maximum(mean_speed, 0.01)).astype(np.float64)
    start = distance[index] > -0.5 * _COARSE
    if not start.any():
        start.reshape(-1)[int(np.argmax(distance[index]))] = True
    numbers = np.arange(slowness.size).reshape(cells)
    sources, targets, costs = [], [], []
    for step in _steps():
        a, b = _pair(numbers, step), _pair(numbers, tuple(-s for s in step))
        mean = (_pair(slowness, step) + _pair(slowness, tuple(-s for s in step))) / 2
        sources.append(a.ravel())
        targets.append(b.ravel())
        costs.append(mean.ravel() * _COARSE * np.sqrt(sum(s * s for s in step)))
    graph = sparse.csr_matrix(
        (np.concatenate(costs), (np.concatenate(sources), np.concatenate(targets))),
        (slowness.size, slowness.size),
    )
    times = csgraph.dijkstra(
        graph, directed=False, indices=numbers[start], min_only=True, limit=400.0
    ).reshape(cells)
    times = np.minimum(times, 400).astype(np.float32)
    fine = np.meshgrid(
        *(np.arange(n, dtype=np.float32) / _COARSE for n in shape), indexing="ij", sparse=True
    )
    return ndimage.map_coordinates(
        times, np.broadcast_arrays(*fine), order=1, mode="nearest", output=np.float32
    )


def _steps() -> list[tuple[int, int, int]]:
    """Half of the 26 neighbours; the others are the same edges."""
    all_steps = [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]
    return [step for step in all_steps if step > (0, 0, 0)]


def _pair(grid: NDArray, step: tuple[int, ...]) -> NDArray:
    """The part of a grid that has a neighbour at a step."""
    return grid[
        tuple(slice(max(-s, 0), n - max(s, 0)) for s, n in zip(step, grid.shape, strict=True))
    ]


def _labels(core: Volume, rim: Volume, oedema: Volume, tissue: Tissue) -> NDArray[np.uint8]:
    """The class of most of a voxel; a reader marks oedema where it is plainly seen."""
    shares = np.stack([0.9 - core - rim - oedema * 1.2, core, oedema * 1.6, rim])
    values = np.array([0, NECROSIS, OEDEMA, ENHANCING], np.uint8)
    return np.where(tissue.brain, values[shares.argmax(0)], 0).astype(np.uint8)
