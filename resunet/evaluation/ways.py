"""Ways to get several opinions on a slice: dropout, the mirrored slice, several networks.

Whatever the way, what comes out are passes (P, n, n) on the slice's own frame; their mean is the
prediction and their spread its uncertainty. What a way costs is P, the network passes a slice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.errors import InputError
from resunet.evaluation.seen import RunPasses
from resunet.inference.engines import Engine
from resunet.inference.predict import Passes, SlicePasses
from resunet.study import Study

WAYS: Mapping[str, str] = MappingProxyType(
    {
        "deterministic": "one pass, no dropout",
        "dropout": "T stochastic passes",
        "flip": "the slice and its mirror image, left to right",
        "dropout-flip": "T stochastic passes of each of these",
        "ensemble": "one pass of each of several networks",
        "ensemble-flip": "these, of the slice and of its mirror image",
    }
)
"""The ways, and what each is."""

_MANY = ("ensemble", "ensemble-flip")


class Mirrored:
    """An engine that is shown the mirrored slice, and whose answer is mirrored back.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = engine.name
        self.model_id = engine.model_id
        self.model_sha256 = engine.model_sha256
        self.config = engine.config
        self.threshold = engine.threshold
        self.intensities = engine.intensities
        self.temperature = engine.temperature
        self.doubt_level = engine.doubt_level

    def passes(
        self, images: NDArray[np.float32], masks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine.passes`; columns run the other way inside."""
        mirrored = np.ascontiguousarray(images[:, :, ::-1])
        return np.ascontiguousarray(self.engine.passes(mirrored, masks)[..., ::-1])


class Together:
    """The passes of several engines over one slice, one engine's after the other's.

    A `resunet.evaluation.seen.Way`.

    Args:
        name: What the way is called.
        engines: At least one; they see slices in one manner.
        samples: T, stochastic passes of each engine; 0 is one deterministic pass.
        seed: Seed of the dropout masks, the same for each engine.
        threshold: Probability above which a pixel counts as tumour; the first engine's by default.

    Attributes:
        cost: Network passes a slice.

    Raises:
        InputError: If there is no engine, they prepare slices otherwise, their grids differ, or
            ``samples`` or ``seed`` is negative.
    """

    def __init__(
        self,
        name: str,
        engines: Sequence[Engine],
        *,
        samples: int = 0,
        seed: int = 0,
        threshold: float | None = None,
    ) -> None:
        if not engines:
            raise InputError("There is no network to predict with; at least one is accepted.")
        if samples < 0 or seed < 0:
            raise InputError(f"samples is {samples} and seed {seed}, where 0 or more is accepted.")
        first = engines[0]
        for other in engines[1:]:
            if _view(other) != _view(first):
                raise InputError(
                    f"{other.model_id} and {first.model_id} prepare slices differently; networks "
                    "of one preparation and one grid are accepted together."
                )
        self.name = name
        self.engines = tuple(engines)
        self.samples = samples
        self.seed = seed
        self.threshold = float(first.threshold if threshold is None else threshold)
        self.cost = len(engines) * max(samples, 1)

    @property
    def key(self) -> Mapping[str, Any]:
        """JSON values that differ wherever predictions may differ."""
        return {
            "name": self.name,
            "engines": [
                {
                    "model": engine.model_sha256,
                    "engine": engine.name,
                    "preparation": asdict(engine.config.preparation),
                    "temperature": engine.temperature,
                    "mirrored": isinstance(engine, Mirrored),
                }
                for engine in self.engines
            ],
            "samples": self.samples,
            "seed": self.seed if self.samples else None,
            "threshold": self.threshold,
        }

    def over(self, study: Study) -> RunPasses:
        """The passes over a study's slices."""
        runs = [
            Passes(study, engine, samples=self.samples, seed=self.seed) for engine in self.engines
        ]

        def run(slices: Sequence[int]) -> Iterator[SlicePasses]:
            for several in zip(*(each(slices) for each in runs), strict=True):
                probability = np.concatenate([each.probability for each in several])
                yield several[0]._replace(probability=probability)

        return run


def make_way(
    name: str,
    engines: Sequence[Engine],
    *,
    samples: int,
    seed: int = 0,
    threshold: float | None = None,
) -> Together:
    """A way by its name.

    Args:
        name: One of `WAYS`.
        engines: The networks: one, or several for an ensemble.
        samples: T, for the ways with dropout; the others take one pass of each.
        seed: Seed of the dropout masks.
        threshold: As for `Together`.

    Raises:
        InputError: If there is no such way, it takes several networks and one is given, or the
            other way round, or T is below 2 where dropout is to be drawn.
    """
    if name not in WAYS:
        raise InputError(f"{name} is not a way to predict; {', '.join(WAYS)} are accepted.")
    if (len(engines) > 1) != (name in _MANY):
        accepted = "two or more are" if name in _MANY else "one is"
        given = "1 network" if len(engines) == 1 else f"{len(engines)} networks"
        raise InputError(f"{name} was given {given}, where {accepted} accepted.")
    drawn = name.startswith("dropout")
    if drawn and samples < 2:
        raise InputError(f"samples is {samples} for {name}, where 2 or more is accepted.")
    members: list[Engine] = []
    for engine in engines:
        members += [engine, Mirrored(engine)] if name.endswith("flip") else [engine]
    return Together(name, members, samples=samples if drawn else 0, seed=seed, threshold=threshold)


def _view(engine: Engine) -> tuple[Any, int]:
    return engine.config.preparation, engine.config.network.input_size
