"""Which device computes, and how: set before TensorFlow starts to compute."""

from pathlib import Path

import tensorflow as tf

from resunet.config import TrainingConfig
from resunet.errors import InputError

_CPU_INFO = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # the last is ARM's


def configure_runtime(*, deterministic: bool = False) -> None:
    """Sets TensorFlow up for this process: memory growth on GPUs, bit-equal repetition.

    Raises:
        InputError: If TensorFlow has computed before, when it is too late for
            ``deterministic``.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    if deterministic:
        try:
            tf.config.threading.set_inter_op_parallelism_threads(1)
        except RuntimeError as error:
            raise InputError(
                "deterministic can be set only before TensorFlow computes in a process."
            ) from error
        tf.config.experimental.enable_op_determinism()


def one_device() -> tf.distribute.Strategy:
    """The first GPU, or the CPU where there is none."""
    gpus = tf.config.list_logical_devices("GPU")
    return tf.distribute.OneDeviceStrategy(gpus[0].name if gpus else "/cpu:0")


def device_name(strategy: tf.distribute.Strategy) -> str:
    """What a user calls the devices of a strategy, such as ``NVIDIA GeForce RTX 3060 Ti``."""
    names = []
    physical = {d.name.split(":", 1)[1]: d for d in tf.config.list_physical_devices("GPU")}
    for device in strategy.extended.worker_devices:
        kind = tf.DeviceSpec.from_string(device)
        gpu = physical.get(f"GPU:{kind.device_index}") if kind.device_type == "GPU" else None
        details = tf.config.experimental.get_device_details(gpu) if gpu else {}
        names.append(details.get("device_name", kind.device_type))
    workers = strategy.num_replicas_in_sync // len(names)
    return " + ".join(names) + (f" in each of {workers} processes" if workers > 1 else "")


def dtype_policy(config: TrainingConfig) -> str:
    """The layers' dtype: float32, or the 16 bits that the device computes fast, if it has any."""
    if not config.mixed_precision:
        return "float32"
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        capability = tf.config.experimental.get_device_details(gpu).get("compute_capability")
        if capability and capability < (8, 0):
            return "mixed_float16"
    return "mixed_bfloat16" if gpus or _cpu_has_bfloat16() else "float32"


def _cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; else it is slower than float32."""
    try:
        words = _CPU_INFO.read_text(encoding="utf-8", errors="replace").split()
    except OSError:  # not Linux
        return False
    return not _BFLOAT16_FLAGS.isdisjoint(words)
