"""From features to scores: small neural networks, evaluated as plain arrays.

They were fitted on simulated breaks of real slices by ``tests/proofs/broken_slices.py``;
``assets/detector.json`` tells of what, ``docs/broken-slices.md`` how well they do.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resunet.cohort.corruption.kinds import JUDGED_KINDS, MASK_KINDS
from resunet.cohort.corruption.traits import TRAITS
from resunet.errors import InputError
from resunet.study import CONTRASTS

SHIPPED = Path(__file__).parents[3] / "assets" / "detector.npz"
"""The coefficients that come with the program."""

FLOOR = -30.0
"""The lowest score; also that of what cannot be told, as a mask's kinds without a mask."""

_CLEAN = -1


@dataclass(frozen=True, eq=False)
class Network:
    """M networks of L layers; what they say is averaged.

    Attributes:
        weights: L arrays float32 (M, in, out).
        offsets: L arrays float32 (M, out).
    """

    weights: tuple[NDArray[np.float32], ...]
    offsets: tuple[NDArray[np.float32], ...]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray], name: str) -> "Network":
        """Takes what `arrays` gave under a name."""
        depth = sum(key.startswith(f"{name}_weights_") for key in arrays)
        return cls(
            tuple(arrays[f"{name}_weights_{k}"].astype(np.float32) for k in range(depth)),
            tuple(arrays[f"{name}_offsets_{k}"].astype(np.float32) for k in range(depth)),
        )

    def arrays(self, name: str) -> dict[str, NDArray]:
        """What to write to a file; weights as float16."""
        found = {f"{name}_weights_{k}": w.astype(np.float16) for k, w in enumerate(self.weights)}
        return found | {f"{name}_offsets_{k}": b for k, b in enumerate(self.offsets)}

    def log_shares(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, classes): the mean log probability of each class, for inputs float32 (N, in)."""
        total = np.zeros((len(inputs), self.offsets[-1].shape[-1]))
        for member in range(len(self.weights[0])):
            values = inputs
            for k, (weight, offset) in enumerate(zip(self.weights, self.offsets, strict=True)):
                values = values @ weight[member] + offset[member]
                if k < len(self.weights) - 1:
                    values = np.maximum(values, 0)
            total += values - np.logaddexp.reduce(values, axis=1, keepdims=True)
        return total / len(self.weights[0])


@dataclass(frozen=True, eq=False)
class Detector:
    """What was fitted, in two stages.

    The first looks at each contrast by itself and beside the mean of the three others, with the
    same coefficients for all four, so that a break learnt on one contrast is known on all. The
    second looks at everything, and at what the first said.

    Attributes:
        centre: float32 (F,), the median of each trait in clean slices.
        scale: float32 (F,), its spread there.
        each_columns: int (4, V), the traits of each contrast, in the same order.
        each: The first stage; its first class is an unbroken contrast.
        columns: int (U,), the traits that the second stage looks at.
        whole: The second stage.
        class_kind: int (C,), index of `JUDGED_KINDS`, −1 for clean.
        class_contrasts: int (C,), the contrasts concerned; contrast k counts 2 to the power of k.
        levels: float32 (K,), from which score on a slice is flagged, on the patients of the fit.
        body: float32 (K,), the 90th percentile of each score there.
        usual: float32 (3, F), 5th, 50th and 95th percentile of each trait in clean slices there.
        rate: The share of clean slices flagged at these levels, of patients not fitted on.
    """

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    each_columns: NDArray[np.integer]
    each: Network
    columns: NDArray[np.integer]
    whole: Network
    class_kind: NDArray[np.integer]
    class_contrasts: NDArray[np.integer]
    levels: NDArray[np.float32]
    body: NDArray[np.float32]
    usual: NDArray[np.float32]
    rate: float

    @classmethod
    def load(cls, path: Path | None = None) -> "Detector":
        """Reads coefficients; no code of the file is run.

        Args:
            path: None for those that come with the program.

        Raises:
            InputError: The file is no detector, or one for other traits.
        """
        path = path or SHIPPED
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                return cls.from_arrays({name: file[name] for name in file.files})
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path.name} cannot be read as a detector of broken slices, where one written "
                "for these traits is accepted."
            ) from error

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray]) -> "Detector":
        """Takes what `arrays` gave.

        Raises:
            ValueError: It was made for other traits or kinds.
        """
        if str(arrays["made_for"]) != fingerprint():
            raise ValueError("made for other traits or kinds")
        return cls(
            centre=arrays["centre"],
            scale=arrays["scale"],
            each_columns=arrays["each_columns"],
            each=Network.from_arrays(arrays, "each"),
            columns=arrays["columns"],
            whole=Network.from_arrays(arrays, "whole"),
            class_kind=arrays["class_kind"],
            class_contrasts=arrays["class_contrasts"],
            levels=arrays["levels"],
            body=arrays["body"],
            usual=arrays["usual"],
            rate=float(arrays["rate"]),
        )

    def arrays(self) -> dict[str, NDArray]:
        """What to write to a file; weights as float16."""
        plain = ("centre", "scale", "each_columns", "columns", "class_kind", "class_contrasts")
        found = {name: getattr(self, name) for name in (*plain, "levels", "body", "usual")}
        found |= self.each.arrays("each") | self.whole.arrays("whole")
        return found | {"rate": np.float64(self.rate), "made_for": np.array(fingerprint())}

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """How much each kind is to be believed against a clean slice.

        Args:
            features: float32 (N, F), of `traits.describe_patient`, slices in any order.

        Returns:
            float32 (N, K) in [−30, 30], the logarithm of the odds, kinds as in `JUDGED_KINDS`;
            −30 for a mask's kinds where a slice has no mask.

        Raises:
            InputError: There is another number of features.
        """
        shares = self._log_shares(features)
        clean = shares[:, self.class_kind == _CLEAN]
        found = np.full((len(features), len(JUDGED_KINDS)), FLOOR)
        for k in range(len(JUDGED_KINDS)):
            of_kind = shares[:, self.class_kind == k]
            if of_kind.shape[1]:
                found[:, k] = np.logaddexp.reduce(of_kind, axis=1) - clean[:, 0]
        without = features[:, TRAITS.index("has_mask")] == 0
        for kind in MASK_KINDS:
            found[without, JUDGED_KINDS.index(kind)] = FLOOR
        return np.clip(found, FLOOR, -FLOOR).astype(np.float32)

    def contrasts(self, features: NDArray[np.float32]) -> list[list[tuple[int, ...]]]:
        """Which contrasts each kind would concern, were it this one: N lists of K tuples."""
        shares = self._log_shares(features)
        best = np.zeros((len(features), len(JUDGED_KINDS)), int)
        for k in range(len(JUDGED_KINDS)):
            classes = np.flatnonzero(self.class_kind == k)
            if classes.size:
                best[:, k] = self.class_contrasts[classes[shares[:, classes].argmax(axis=1)]]
        return [[_unpack(bits) for bits in row] for row in best.tolist()]

    def _log_shares(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, C): log probability of each class, the mean over the networks."""
        if features.ndim != 2 or features.shape[1] != len(TRAITS):
            raise InputError(
                f"features has shape {features.shape}, where (slices, {len(TRAITS)}) is accepted."
            )
        return self.whole.log_shares(self.inputs(squash((features - self.centre) / self.scale)))

    def inputs(self, squashed: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the second stage looks at: float32 (N, U + 4 · classes of the first).

        Args:
            squashed: float32 (N, F), the features less the centre, over the scale, squashed.
        """
        said = []
        for contrast in range(len(CONTRASTS)):
            shares = self.each.log_shares(look_at(squashed, self.each_columns, contrast))
            said.append(np.clip((shares[:, 1:] - shares[:, :1]) / 4, -4, 4))
        return np.concatenate([squashed[:, self.columns], *said], axis=1).astype(np.float32)


def look_at(
    squashed: NDArray[np.float32], columns: NDArray[np.integer], contrast: int
) -> NDArray[np.float32]:
    """What the first stage looks at: a contrast's traits, the others' mean, and which it is.

    Args:
        squashed: float32 (N, F).
        columns: int (4, V).
        contrast: Its index.

    Returns:
        float32 (N, 2 V + 4).
    """
    others = np.mean([squashed[:, columns[c]] for c in range(4) if c != contrast], axis=0)
    which = np.zeros((len(squashed), 4), np.float32)
    which[:, contrast] = 1
    return np.concatenate([squashed[:, columns[contrast]], others, which], axis=1)


def squash(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Leaves deviations up to 5 spreads as they are and draws larger ones in, to at most ±9."""
    size = np.abs(values)
    drawn = np.where(size > 5, 5 + 2 * np.log(np.maximum(size, 5) / 5), size)
    return (np.sign(values) * np.minimum(drawn, 9)).astype(np.float32)


def fingerprint() -> str:
    """Tells which traits and kinds coefficients are for: they must not be taken for others."""
    return hashlib.sha256(" ".join((*TRAITS, *JUDGED_KINDS)).encode()).hexdigest()[:16]


def _unpack(bits: int) -> tuple[int, ...]:
    return tuple(k for k in range(bits.bit_length()) if bits >> k & 1)
