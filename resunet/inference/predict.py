"""`predict`: the one way from a `Study` to a `Prediction`."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resunet.data.preprocess import Frame, Preparer, intensity_range, restore
from resunet.errors import InputError
from resunet.inference.engines import Engine
from resunet.inference.fitness import (
    IntensityRanges,
    missing_warnings,
    profile_of,
    profile_warnings,
    unlike_words,
)
from resunet.inference.maps import spread_by_passes, summarise, tumour_areas
from resunet.inference.masks import dropout_masks
from resunet.study import Prediction, Study

_CHUNK = 8  # slices prepared and computed together, so that results come while the rest waits
_SCOUTED = 32  # slices looked at in search of the tumour: half a second on two cores


_SINGLE_SLICE = (
    "The model scales and frames whole patients; from a single slice both are estimated less "
    "well, so the prediction may differ from that of the whole patient."
)


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


class Passes:
    """Runs the network over slices of a study, a few at a time.

    A slice without brain is not computed: nothing is there.

    Args:
        study: The study.
        engine: The network.
        samples: T, stochastic passes; 0 is one deterministic pass.
        seed: Seed of the dropout masks.
        flip: Whether each pass is averaged with the same pass over the slice mirrored left to
            right, which takes twice as long.

    Attributes:
        prepare: Prepares the study's slices.
    """

    def __init__(
        self, study: Study, engine: Engine, *, samples: int, seed: int, flip: bool = False
    ) -> None:
        self.study = study
        self.engine = engine
        self.flip = flip
        self.samples = samples
        self.seed = seed
        config = engine.config
        self._background = intensity_range(config.preparation.scaling)[0]
        self._masks = dropout_masks(config.network, samples=samples, seed=seed)
        self.prepare = Preparer(study, config.preparation, config.network.input_size)

    def __call__(self, slices: Sequence[int]) -> Iterator[SlicePasses]:
        """Gives the passes over the slices of these indices, in this order."""
        return self._run(slices, self._masks)

    def once(self, slices: Sequence[int]) -> Iterator[SlicePasses]:
        """The same with a single deterministic pass."""
        return self._run(slices, dropout_masks(self.engine.config.network, samples=0, seed=0))

    def _run(self, slices: Sequence[int], masks: NDArray[np.float32]) -> Iterator[SlicePasses]:
        for first in range(0, len(slices), _CHUNK):
            chosen = slices[first : first + _CHUNK]
            prepared = self.prepare(chosen)
            brain = np.asarray((prepared.images > self._background + 1e-3).any(axis=-1))
            filled = np.flatnonzero(brain.reshape(len(chosen), -1).any(axis=1))
            probability = np.zeros((len(masks), *brain.shape), np.float32)
            if filled.size:
                probability[:, filled] = self._computed(prepared.images[filled], masks)
            for at, index in enumerate(chosen):
                mask = None if prepared.mask is None else prepared.mask[at]
                yield SlicePasses(
                    int(index), prepared.frames[at], brain[at], mask, probability[:, at]
                )

    def _computed(
        self, images: NDArray[np.float32], masks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """float32 (T, K, n, n) of images (K, n, n, 4), columns running left."""
        probability = self.engine.passes(images, masks)
        if not self.flip:
            return probability
        mirrored = self.engine.passes(np.ascontiguousarray(images[:, :, ::-1]), masks)
        return np.float32(0.5) * (probability + mirrored[..., ::-1])


class Predictor:
    """Predicts a study a few slices at a time, in any order, and keeps what is done.

    Args:
        study: The study.
        engine: The network.
        samples: T, stochastic passes with dropout (section 2.3 of the paper); 0 is one
            deterministic pass, with a standard deviation of 0.
        seed: Seed of the dropout masks, 0 or more.
        threshold: Probability above which a pixel counts as tumour; the model's by default.

    Raises:
        InputError: If ``samples`` or ``seed`` is negative, or the study lacks a contrast that
            the model was not trained to do without.
    """

    def __init__(
        self,
        study: Study,
        engine: Engine,
        *,
        samples: int = 0,
        seed: int = 0,
        threshold: float | None = None,
    ) -> None:
        if samples < 0 or seed < 0:
            raise InputError(f"samples is {samples} and seed {seed}, where 0 or more is accepted.")
        missing = missing_warnings(study, engine.config, engine.model_id)
        self.threshold = float(engine.threshold if threshold is None else threshold)
        self._passes = Passes(study, engine, samples=samples, seed=seed)
        fitness, self._unlike = _fitness(self._passes)
        self._warnings = (*missing, *fitness)
        passes, count = max(samples, 1), study.shape[0]
        self._maps = np.zeros((4, *study.shape), np.float32)
        self._areas = np.zeros((passes, count), np.int64)
        self._spread = np.zeros((passes, count))
        self._brain_pixels = np.zeros(count, np.int64)
        self.done = np.zeros(count, bool)

    def compute(self, slices: Sequence[int]) -> Iterator[int]:
        """Computes slices; gives the index of each that is done.

        The slices that the network computes together are all kept before the first of them
        is given, so that who stops asking in between loses no work.
        """
        for first in range(0, len(slices), _CHUNK):
            chunk = slices[first : first + _CHUNK]
            for result in self._passes(chunk):
                self._keep(result)
            yield from chunk

    def strongest_slice(self) -> int | None:
        """Looks for the slice with most tumour, by one deterministic pass over some slices.

        At most `_SCOUTED` slices, evenly spaced, and then those round the best of them: of a
        tumour that is thinner than the spacing nothing may be seen.

        Returns:
            The slice's index; None where no tumour is seen.
        """
        count = self.done.size
        step = -(-count // _SCOUTED)
        areas = dict(self._scout(range(step // 2, count, step)))
        best = max(areas, key=lambda index: areas[index])
        if areas[best] and step > 1:
            around = range(max(best - step + 1, 0), min(best + step, count))
            areas |= dict(self._scout([index for index in around if index not in areas]))
        best = max(areas, key=lambda index: areas[index])
        return best if areas[best] else None

    def _scout(self, slices: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Index and tumour pixels of slices, by one deterministic pass."""
        shape = self._passes.study.shape[1:]
        for result in self._passes.once(slices):
            areas = tumour_areas(result.probability, result.frame, shape, self.threshold)
            yield result.slice_index, int(areas[0])

    def _keep(self, result: SlicePasses) -> None:
        index, shape = result.slice_index, self._passes.study.shape[1:]
        self._maps[:, index] = restore(np.stack(summarise(result.probability)), result.frame, shape)
        self._areas[:, index] = tumour_areas(
            result.probability, result.frame, shape, self.threshold
        )
        self._spread[:, index] = spread_by_passes(result.probability, result.brain)
        self._brain_pixels[index] = result.brain.sum()
        self.done[index] = True

    def prediction(self) -> Prediction:
        """What is done so far, as a record of its own."""
        maps, engine = self._maps, self._passes.engine
        if not self.done.all():  # else nothing is written into them any more
            maps = np.zeros_like(self._maps)  # takes memory only where something is written
            maps[:, self.done] = self._maps[:, self.done]
        return Prediction(
            probability=maps[0],
            std=maps[1],
            entropy=maps[2],
            mutual_information=maps[3],
            done=self.done.copy(),
            area_px_samples=self._areas.copy(),
            std_by_t=self._spread.sum(axis=1) / max(int(self._brain_pixels.sum()), 1),
            threshold=self.threshold,
            samples=self._passes.samples,
            seed=self._passes.seed,
            model_id=engine.model_id,
            engine=engine.name,
            model_sha256=getattr(engine, "model_sha256", ""),
            temperature=getattr(engine, "temperature", 1.0),
            doubt_level=getattr(engine, "doubt_level", None),
            unlike=self._unlike,
            warnings=self._warnings,
        )


def _fitness(passes: Passes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """In what the study is not what the network learnt from: warnings, and in a few words."""
    engine, missing = passes.engine, passes.study.missing
    unlike = tuple(f"{contrast.upper()} is missing" for contrast in missing)
    if engine.config.preparation.scope == "study" and passes.study.shape[0] == 1:
        return (_SINGLE_SLICE,), (*unlike, "a single slice of a patient")
    ranges: IntensityRanges | None = getattr(engine, "intensities", None)
    profile = None if ranges is None else profile_of(passes.prepare)
    if ranges is None or profile is None:
        return (), unlike
    return profile_warnings(profile, ranges), (*unlike, *unlike_words(profile, ranges))


def predict(
    study: Study,
    engine: Engine,
    *,
    samples: int = 0,
    seed: int = 0,
    threshold: float | None = None,
    slices: Sequence[int] | None = None,
    on_slice: Callable[[int], None] = lambda index: None,
) -> Prediction:
    """Segments a study, with its uncertainty.

    Args:
        study: The study.
        engine: The network.
        samples: As for `Predictor`.
        seed: As for `Predictor`.
        threshold: As for `Predictor`.
        slices: Indices of the slices to compute; all by default.
        on_slice: Called with the index of each slice that is done.

    Returns:
        The prediction on the study's own grid, ``done`` where it was computed.

    Raises:
        InputError: As for `Predictor`.
    """
    predictor = Predictor(study, engine, samples=samples, seed=seed, threshold=threshold)
    for index in predictor.compute(range(study.shape[0]) if slices is None else slices):
        on_slice(index)
    return predictor.prediction()
