"""Surfaces of brain and tumour as triangles in the patient's millimetres, and values on them.

A tumour's surface is marching cubes (Lewiner et al. 2003, doi:10.1080/10867651.2003.10487582)
on its mask, smoothed by Taubin's λ|μ filter (1995, doi:10.1145/218380.218473). The filter
takes the voxels' steps away and keeps the volume; a Gaussian filter of the mask would shrink
small lesions and make the smallest vanish.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.measure.areas import check_shape, volume_reason
from resunet.study import Study

_BRAIN_STEP_MM = 3.0  # coarser than the sulci, which would hide what lies inside
_LEAST_FACES = 100  # a single block has fewer, so that coarser blocks always come to an end
_FULL_SHARE = 0.95  # of the picture; a brain cropped to its own box fills little over half
_TAUBIN = (0.5, -0.53)
_TAUBIN_ROUNDS = 10  # moves vertices by about half a voxel at most
_KEPT_VOLUME = 0.9


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed surface of triangles.

    Attributes:
        vertices_mm: float32 (V, 3), towards the patient's left, posterior and superior, as
            DICOM counts. Of a study with a grid they are the scanner's coordinates; of one
            without they count from the first pixel's centre, and upwards by the slices'
            positions.
        faces: int32 (F, 3), three vertices each, anticlockwise when seen from outside.
    """

    vertices_mm: NDArray[np.float32]
    faces: NDArray[np.int32]


def mask_surface(
    study: Study, mask: NDArray[np.bool_], *, most_faces: int = 60_000
) -> Surface | None:
    """The surface of a mask, drawn midway between its voxels and those around it.

    Nothing that lies in the mask is left out, however small. Only where the surface would
    have too many triangles is the mask averaged over blocks of voxels first, and lesions
    smaller than half a block may be lost.

    Args:
        study: The study the mask lies on, a gap-free stack of known spacing.
        mask: bool (S, H, W), the study's shape.
        most_faces: The most triangles there may be, at least 100.

    Returns:
        The surface, closed at the picture's edge too; None for an empty mask.

    Raises:
        InputError: If the mask's shape is not the study's, ``most_faces`` is too small, or the
            study has no volume: then the message is `volume_reason`'s.
    """
    check_shape(study, mask)
    _check_most(most_faces)
    to_mm = _index_to_mm(study)
    box = _bounding_box(mask)
    if box is None:
        return None
    corner = np.array([side.start for side in box], np.float64)
    step_mm = 0.0
    while True:
        factors = _factors(study, step_mm)
        vertices, faces = _triangles(_block_means(mask[box], factors))
        if len(faces) <= most_faces:
            break
        # triangles grow fewer with the square of their size
        step_mm = 1.1 * max(step_mm, min(_spacing_mm(study))) * np.sqrt(len(faces) / most_faces)
    vertices = _smoothed(vertices, faces)
    return _placed(to_mm, corner + _fine(vertices, factors), faces)


def brain_surface(study: Study, *, most_faces: int = 30_000) -> Surface | None:
    """The outer surface of the brain without its sulci, to be drawn round a tumour.

    The brain is averaged over blocks of about 3 mm, holes within are closed, and what is left
    is smoothed by a Gaussian filter of one block.

    Args:
        study: A gap-free stack of known spacing. Of pictures that are not skull-stripped it
            is the head's surface.
        most_faces: The most triangles there may be, at least 100.

    Returns:
        The surface; None where all contrasts are 0, or next to nothing is, as in pictures
        with a scanner's noise around the head.

    Raises:
        InputError: If ``most_faces`` is too small, or the study has no volume: then the
            message is `volume_reason`'s.
    """
    from scipy import ndimage

    _check_most(most_faces)
    to_mm = _index_to_mm(study)
    brain = study.brain
    if not 0.0 < brain.mean() < _FULL_SHARE:
        return None
    step_mm = _BRAIN_STEP_MM
    while True:
        factors = _factors(study, step_mm)
        share = np.pad(_block_means(brain, factors), 2)
        share[ndimage.binary_fill_holes(share > 0.5)] = 1.0
        vertices, faces = _triangles(ndimage.gaussian_filter(share, 1.0))
        if len(faces) <= most_faces:
            break
        step_mm *= 1.25
    return _placed(to_mm, _fine(vertices - 2, factors), faces)


def surface_values(
    study: Study, surface: Surface, values: NDArray[np.floating]
) -> NDArray[np.float32]:
    """A map's values on a surface: the mean of just inside and just outside.

    Args:
        study: The study of both.
        surface: The surface.
        values: (S, H, W), such as the standard deviation over the passes. It is read, linearly
            interpolated, half a voxel's shortest side on either side of each vertex.

    Returns:
        float32 (V,), in the map's unit.

    Raises:
        InputError: If the map's shape is not the study's, or the study has no volume.
    """
    from scipy import ndimage

    if values.shape != study.shape:
        raise InputError(f"values has shape {values.shape}, where {study.shape} is accepted.")
    reach_mm = min(_spacing_mm(study)) / 2 * _normals(surface)
    sides = [
        ndimage.map_coordinates(
            values, _indices(study, points_mm).T, np.float32, order=1, mode="nearest"
        )
        for points_mm in (surface.vertices_mm - reach_mm, surface.vertices_mm + reach_mm)
    ]
    return np.mean(sides, axis=0, dtype=np.float32)


def surface_slices(study: Study, surface: Surface) -> NDArray[np.int64]:
    """The number that the nearest slice carries in its source, for each vertex.

    Args:
        study: The study of the surface.
        surface: The surface.

    Returns:
        int64 (V,), of `Study.slice_numbers`.

    Raises:
        InputError: If the study has no volume.
    """
    # half a slice outside, where a surface is closed at the stack's end, is that end's slice
    nearest = np.rint(_indices(study, surface.vertices_mm)[:, 0]).astype(np.int64)
    return np.array(study.slice_numbers, np.int64)[np.clip(nearest, 0, study.shape[0] - 1)]


def _check_most(most_faces: int) -> None:
    if most_faces < _LEAST_FACES:
        raise InputError(f"most_faces is {most_faces}, where at least {_LEAST_FACES} is accepted.")


def _spacing_mm(study: Study) -> tuple[float, float, float]:
    """The slice step and the spacing of rows and columns.

    Raises:
        InputError: If one of them is unknown or the stack has gaps.
    """
    step_mm = study.slice_step_mm
    if study.spacing_mm is None or step_mm is None:
        raise InputError(volume_reason(study) or "The study has no volume.")
    return step_mm, *study.spacing_mm


def _index_to_mm(study: Study) -> NDArray[np.float64]:
    """float64 (3, 4): index (slice, row, column) → mm towards left, posterior, superior."""
    spacing_mm = _spacing_mm(study)
    if study.affine is not None:
        return np.diag([-1.0, -1.0, 1.0]) @ study.affine[:3]
    to_mm = np.zeros((3, 4))
    to_mm[[2, 1, 0], [0, 1, 2]] = spacing_mm
    if study.slice_positions_mm is not None:
        to_mm[2, 3] = study.slice_positions_mm[0]
    return to_mm


def _indices(study: Study, points_mm: NDArray) -> NDArray[np.float64]:
    to_mm = _index_to_mm(study)
    turned = np.linalg.inv(to_mm[:, :3]).T
    return np.asarray((points_mm - to_mm[:, 3]) @ turned, np.float64)


def _placed(to_mm: NDArray[np.float64], indices: NDArray, faces: NDArray[np.int32]) -> Surface:
    vertices_mm = indices @ to_mm[:, :3].T + to_mm[:, 3]
    # Marching cubes turns faces inwards; slice, row, column → left, posterior, superior mirrors.
    if np.linalg.det(to_mm[:, :3]) > 0:
        faces = faces[:, ::-1]
    return Surface(vertices_mm.astype(np.float32), np.ascontiguousarray(faces, np.int32))


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, ...] | None:
    if not mask.any():
        return None
    found = [np.flatnonzero(mask.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    return tuple(slice(int(each[0]), int(each[-1]) + 1) for each in found)


def _factors(study: Study, step_mm: float) -> tuple[int, ...]:
    """Voxels along each axis of blocks as near to cubes of the given side as can be."""
    return tuple(max(1, round(step_mm / each_mm)) for each_mm in _spacing_mm(study))


def _block_means(mask: NDArray[np.bool_], factors: tuple[int, ...]) -> NDArray[np.float32]:
    """The share of each block of voxels that lies in a mask; what lies outside counts as 0."""
    if max(factors) == 1:
        return mask.astype(np.float32)
    padded = np.pad(
        mask, [(0, -size % factor) for size, factor in zip(mask.shape, factors, strict=True)]
    )
    blocks = [(size // factor, factor) for size, factor in zip(padded.shape, factors, strict=True)]
    return padded.reshape(sum(blocks, ())).mean(axis=(1, 3, 5), dtype=np.float32)


def _fine(vertices: NDArray, factors: tuple[int, ...]) -> NDArray[np.float64]:
    """Places among blocks as places among voxels: a block lies at the mean of its own."""
    return vertices * factors + (np.array(factors) - 1) / 2


def _triangles(share: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Marching cubes: vertices (V, 3) as indices, and faces (F, 3)."""
    from skimage.measure import marching_cubes

    # Half of the whole; of a mask so fine that no block is full, half of its fullest.
    level = float(share.max()) / 2
    vertices, faces, _, _ = marching_cubes(np.pad(share, 1), level, allow_degenerate=False)
    return vertices.astype(np.float64) - 1, faces.astype(np.int32)


def _smoothed(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """Vertices moved to and fro towards their neighbours' mean: smoother, not smaller.

    A part of only a few voxels has no shape beyond its steps and would all but vanish: one that
    loses a tenth of its volume stays as it is.
    """
    from scipy import sparse
    from scipy.sparse import csgraph

    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    count = len(vertices)
    near = sparse.csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (count, count))
    near.data[:] = 1.0  # an edge between two faces was counted for both
    mean = sparse.diags_array(1.0 / near.sum(axis=1)) @ near
    smooth = vertices
    for _ in range(_TAUBIN_ROUNDS):
        for weight in _TAUBIN:
            smooth = smooth + weight * (mean @ smooth - smooth)
    part = csgraph.connected_components(near, directed=False)[1]
    before, after = (_volumes(each, faces, part) for each in (vertices, smooth))
    return np.where((after < _KEPT_VOLUME * before)[part, None], vertices, smooth)


def _volumes(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], part: NDArray[np.int32]
) -> NDArray[np.float64]:
    """What each connected part of a surface encloses, cavities too, in voxels."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    cones = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0
    return np.abs(np.bincount(part[faces[:, 0]], cones))


def _normals(surface: Surface) -> NDArray[np.float64]:
    """float64 (V, 3): unit vectors outwards, the mean of the faces' by their areas."""
    corners = surface.vertices_mm.astype(np.float64)[surface.faces]
    outwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros(surface.vertices_mm.shape)
    for corner in range(3):
        np.add.at(normals, surface.faces[:, corner], outwards)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return normals / np.where(length == 0, 1.0, length)
