"""One slice as a network says it is, beside what it is: what all scoring and counting looks at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from resunet.data.cases import Case
from resunet.data.preprocess import Frame, restore
from resunet.data.usable import used_slices
from resunet.errors import InputError
from resunet.inference.engines import Engine
from resunet.inference.predict import Passes, SlicePasses
from resunet.study import Study

RunPasses = Callable[[Sequence[int]], Iterator[SlicePasses]]
"""Gives the passes over the slices of these indices, in this order."""


class Way(Protocol):
    """A way to predict: one network or several, how often, and how it is seeded.

    Attributes:
        threshold: Probability above which a pixel counts as tumour.
        key: JSON values that differ wherever predictions may differ; results are kept by it.
    """

    threshold: float

    @property
    def key(self) -> Mapping[str, Any]:
        """See the class."""
        ...

    def over(self, study: Study) -> RunPasses:
        """The passes over a study's slices."""
        ...


class OneNetwork:
    """The way of `resunet.inference.predict.predict`: one network, T passes.

    Args:
        engine: The network.
        samples: T, stochastic passes; 0 is one deterministic pass.
        seed: Seed of the dropout masks.
        flip: Whether each pass is averaged with the one over the left-right mirrored slice.
        threshold: Probability above which a pixel counts as tumour; the model's by default.

    Raises:
        InputError: If ``samples`` or ``seed`` is negative, or the threshold not in [0, 1].
    """

    def __init__(
        self,
        engine: Engine,
        *,
        samples: int = 0,
        seed: int = 0,
        flip: bool = False,
        threshold: float | None = None,
    ) -> None:
        if samples < 0 or seed < 0:
            raise InputError(f"samples is {samples} and seed {seed}, where 0 or more is accepted.")
        self.engine = engine
        self.samples = samples
        self.seed = seed
        self.flip = flip
        self.threshold = float(engine.threshold if threshold is None else threshold)
        if not 0.0 <= self.threshold <= 1.0:
            raise InputError(f"threshold is {threshold}, where 0 to 1 is accepted.")

    @property
    def key(self) -> Mapping[str, Any]:
        """See `Way.key`."""
        engine = self.engine
        return {
            "model": engine.model_sha256,
            "engine": engine.name,
            "preparation": asdict(engine.config.preparation),
            # of an engine that scales its probabilities
            "temperature": getattr(engine, "temperature", None),
            "samples": self.samples,
            "seed": self.seed if self.samples else None,
            "flip": self.flip,
            "threshold": self.threshold,
        }

    def over(self, study: Study) -> RunPasses:
        """See `Way.over`."""
        return Passes(study, self.engine, samples=self.samples, seed=self.seed, flip=self.flip)


@dataclass(frozen=True, eq=False)
class SeenSlice:
    """One slice, on the network's grid (n×n) and on the study's own (H×W).

    Attributes:
        index: Which slice of the study.
        number: Its number in its source.
        frame: What part of the slice the grid shows.
        spacing_mm: (row, column) distance between the study's pixel centres; None if unknown.
        threshold: Probability above which a pixel counts as tumour.
        passes: float32 (P, n, n), the probabilities of each pass; P is at least 1.
        grid_brain: bool (n, n), pixels that hold any brain.
        grid_truth: bool (n, n), the expert's outline on the grid.
        probability: float32 (H, W), the mean of the passes, bilinear from the grid.
        truth: bool (H, W), the expert's outline.
        brain: bool (H, W), where any contrast differs from 0.
    """

    index: int
    number: int
    frame: Frame
    spacing_mm: tuple[float, float] | None
    threshold: float
    passes: NDArray[np.float32]
    grid_brain: NDArray[np.bool_]
    grid_truth: NDArray[np.bool_]
    probability: NDArray[np.float32]
    truth: NDArray[np.bool_]
    brain: NDArray[np.bool_]

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Bool (H, W): what is predicted to be tumour."""
        return self.probability > self.threshold

    @cached_property
    def grid_probability(self) -> NDArray[np.float32]:
        """float32 (n, n): the mean of the passes."""
        return _mean(self.passes)

    @cached_property
    def grid_mask(self) -> NDArray[np.bool_]:
        """Bool (n, n): what is predicted to be tumour."""
        return self.grid_probability > self.threshold


def seen_slices(case: Case, study: Study, way: Way) -> Iterator[SeenSlice]:
    """Goes through the slices of one patient, without those that are left out.

    Args:
        case: The patient, to know what is left out.
        study: The patient's pictures, with the expert's outline.
        way: How to predict.

    Raises:
        InputError: If there is no outline.
    """
    truth, brain = study.mask, study.brain
    if truth is None:
        raise InputError(f"{case.patient} in {case.split} has no mask to score against.")
    for result in way.over(study)(used_slices(case, study)):
        at, passes = result.slice_index, result.probability
        yield SeenSlice(
            index=at,
            number=study.slice_numbers[at],
            frame=result.frame,
            spacing_mm=study.spacing_mm,
            threshold=way.threshold,
            passes=passes,
            grid_brain=result.brain,
            grid_truth=np.zeros(passes.shape[1:], bool) if result.mask is None else result.mask,
            probability=restore(_mean(passes), result.frame, study.shape[1:]),
            truth=truth[at],
            brain=brain[at],
        )


def _mean(passes: NDArray[np.float32]) -> NDArray[np.float32]:
    return passes.mean(axis=0, dtype=np.float64).astype(np.float32)
