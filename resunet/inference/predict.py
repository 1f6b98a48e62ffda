"""`predict`: the one way from a `Study` to a `Prediction`."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.data.preprocess import Frame, Preparer, intensity_range, restore
from resunet.errors import InputError
from resunet.inference.engines import Engine
from resunet.inference.masks import dropout_masks
from resunet.study import Prediction, Study

_CHUNK = 8  # slices prepared and computed together, between two calls of `on_slices`


class SlicePasses(NamedTuple):
    """What the network says of one slice, on its own grid.

    Attributes:
        slice_index: Which slice of the study.
        frame: What part of the slice the grid shows.
        brain: bool (n, n), pixels that hold any brain.
        mask: bool (n, n), the expert's outline on the grid, or None.
        probability: float32 (T, n, n); T = 1 for the deterministic pass.
    """

    slice_index: int
    frame: Frame
    brain: NDArray[np.bool_]
    mask: NDArray[np.bool_] | None
    probability: NDArray[np.float32]


def run_passes(
    study: Study,
    engine: Engine,
    *,
    samples: int = 0,
    seed: int = 0,
    slices: Sequence[int] | None = None,
) -> Iterator[SlicePasses]:
    """Runs the network over the slices of a study, a few at a time.

    A slice without brain is not computed: nothing is there.

    Args:
        study: The study.
        engine: The network.
        samples: T, stochastic passes; 0 is one deterministic pass.
        seed: Seed of the dropout masks.
        slices: Indices wanted, in this order; all by default.
    """
    config = engine.config
    masks = dropout_masks(config.network, samples=samples, seed=seed)
    prepare = Preparer(study, config.preparation, config.network.input_size)
    background = intensity_range(config.preparation.scaling)[0]
    wanted = list(range(study.shape[0]) if slices is None else slices)
    for first in range(0, len(wanted), _CHUNK):
        chosen = wanted[first : first + _CHUNK]
        prepared = prepare(chosen)
        brain = np.asarray((prepared.images > background + 1e-3).any(axis=-1))
        filled = np.flatnonzero(brain.reshape(len(chosen), -1).any(axis=1))
        probability = np.zeros((masks.shape[0], *brain.shape), np.float32)
        if filled.size:
            probability[:, filled] = engine.passes(prepared.images[filled], masks)
        for at, index in enumerate(chosen):
            mask = None if prepared.mask is None else prepared.mask[at]
            yield SlicePasses(int(index), prepared.frames[at], brain[at], mask, probability[:, at])


def predict(
    study: Study,
    engine: Engine,
    *,
    samples: int = 0,
    seed: int = 0,
    threshold: float | None = None,
    slices: Sequence[int] | None = None,
    on_slice: Callable[[int], None] = lambda done: None,
) -> Prediction:
    """Segments a study, with its uncertainty.

    Args:
        study: The study.
        engine: The network.
        samples: T, stochastic passes with dropout (section 2.3 of the paper); 0 is one
            deterministic pass, with a standard deviation of 0.
        seed: Seed of the dropout masks, 0 or more.
        threshold: Probability above which a pixel counts as tumour; the model's by default.
        slices: Indices of the slices to compute; all by default.
        on_slice: Called with the number of slices done so far.

    Returns:
        The prediction on the study's own grid, ``done`` where it was computed.

    Raises:
        InputError: If ``samples`` or ``seed`` is negative.
    """
    if samples < 0 or seed < 0:
        raise InputError(f"samples is {samples} and seed {seed}, where 0 or more is accepted.")
    threshold = engine.threshold if threshold is None else threshold
    count, *shape = study.shape
    passes = max(samples, 1)
    maps = np.zeros((4, count, *shape), np.float32)
    done = np.zeros(count, bool)
    areas = np.zeros((passes, count), np.int64)
    spread, brain_pixels = np.zeros(passes), 0
    for result in run_passes(study, engine, samples=samples, seed=seed, slices=slices):
        grid = np.stack(summarise(result.probability))
        maps[:, result.slice_index] = restore(grid, result.frame, (shape[0], shape[1]))
        areas[:, result.slice_index] = tumour_areas(
            result.probability, result.frame, (shape[0], shape[1]), threshold
        )
        spread += _spread_by_passes(result.probability, result.brain)
        brain_pixels += int(result.brain.sum())
        done[result.slice_index] = True
        on_slice(int(done.sum()))
    return Prediction(
        probability=maps[0],
        std=maps[1],
        entropy=maps[2],
        mutual_information=maps[3],
        done=done,
        area_px_samples=areas,
        std_by_t=spread / max(brain_pixels, 1),
        threshold=float(threshold),
        samples=samples,
        seed=seed,
        model_id=engine.model_id,
        engine=engine.name,
    )


class Summary(NamedTuple):
    """float32 (n, n) each: mean, standard deviation (ddof 1), entropy, mutual information."""

    probability: NDArray[np.float32]
    std: NDArray[np.float32]
    entropy: NDArray[np.float32]
    mutual_information: NDArray[np.float32]


def summarise(probability: NDArray[np.float32]) -> Summary:
    """Reduces the passes over one slice to what a `Prediction` holds.

    Args:
        probability: float32 (T, n, n), T at least 1.

    Returns:
        Mean, standard deviation (0 for T = 1), entropy of the mean in nats, and mutual
        information: that entropy less the mean entropy of the passes, never below 0.
    """
    passes = probability.astype(np.float64)
    mean = passes.mean(axis=0)
    std = passes.std(axis=0, ddof=1) if len(passes) > 1 else np.zeros_like(mean)
    entropy = _entropy(mean)
    information = np.maximum(entropy - _entropy(passes).mean(axis=0), 0.0)
    return Summary(*(m.astype(np.float32) for m in (mean, std, entropy, information)))


def tumour_areas(
    probability: NDArray[np.float32], frame: Frame, shape: tuple[int, int], threshold: float
) -> NDArray[np.int64]:
    """int64 (T,): pixels of the study's grid above the threshold in each pass."""
    return (restore(probability, frame, shape) > threshold).sum(axis=(1, 2))


def _entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Binary entropy in nats; 0 at 0 and at 1."""
    inside = np.clip(p, 1e-12, 1.0 - 1e-12)
    entropy = -(inside * np.log(inside) + (1.0 - inside) * np.log1p(-inside))
    return np.where((p <= 0.0) | (p >= 1.0), 0.0, entropy)


def _spread_by_passes(
    probability: NDArray[np.float32], brain: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """float64 (T,): the sum over the brain of the std of the first 1, 2, …, T passes."""
    values = probability[:, brain].astype(np.float64)
    t = np.arange(1, len(values) + 1)[:, None]
    squares = np.cumsum(values**2, axis=0) - np.cumsum(values, axis=0) ** 2 / t
    variance = np.maximum(squares, 0.0) / np.maximum(t - 1, 1)
    return np.sqrt(variance).sum(axis=1)
