"""The two records that flow through everything: `Study` and `Prediction`.

Axes of every picture array: slice → superior, row → posterior, column → patient's left.
That is the radiological display as it stands: drawn with row 0 on top, the patient's
right side is on the viewer's left.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError

CONTRASTS = ("t1", "t1ce", "t2", "flair")
"""The contrasts in the order of the last axis of `Study.images`."""


class Source(NamedTuple):
    """Where a study's bytes came from.

    Attributes:
        format: The format's name, such as ``"npz"`` or ``"nifti"``.
        sha256: Hexadecimal SHA-256 of the bytes read; of several files, of their digests
            in contrast order (of a 4-D file's volumes, of the file's digest and their numbers).
    """

    format: str
    sha256: str


@dataclass(frozen=True, eq=False)
class FileGrid:
    """The voxel grid of the file a study was read from, so that exports go back onto it.

    Attributes:
        shape: The file's three array dimensions.
        affine: float64 (4, 4), file voxel index → patient millimetres (RAS+).
        axes: For slice, row and column in turn, the file's axis it came from.
        flipped: For slice, row and column in turn, whether it runs against that axis.
        header: The NIfTI header that the affine is from, cleared of all but geometry, so that
            an export says the same bit by bit; None where the source is no NIfTI file.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    header: bytes | None = None

    def from_file(self, array: NDArray) -> NDArray:
        """Turns an array on the file's axes to (slice, row, column); a view."""
        return np.flip(array.transpose(self.axes), self._flipped_axes())

    def to_file(self, array: NDArray) -> NDArray:
        """Turns an array (slice, row, column) back to the file's axes; a view."""
        return np.flip(array, self._flipped_axes()).transpose(np.argsort(self.axes))

    def study_affine(self) -> NDArray[np.float64]:
        """float64 (4, 4): index (slice, row, column) → patient millimetres (RAS+)."""
        to_file = np.zeros((4, 4))
        to_file[3, 3] = 1.0
        for study_axis, (file_axis, flipped) in enumerate(
            zip(self.axes, self.flipped, strict=True)
        ):
            to_file[file_axis, study_axis] = -1.0 if flipped else 1.0
            to_file[file_axis, 3] = self.shape[file_axis] - 1 if flipped else 0.0
        return self.affine @ to_file

    def _flipped_axes(self) -> tuple[int, ...]:
        return tuple(axis for axis, flipped in enumerate(self.flipped) if flipped)


@dataclass(frozen=True, eq=False)
class Study:
    """One patient's pictures; a single slice is a study with one slice.

    Valid once constructed, and its arrays are read-only.

    Attributes:
        images: float32 (S, H, W, 4), contrasts in the order of `CONTRASTS`, finite, in
            the source's own intensity units.
        identifier: An opaque name. Never a patient's name.
        source: Format and SHA-256 of what was read.
        labels: uint8 (S, H, W) or None where no expert outline is known. 0 is
            background; any other value is tumour (BraTS: 1 necrotic core, 2 oedema, 4 or
            3 enhancing).
        spacing_mm: (row, column) distance between pixel centres in mm, or None.
        slice_positions_mm: float64 (S,) strictly ascending towards superior, or None.
        slice_numbers: The number each slice carries in its source (for example ``k`` of
            ``<patient>_<k>.npz``); 0 … S−1 where the source does not number them.
        grid: The file's own grid, or None where the source has none.
        missing: Contrasts that the source lacks; their images are 0 everywhere.
        warnings: Sentences to be shown with every picture and export of this study.
    """

    images: NDArray[np.float32]
    identifier: str
    source: Source
    labels: NDArray[np.uint8] | None = None
    spacing_mm: tuple[float, float] | None = None
    slice_positions_mm: NDArray[np.float64] | None = None
    slice_numbers: tuple[int, ...] = ()
    grid: FileGrid | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_images(self.images)
        _check_missing(self.missing, self.images)
        slices = self.images.shape[0]
        if self.labels is not None:
            _check_array("labels", self.labels, np.uint8, self.images.shape[:3])
        if self.spacing_mm is not None and not _are_positive(self.spacing_mm):
            raise InputError(
                f"spacing_mm is {self.spacing_mm}, where two positive finite lengths are accepted."
            )
        if self.slice_positions_mm is not None:
            _check_positions(self.slice_positions_mm, slices)
        if not self.slice_numbers:
            object.__setattr__(self, "slice_numbers", tuple(range(slices)))
        if len(self.slice_numbers) != slices:
            raise InputError(
                f"slice_numbers has {len(self.slice_numbers)} entries for {slices} slices."
            )
        if (
            self.grid is not None
            and self.grid.from_file(np.empty(self.grid.shape, bool)).shape
            != (self.images.shape[:3])
        ):
            raise InputError(
                f"The file's grid {self.grid.shape} does not hold images of shape "
                f"{self.images.shape[:3]}."
            )
        for array in (self.images, self.labels, self.slice_positions_mm):
            if array is not None:
                array.flags.writeable = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        slices, rows, columns = self.images.shape[:3]
        return slices, rows, columns

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """Bool (S, H, W), whole tumour: labels > 0; None where there are no labels."""
        return None if self.labels is None else self.labels > 0

    @property
    def brain(self) -> NDArray[np.bool_]:
        """Bool (S, H, W): where any contrast differs from 0."""
        # five times as fast as any(axis=-1)
        t1, t1ce, t2, flair = np.moveaxis(self.images != 0, -1, 0)
        return t1 | t1ce | t2 | flair

    @property
    def affine(self) -> NDArray[np.float64] | None:
        """float64 (4, 4): index (slice, row, column) → patient mm (RAS+); None if unknown."""
        return None if self.grid is None else self.grid.study_affine()

    @property
    def slice_step_mm(self) -> float | None:
        """Distance between neighbouring slices of a gap-free stack, in mm; else None.

        A stack is gap-free if it has at least two slices, all the same distance apart, and
        their source numbers leave none out.
        """
        if self.slice_positions_mm is None or self.shape[0] < 2:
            return None
        steps = np.diff(self.slice_positions_mm)
        consecutive = bool((np.diff(self.slice_numbers) == 1).all())
        even = bool(np.allclose(steps, steps[0], rtol=1e-3))
        return float(steps.mean()) if consecutive and even else None


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network says of a `Study`, on the study's own grid.

    Attributes:
        probability: float32 (S, H, W) in [0, 1], tumour probability, mean over T passes.
        std: float32 (S, H, W), standard deviation over the passes (ddof 1); 0 for T < 2.
        entropy: float32 (S, H, W), entropy of the mean probability, nats, at most ln 2.
        mutual_information: float32 (S, H, W), entropy of the mean less mean entropy, nats.
        done: bool (S,), the slices computed so far; elsewhere the maps are 0.
        area_px_samples: int64 (max(T, 1), S), tumour pixels of each pass.
        std_by_t: float64 (max(T, 1),), mean std inside the brain over the first t passes.
        threshold: Probability above which a pixel counts as tumour.
        samples: T, the number of stochastic passes; 0 is one deterministic pass.
        seed: Seed of the dropout masks.
        model_id: Which weights.
        engine: What computed it.
        model_sha256: Hexadecimal digest of the weights file; empty where it is unknown.
        area_threshold: At which ``area_px_samples`` were counted; ``threshold`` by default. It
            stays when `dataclasses.replace` sets another, for which intervals are then unknown.
        correction: int8 (S, H, W), by hand: 1 where tumour was added, -1 where it was taken
            away, 0 elsewhere; None where nothing was. It changes ``mask`` alone, never the maps.
        temperature: By which the network's probabilities were scaled; 1 for none.
        doubt_level: Doubt above which the model is not reliable on a slice; None if unknown.
        unlike: In what the study is unlike the model's patients, a few words each.
        warnings: Sentences to be shown with every picture and export.
    """

    probability: NDArray[np.float32]
    std: NDArray[np.float32]
    entropy: NDArray[np.float32]
    mutual_information: NDArray[np.float32]
    done: NDArray[np.bool_]
    area_px_samples: NDArray[np.int64]
    std_by_t: NDArray[np.float64]
    threshold: float
    samples: int
    seed: int
    model_id: str
    engine: str
    model_sha256: str = ""
    area_threshold: float | None = None
    correction: NDArray[np.int8] | None = None
    temperature: float = 1.0
    doubt_level: float | None = None
    unlike: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        shape = self.probability.shape
        for name in ("probability", "std", "entropy", "mutual_information"):
            _check_array(name, getattr(self, name), np.float32, shape)
        _check_array("done", self.done, np.bool_, shape[:1])
        passes = max(self.samples, 1)
        _check_array("area_px_samples", self.area_px_samples, np.int64, (passes, shape[0]))
        _check_array("std_by_t", self.std_by_t, np.float64, (passes,))
        if not 0.0 <= self.threshold <= 1.0:
            raise InputError(f"threshold is {self.threshold}, where 0 to 1 is accepted.")
        if self.area_threshold is None:
            object.__setattr__(self, "area_threshold", self.threshold)
        for name in ("probability", "std", "entropy", "mutual_information", "done"):
            getattr(self, name).flags.writeable = False
        if self.correction is not None:
            _check_array("correction", self.correction, np.int8, shape)
            self.correction.flags.writeable = False

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Bool (S, H, W): probability above the threshold, as corrected by hand."""
        return self.mask_of(slice(None))

    def mask_of(self, slices: int | slice) -> NDArray[np.bool_]:
        """The same of one slice, bool (H, W), or of some, without making the others."""
        mask = self.probability[slices] > self.threshold
        if self.correction is None:
            return mask
        correction = self.correction[slices]
        return (mask & (correction >= 0)) | (correction > 0)


def _check_array(name: str, array: NDArray, dtype: type, shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise InputError(
            f"{name} is {array.dtype} {array.shape}, where {np.dtype(dtype)} {shape} is accepted."
        )


def _check_images(images: NDArray) -> None:
    if images.ndim != 4 or images.shape[-1] != len(CONTRASTS) or 0 in images.shape:
        raise InputError(
            f"images has shape {images.shape}, where (slices, rows, columns, 4) is accepted."
        )
    if images.dtype != np.float32:
        raise InputError(f"images is {images.dtype}, where float32 is accepted.")
    if min(images.shape[1:3]) < 2:
        raise InputError(
            f"images has slices of {images.shape[1]}×{images.shape[2]} pixels, "
            "where at least 2×2 is accepted."
        )
    for index, contrast in enumerate(CONTRASTS):
        if not np.isfinite(images[..., index]).all():
            raise InputError(f"{contrast} holds values that are not finite (NaN or infinity).")


def _check_missing(missing: tuple[str, ...], images: NDArray) -> None:
    for contrast in missing:
        if contrast not in CONTRASTS or len(missing) == len(CONTRASTS):
            raise InputError(
                f"missing is {missing}, where some of {', '.join(CONTRASTS)} are accepted."
            )
        if images[..., CONTRASTS.index(contrast)].any():
            raise InputError(f"missing names {contrast}, whose images are not 0.")


def _check_positions(positions: NDArray, slices: int) -> None:
    _check_array("slice_positions_mm", positions, np.float64, (slices,))
    if not np.isfinite(positions).all() or not (np.diff(positions) > 0).all():
        raise InputError("slice_positions_mm must be finite and strictly ascending.")


def _are_positive(lengths: tuple[float, float]) -> bool:
    return len(lengths) == 2 and all(np.isfinite(v) and v > 0 for v in lengths)
