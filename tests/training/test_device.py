import pytest
import tensorflow as tf

from resunet.config import TrainingConfig
from resunet.errors import InputError
from resunet.training import device
from resunet.training.device import configure_runtime, device_name, dtype_policy, one_device

pytestmark = pytest.mark.keras


def test_deterministic_comes_too_late_once_tensorflow_has_computed():
    tf.constant(1.0) + 1.0
    with pytest.raises(InputError, match="deterministic"):
        configure_runtime(deterministic=True)


def test_the_usual_runtime_can_be_set_at_any_time():
    tf.constant(1.0) + 1.0
    configure_runtime()
    assert tf.config.threading.get_inter_op_parallelism_threads() == 0


def test_one_device_is_one_replica_with_a_name():
    strategy = one_device()
    assert strategy.num_replicas_in_sync == 1
    if not tf.config.list_physical_devices("GPU"):
        assert device_name(strategy) == "CPU"


@pytest.mark.parametrize(
    ("flags", "policy"),
    [
        ("flags : fpu avx2 avx512_bf16", "mixed_bfloat16"),
        ("flags : fpu amx_bf16 amx_tile", "mixed_bfloat16"),
        ("Features : fp asimd bf16", "mixed_bfloat16"),
        ("flags : fpu avx2 avx512f", "float32"),
        (None, "float32"),
    ],
)
def test_sixteen_bits_only_when_asked_for_and_fast(flags, policy, tmp_path, monkeypatch):
    monkeypatch.setattr(device, "_CPU_INFO", tmp_path / "cpuinfo")
    if flags:
        (tmp_path / "cpuinfo").write_text(f"processor : 0\n{flags}\n", encoding="utf-8")
    assert dtype_policy(TrainingConfig()) == "float32"
    if not tf.config.list_physical_devices("GPU"):
        assert dtype_policy(TrainingConfig(mixed_precision=True)) == policy
