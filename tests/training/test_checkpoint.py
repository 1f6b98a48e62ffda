import keras
import numpy as np
import pytest
from tiny import NETWORK

from resunet.config import NetworkConfig, TrainingConfig
from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder
from resunet.network.resunet import build_resunet
from resunet.training.checkpoint import (
    NotFiniteError,
    Position,
    check_finite,
    restore_state,
    save_state,
    save_weights,
)
from resunet.training.schedule import Progress
from resunet.training.steps import make_optimizer

pytestmark = pytest.mark.keras

ROW = {"epoch": 1, "step": 3, "loss": 0.5, "val_loss": 0.25, "dice": float("nan")}
POSITION = Position(
    step=5,
    epoch=1,
    progress=Progress(0.25, 1, 0.3, 1, 2),
    totals=(1.0, 8.0, 3.0, 4.0, 5.0),
    seconds=1.5,
    history=(ROW,),
)


def make(network=NETWORK, seed=0):
    """A network and an optimizer, all of whose values are filled in."""
    network = build_resunet(network, stochastic=True, seed=seed)
    optimizer = make_optimizer(TrainingConfig(optimizer="adamw", weight_decay=0.01), network)
    rng = np.random.default_rng(seed)
    for variable in (*network.variables, *optimizer.variables):
        drawn = rng.uniform(0.1, 1.0, variable.shape)
        variable.assign((10 * drawn).astype(int) if "int" in variable.dtype else drawn)
    return network, optimizer


def values(network, optimizer):
    return [np.asarray(v.numpy()) for v in (*network.variables, *optimizer.variables)]


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path / "run")


def files(run):
    return sorted(p.name for p in (run.path / "checkpoints").iterdir())


def test_what_was_saved_is_taken_up_exactly(run):
    saved, fresh = make(seed=1), make(seed=2)
    save_state(run, *saved, POSITION)
    position = restore_state(run, *fresh)
    for one, two in zip(values(*saved), values(*fresh), strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.isnan(position.history[0]["dice"])
    assert {**position.history[0], "dice": None} == {**ROW, "dice": None}
    assert (position.step, position.epoch, position.seconds) == (5, 1, 1.5)
    assert position.progress == POSITION.progress
    assert position.totals == POSITION.totals
    assert files(run) == ["last.state.npz"]


def test_the_first_position_survives_too(run):
    saved = make()
    save_state(run, *saved, Position())
    assert restore_state(run, *saved) == Position()  # infinity included


def test_weights_for_use_load_into_the_plain_network(run):
    network, _ = make(seed=1)
    save_weights(network, run.best_weights)
    plain = build_resunet(NETWORK)
    plain.load_weights(run.best_weights)
    for one, two in zip(network.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert files(run) == ["best.weights.h5"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_never_saved(run, value):
    network, optimizer = make()
    save_weights(network, run.last_weights)
    save_state(run, network, optimizer, POSITION)
    before = [path.read_bytes() for path in (run.last_weights, run.state_file)]
    variable = network.trainable_variables[3]
    broken = variable.numpy()
    broken.ravel()[0] = value
    variable.assign(broken)
    with pytest.raises(NotFiniteError, match=variable.path):
        save_weights(network, run.last_weights)
    with pytest.raises(NotFiniteError, match=variable.path):
        save_state(run, network, optimizer, POSITION)
    assert [path.read_bytes() for path in (run.last_weights, run.state_file)] == before
    assert len(files(run)) == 2


def test_an_optimizer_that_is_not_finite_is_never_saved(run):
    network, optimizer = make()
    momentum = optimizer.variables[-1]
    momentum.assign(np.full(momentum.shape, np.nan))
    with pytest.raises(NotFiniteError, match="not finite"):
        save_state(run, network, optimizer, POSITION)
    assert not run.state_file.exists()


def test_whole_numbers_are_finite():
    check_finite([keras.Variable(3, dtype="int32"), keras.Variable(1.0)])


@pytest.mark.parametrize(
    "other",
    [
        NetworkConfig(input_size=16, filters=(4, 16), depths=(1, 1)),
        NetworkConfig(input_size=16, filters=(4, 8), depths=(1, 2)),
        NetworkConfig(input_size=16, filters=(4, 8), depths=(2, 1)),
    ],
)
def test_a_state_of_another_network_is_refused(run, other):
    save_state(run, *make(), POSITION)
    fresh = make(other)
    before = values(*fresh)
    with pytest.raises(InputError, match=r"last\.state\.npz belongs to another"):
        restore_state(run, *fresh)
    assert all(np.array_equal(a, b) for a, b in zip(before, values(*fresh), strict=True))


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1000])


def cut_short(path):
    path.write_bytes(path.read_bytes()[:500])


def spoil_middle(path):
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    path.write_bytes(bytes(data))


def leave_out_the_position(path):
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if name != "meta"}
    np.savez(path, **arrays)


def garble_the_position(path):
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, **{**arrays, "meta": np.array("{not json")})


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        cut_short,
        spoil_middle,
        leave_out_the_position,
        garble_the_position,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("hello"),
        lambda path: path.unlink(),
    ],
)
def test_a_damaged_state_is_refused_by_name(run, damage):
    state = make()
    save_state(run, *state, POSITION)
    damage(run.state_file)
    with pytest.raises(InputError, match=r"last\.state\.npz"):
        restore_state(run, *state)
