"""Several devices, of one machine or of several, as one: a `tf.distribute` strategy.

All processes take the same decisions in the same step, since each of them follows from numbers
that were summed over all of them. The first process, the chief, alone writes.
"""

import functools
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from resunet.config import Config
from resunet.errors import InputError
from resunet.jobs.cluster import Cluster, read_cluster
from resunet.training.device import one_device

PATIENCE_SECONDS = 600.0
"""How long a process waits for the others' numbers before it takes them for lost."""

_LOSS = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
    tf.errors.UnknownError,
)


def choose_strategy(cluster: Cluster | None = None) -> tf.distribute.Strategy:
    """Devices to train on: of all machines of a cluster, else all GPUs, else the CPU.

    Args:
        cluster: The processes that train together; then it is to be called before TensorFlow
            computes, and waits for all of them.
    """
    if cluster is not None:
        return tf.distribute.MultiWorkerMirroredStrategy(
            communication_options=tf.distribute.experimental.CommunicationOptions(
                timeout_seconds=PATIENCE_SECONDS
            )
        )
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return one_device()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the run's files."""
    cluster = _cluster(strategy)
    return cluster is None or cluster.is_chief


def caveat(config: Config, strategy: tf.distribute.Strategy) -> str:
    """In what this training differs from that on one device; an empty string if in nothing."""
    count = strategy.num_replicas_in_sync
    if count == 1 or config.loss.dice_pool != "batch":
        return ""
    return (
        f'loss.dice_pool is "batch": each of the {count} devices pools its Dice over its own '
        f"{config.training.batch_size // count} slices, which is another loss than one device's "
        f'over {config.training.batch_size}; "sample" is the same on any number of devices.'
    )


def replicas_here(context: tf.distribute.InputContext) -> range:
    """The replicas that this process feeds."""
    count = context.num_replicas_in_sync // context.num_input_pipelines
    return range(context.input_pipeline_id * count, (context.input_pipeline_id + 1) * count)


def distributed(
    strategy: tf.distribute.Strategy,
    feed: Callable[[tf.distribute.InputContext], tf.data.Dataset],
) -> Iterable[Any]:
    """A data set on a strategy's devices.

    Args:
        strategy: Devices.
        feed: Makes the data set of one process: one element for each of `replicas_here` in turn.
    """
    options = None
    if _cluster(strategy) is not None:
        # TensorFlow's copies ahead of the step would hold up the process's end for a minute
        options = tf.distribute.InputOptions(experimental_fetch_to_device=False)
    return strategy.distribute_datasets_from_function(feed, options)


def agreed(strategy: tf.distribute.Strategy, wish: Callable[[], bool]) -> Callable[[], bool]:
    """A question that all processes answer alike: yes, where one of them would.

    All of them are to ask it at the same moments.
    """
    if _cluster(strategy) is None:
        return wish
    add = _summing(strategy)
    return lambda: bool(add(np.array([wish()], np.int32))[0])


def from_chief(strategy: tf.distribute.Strategy, data: bytes) -> bytes:
    """The chief's bytes, on every process; to be called on all of them.

    Args:
        strategy: Devices.
        data: What the chief gives; what others give does not matter.
    """
    cluster = _cluster(strategy)
    if cluster is None:
        return data
    mine, add = data if cluster.is_chief else b"", _summing(strategy)
    length = int(add(np.array([len(mine)], np.int32))[0])
    words = np.zeros(-(-length // 4), np.int32)
    if mine:
        words[:] = np.frombuffer(mine.ljust(4 * len(words), b"\0"), np.int32)
    return add(words).tobytes()[:length] if length else b""


def take_chiefs(strategy: tf.distribute.Strategy, variables: Sequence[keras.Variable]) -> None:
    """Gives float32 variables the chief's values; to be called on all processes."""
    if _cluster(strategy) is None:
        return
    own = [keras.ops.convert_to_numpy(variable) for variable in variables]
    chiefs = from_chief(strategy, b"".join(values.tobytes() for values in own))
    places = np.cumsum([values.size for values in own])[:-1]
    for variable, values, new in zip(
        variables, own, np.split(np.frombuffer(chiefs, np.float32), places), strict=True
    ):
        variable.assign(new.reshape(values.shape))


def check_alike(strategy: tf.distribute.Strategy, what: str, value: str) -> None:
    """Makes sure that all processes were given the same.

    Raises:
        InputError: On all of them, if one differs from the chief.
    """
    cluster = _cluster(strategy)
    if cluster is None:
        return
    own = hashlib.sha256(value.encode()).digest()
    differs = np.zeros(len(cluster.addresses), np.int32)
    differs[cluster.index] = own != from_chief(strategy, own)
    others = np.flatnonzero(_summing(strategy)(differs))
    if len(others):
        raise InputError(
            f"{cluster.name(int(others[0]))} has other {what} than {cluster.name(0)}; the same on "
            "all of them is accepted."
        )


def what_was_lost(strategy: tf.distribute.Strategy, error: BaseException) -> str:
    """Which processes are gone, as a sentence; an empty string if that is not what happened."""
    cluster = _cluster(strategy)
    if cluster is None or not isinstance(error, _LOSS):
        return ""
    silent = cluster.silent()
    if not silent:
        return "The connection to the other workers was lost."
    gone = " and ".join(silent)
    return f"{gone[0].upper()}{gone[1:]} {'is' if len(silent) == 1 else 'are'} lost."


def _cluster(strategy: tf.distribute.Strategy) -> Cluster | None:
    """The processes that a strategy spans; None where it is of this one alone."""
    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    return read_cluster() if several else None


@functools.cache
def _summing(strategy: tf.distribute.Strategy) -> Callable[[NDArray[np.int32]], NDArray[np.int32]]:
    """Sums int32 values over the processes, each of which gives its own once."""

    def share(values: tf.Tensor) -> tf.Tensor:
        context = tf.distribute.get_replica_context()
        here = len(strategy.extended.worker_devices)
        first = tf.equal(context.replica_id_in_sync_group % here, 0)
        return context.all_reduce("sum", tf.where(first, values, tf.zeros_like(values)))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
    def summed(values: tf.Tensor) -> tf.Tensor:
        return strategy.experimental_local_results(strategy.run(share, args=(values,)))[0]

    return lambda values: summed(tf.constant(values)).numpy()
