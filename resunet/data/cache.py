"""Prepared slices of many patients in one packed, memory-mapped file, built once.

Training reads slices in random order, many times. Reading and preparing them takes most of
a second a patient; from the packed file it is a copy. A pack is found again by what went
into it: the files' names, sizes and times, and the preparation.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resunet.config import PreparationConfig
from resunet.data.cases import Case
from resunet.data.preprocess import Preparer
from resunet.data.stamps import stamps_of
from resunet.data.usable import left_out_oddities, usable_studies, used_slices
from resunet.errors import InputError
from resunet.storage import cache_dir, read_json, write_json
from resunet.study import CONTRASTS

_VERSION = 2  # raise it when preparing changes, so that old packs are not taken


@dataclass(frozen=True, eq=False)
class PackedSlices:
    """Prepared slices with their masks, memory-mapped and read-only.

    Attributes:
        images: float32 (N, n, n, 4).
        masks: uint8 (N, n, n), 0 or 1.
        shares: uint8 (N, n, n), the share of each pixel that tumour covers, in 255ths.
        patients: The patient of each slice, N names.
        numbers: The slice number of each slice, N numbers.
        skipped: Why files were left out, one sentence each.
        warnings: What was odd in files that were taken, one sentence each.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.uint8]
    shares: NDArray[np.uint8]
    patients: tuple[str, ...]
    numbers: tuple[int, ...]
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.patients)


def packed_slices(
    cases: Sequence[Case],
    config: PreparationConfig,
    size: int,
    *,
    skip_bad: bool = False,
    on_case: Callable[[Case], None] | None = None,
    folder: Path | None = None,
) -> PackedSlices:
    """Opens the pack of these cases, building it first where there is none.

    Args:
        cases: Patients with an expert's outline.
        config: How to prepare them.
        size: Side of the network's input in pixels.
        skip_bad: Whether files that cannot be used are left out and listed, instead of
            ending the work.
        on_case: Called after each patient that is read; not called for a pack that is there.
        folder: Where packs are kept; the program's cache folder by default.

    Raises:
        InputError: Names the first file that cannot be used; or if none can.
    """
    pack = (folder or cache_dir()) / f"slices-{_fingerprint(cases, config, size, skip_bad)}"
    if not _is_whole(pack, size):
        _build(pack, cases, config, size, skip_bad, on_case)
    index = read_json(pack / "index.json")
    count = len(index["patients"])
    return PackedSlices(
        np.memmap(pack / "images.f32", np.float32, "r", shape=(count, size, size, len(CONTRASTS))),
        np.memmap(pack / "masks.u8", np.uint8, "r", shape=(count, size, size)),
        np.memmap(pack / "shares.u8", np.uint8, "r", shape=(count, size, size)),
        tuple(index["patients"]),
        tuple(index["numbers"]),
        tuple(index["skipped"]),
        tuple(index["warnings"]),
    )


def _is_whole(pack: Path, size: int) -> bool:
    """Whether a pack is there with as many bytes as its index says."""
    try:
        count = len(read_json(pack / "index.json")["patients"])
        images = (pack / "images.f32").stat().st_size
        others = [(pack / name).stat().st_size for name in ("masks.u8", "shares.u8")]
    except (InputError, OSError, KeyError, TypeError):
        return False
    pixels = count * size * size
    return images == 4 * len(CONTRASTS) * pixels and others == [pixels, pixels]


def _fingerprint(
    cases: Sequence[Case], config: PreparationConfig, size: int, skip_bad: bool
) -> str:
    files: list[Sequence[str | int]] = []
    for case in cases:
        files += stamps_of(case)
        if case.left_out:
            files.append(list(case.left_out))
    key = json.dumps([_VERSION, files, asdict(config), size, skip_bad])
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _build(
    pack: Path,
    cases: Sequence[Case],
    config: PreparationConfig,
    size: int,
    skip_bad: bool,
    on_case: Callable[[Case], None] | None,
) -> None:
    """Writes the pack under another name and renames it when it is whole."""
    pack.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{pack.name}-", dir=pack.parent))
    patients: list[str] = []
    numbers: list[int] = []
    skipped: list[str] = []
    warnings: list[str] = []
    try:
        with (
            open(building / "images.f32", "wb") as images,
            open(building / "masks.u8", "wb") as masks,
            open(building / "shares.u8", "wb") as shares,
        ):
            for case in cases:
                for study in usable_studies(case, skip_bad, skipped):
                    used = used_slices(case, study)
                    prepared = Preparer(study, config, size)(used)
                    images.write(prepared.images.tobytes())
                    masks.write(np.asarray(prepared.mask, np.uint8).tobytes())
                    share = np.rint(255 * np.asarray(prepared.share))
                    shares.write(share.astype(np.uint8).tobytes())
                    patients += [case.patient] * len(used)
                    numbers += [study.slice_numbers[index] for index in used]
                    warnings += [*study.warnings, *left_out_oddities(case, study)]
                if on_case is not None:
                    on_case(case)
        if not patients:
            first = f"; the first: {skipped[0]}" if skipped else "."
            raise InputError(f"None of {len(cases)} cases can be used{first}")
        write_json(
            building / "index.json",
            {
                "schema": 1,
                "patients": patients,
                "numbers": numbers,
                "skipped": skipped,
                "warnings": warnings,
            },
        )
        _put(building, pack, size)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _put(building: Path, pack: Path, size: int) -> None:
    """Gives a pack its name, unless another process was faster."""
    try:
        building.rename(pack)
    except OSError:  # there is one
        if not _is_whole(pack, size):
            shutil.rmtree(pack, ignore_errors=True)
            building.rename(pack)
