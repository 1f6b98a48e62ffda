"""What the network made of a few validation slices, epoch by epoch: ``samples.npz`` of a run."""

import zipfile
import zlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resunet.jobs.run_folder import RunFolder
from resunet.storage import write_npz

MOST_EPOCHS = 24
"""Where there would be more, every second goes, so that the file stays small in a long run."""

_BROKEN = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, eq=False)
class Samples:
    """Fixed slices and the predictions on them.

    Attributes:
        images: uint8 (K, n, n), FLAIR as the network sees it, drawn black to white.
        masks: bool (K, n, n), the expert's.
        patients: K names.
        numbers: K slice numbers.
        epochs: The epochs that there are predictions of, rising; (E,).
        probabilities: uint8 (E, K, n, n), 255 is 1.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    patients: tuple[str, ...]
    numbers: tuple[int, ...]
    epochs: tuple[int, ...]
    probabilities: NDArray[np.uint8]

    def with_epoch(self, epoch: int, probabilities: NDArray[np.floating]) -> "Samples":
        """The same with one more epoch, the newest; what was there of it or later is left out.

        Args:
            epoch: Its number.
            probabilities: (K, n, n), 0–1.
        """
        kept = [index for index, earlier in enumerate(self.epochs) if earlier < epoch]
        if len(kept) >= MOST_EPOCHS:
            kept = kept[::2]
        newest = np.rint(np.clip(probabilities, 0.0, 1.0) * 255).astype(np.uint8)
        return replace(
            self,
            epochs=(*(self.epochs[index] for index in kept), epoch),
            probabilities=np.concatenate([self.probabilities[kept], newest[None]]),
        )


def write_samples(run: RunFolder, samples: Samples) -> None:
    """Writes them, whole or not at all."""
    write_npz(run.samples_file, vars(samples))


def read_samples(run: RunFolder) -> Samples | None:
    """The samples of a run; None where there are none, or the file is damaged."""
    try:
        with open(run.samples_file, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            samples = Samples(
                images=file["images"],
                masks=file["masks"].astype(bool),
                patients=tuple(map(str, file["patients"])),
                numbers=tuple(map(int, file["numbers"])),
                epochs=tuple(map(int, file["epochs"])),
                probabilities=file["probabilities"],
            )
    except _BROKEN:
        return None
    return samples if _fits(samples) else None


def _fits(samples: Samples) -> bool:
    """Whether all parts are of one number of slices and epochs."""
    shape = samples.images.shape
    slices = {len(samples.patients), len(samples.numbers), *shape[:1]}
    return (
        len(shape) == 3
        and len(slices) == 1
        and samples.images.dtype == samples.probabilities.dtype == np.uint8
        and samples.masks.shape == shape
        and samples.probabilities.shape == (len(samples.epochs), *shape)
    )
