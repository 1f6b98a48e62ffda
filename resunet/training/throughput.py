"""How much of the compiled step's speed a training reaches: whether the pipeline starves it."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from resunet.config import Config
from resunet.data.cache import PackedSlices
from resunet.training.schedule import Progress, learning_rate
from resunet.training.steps import Trainer


@dataclass(frozen=True)
class Throughput:
    """Images a second, measured in turn, so that a machine's moods hit both alike.

    Attributes:
        bare: Of the compiled step on one batch that lies ready, each repetition.
        training: Of whole training steps: reading, augmenting, computing.
    """

    bare: tuple[float, ...]
    training: tuple[float, ...]

    @property
    def share(self) -> float:
        """Median over the pairs of training / bare."""
        return statistics.median(t / b for t, b in zip(self.training, self.bare, strict=True))


def measure_throughput(
    config: Config,
    data: PackedSlices,
    strategy: tf.distribute.Strategy,
    *,
    repetitions: int = 7,
    steps: int = 10,
    on_repetition: Callable[[object], None] = lambda done: None,
) -> Throughput:
    """Measures pairs of runs of some steps, after two steps to warm up.

    Args:
        config: All settings.
        data: Slices to train on; what is learnt is thrown away.
        strategy: Devices.
        repetitions: Pairs.
        steps: Steps in each run.
        on_repetition: Called after each pair.
    """
    trainer = Trainer(config, strategy)
    rate = learning_rate(0, Progress(), config.training)
    batches = trainer.batches(data, 0)
    fixed = next(batches)
    for _ in range(2):
        trainer.train(fixed, rate)

    def images_per_second(source: Iterator[dict[str, Any]]) -> float:
        began = time.perf_counter()
        for _ in range(steps):
            trainer.train(next(source), rate)
        return steps * config.training.batch_size / (time.perf_counter() - began)

    def repeat() -> Iterator[dict[str, Any]]:
        while True:
            yield fixed

    bare, training = [], []
    for repetition in range(repetitions):
        # the batches made ahead while the bare step ran would flatter the training
        for _ in range(3):
            trainer.train(next(batches), rate)
        training.append(images_per_second(batches))
        bare.append(images_per_second(repeat()))
        on_repetition(repetition)
    return Throughput(tuple(bare), tuple(training))
