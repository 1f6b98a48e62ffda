import csv
import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from synthetic import write_paper_layout
from tiny import NETWORK, ROOT, packed, python_environment, run_python, tiny_config

from resunet.cli import main
from resunet.config import TrainingConfig
from resunet.data.cache import packed_slices
from resunet.data.cases import cases_of_split, find_cases
from resunet.errors import InputError
from resunet.jobs.run_folder import HISTORY_COLUMNS, RunFolder
from resunet.network.resunet import build_resunet
from resunet.presets import preset
from resunet.training import loop, saving
from resunet.training.device import one_device
from resunet.training.loop import train
from resunet.training.order import slice_order
from resunet.training.outcome import Watch
from resunet.training.schedule import Progress, after_epoch, learning_rate
from resunet.training.steps import Totals, Trainer

pytestmark = pytest.mark.keras


@cache
def traced(config):
    trainer = Trainer(config, one_device())
    variables = (*trainer.network.variables, *trainer.optimizer.variables)
    return trainer, variables, [v.numpy() for v in variables]


def trainer_of(config, strategy):
    """A trainer at its beginning. Those that differ in their plan alone share one.

    Tracing its step takes seconds, and what it traces does not depend on the plan.
    """
    plan = {
        "epochs": 2,
        "steps_per_epoch": 3,
        "learning_rate": 0.01,
        "early_stopping_patience": 5,
        "plateau_patience": 2,
    }
    trainer, variables, initial = traced(replace(config, training=replace(config.training, **plan)))
    for variable, value in zip(variables, initial, strict=True):
        variable.assign(value)
    trainer.config = config
    return trainer


@pytest.fixture(scope="module", autouse=True)
def traced_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "Trainer", trainer_of)
        yield
    traced.cache_clear()


class Recorder:
    """Watches a run: what it was told, and what a reader of the folder saw meanwhile."""

    def __init__(self, run, stop_after=None):
        self.run = run
        self.stop_after = stop_after
        self.steps = []
        self.totals = []
        self.seen = []

    def on_step(self, position, totals):
        self.steps.append(position.step)
        self.totals.append(totals)
        self.seen.append((position.epoch, self.run.read_history(), self.run.read_status()))

    def should_stop(self):
        return self.stop_after is not None and len(self.steps) >= self.stop_after

    def watch(self):
        return Watch(on_step=self.on_step, should_stop=self.should_stop)


def start(folder, config, data=None, others=None, *, resume=False, stop_after=None):
    run = RunFolder(folder)
    if not run.exists():
        run.write_config(config, {})
    recorder = Recorder(run, stop_after)
    outcome = train(
        config,
        data or packed(),
        others or packed(5, seed=1),
        run,
        resume=resume,
        watch=recorder.watch(),
    )
    return run, outcome, recorder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Two epochs of three steps, from beginning to end."""
    return start(tmp_path_factory.mktemp("runs") / "finished", tiny_config())


def losses_of(run, data):
    """Validation loss with each weights file of a run."""
    config, _ = run.read_config()
    trainer = trainer_of(config, one_device())
    losses = []
    for path in (run.best_weights, run.last_weights):
        trainer.network.load_weights(path)
        losses.append(trainer.validate(data).mean_loss)
    return losses


def arrays(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def assert_finite_weights(path):
    network = build_resunet(NETWORK)
    network.load_weights(path)
    assert all(np.isfinite(v.numpy()).all() for v in network.variables)


def test_a_run_leaves_its_history_status_and_checkpoints(finished):
    run, outcome, recorder = finished
    assert outcome.state == "finished"
    assert outcome.message == "All 2 epochs are done."
    assert recorder.steps == [1, 2, 3, 4, 5, 6]
    lines = run.history_file.read_text().splitlines()
    assert lines[0] == ",".join(HISTORY_COLUMNS)
    assert len(lines) == 3
    status = run.read_status()
    assert (status["state"], status["epoch"], status["epochs"]) == ("finished", 2, 2)
    assert status["step"] == 6
    names = {path.name for path in (run.path / "checkpoints").iterdir()}
    assert names == {"best.weights.h5", "last.weights.h5", "last.state.npz"}


def test_history_holds_the_sums_of_each_epochs_steps(finished):
    run, outcome, recorder = finished
    rows = run.read_history()
    for row, last in zip(rows, (recorder.totals[2], recorder.totals[5]), strict=True):
        assert last.slices == 12  # three steps of four slices: an epoch starts from nothing
        assert row["loss"] == pytest.approx(last.mean_loss, rel=1e-6)
        assert row["dice"] == pytest.approx(last.dice, rel=1e-6)
        assert row["seconds"] > 0
    assert [row["epoch"] for row in rows] == [1, 2]
    assert [row["step"] for row in rows] == [3, 6]
    assert [row["learning_rate"] for row in rows] == [0.01, 0.01]
    assert [dict(row)["val_loss"] for row in outcome.position.history] == pytest.approx(
        [row["val_loss"] for row in rows], rel=1e-6
    )


def test_a_reader_sees_whole_lines_at_every_moment(finished):
    _, _, recorder = finished
    for epochs, rows, status in recorder.seen:
        assert [row["epoch"] for row in rows] == list(range(1, epochs + 1))
        assert all(np.isfinite(list(row.values())).all() for row in rows)
        assert (status["state"], status["epoch"]) == ("running", epochs)


def test_the_weights_files_are_of_the_best_and_the_last_epoch(finished):
    run, _, _ = finished
    validation = [row["val_loss"] for row in run.read_history()]
    best, last = losses_of(run, packed(5, seed=1))
    assert best == pytest.approx(min(validation), rel=1e-5)
    assert last == pytest.approx(validation[-1], rel=1e-5)


def test_best_checkpoint_rate_and_stopping_follow_the_validation_loss(tmp_path, monkeypatch):
    """Losses are made up; by hand: best at epoch 2, halved after 4, ended after 5."""
    made_up = iter([1.0, 0.9, 0.95, 0.9, 0.95, 0.1])
    weights = []

    def validate(self, data, on_batch):
        weights.append([v.numpy() for v in self.network.weights])
        return Totals(loss=next(made_up), slices=1.0, true=1.0)

    monkeypatch.setattr(Trainer, "validate", validate)
    config = tiny_config(epochs=9, steps_per_epoch=1, early_stopping_patience=3, plateau_patience=2)
    run, outcome, _ = start(tmp_path, config)
    rows = run.read_history()
    assert outcome.state == "finished"
    assert outcome.message == "The validation loss has not improved for 3 epochs."
    assert [row["val_loss"] for row in rows] == [1.0, 0.9, 0.95, 0.9, 0.95]
    assert [row["learning_rate"] for row in rows] == [0.01, 0.01, 0.01, 0.01, 0.005]
    network = build_resunet(config.network)
    for path, epoch in ((run.best_weights, 2), (run.last_weights, 5)):
        network.load_weights(path)
        for variable, value in zip(network.weights, weights[epoch - 1], strict=True):
            np.testing.assert_array_equal(variable.numpy(), value)
    status = run.read_status()
    assert (status["best_epoch"], status["best_val_loss"]) == (2, 0.9)


def keras_decisions(losses, config):
    """Learning rate of each epoch, and how many there are, by Keras's own callbacks."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(config.learning_rate), loss="mse")
    callbacks = [
        keras.callbacks.ReduceLROnPlateau(
            factor=config.plateau_factor, patience=config.plateau_patience
        ),
        keras.callbacks.EarlyStopping(patience=config.early_stopping_patience),
    ]
    model.stop_training = False
    for callback in callbacks:
        callback.set_model(model)
        callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        rates.append(float(model.optimizer.learning_rate))
        for callback in callbacks:
            callback.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    return rates


def our_decisions(losses, config):
    progress, rates = Progress(), []
    for epoch, loss in enumerate(losses):
        rates.append(learning_rate(epoch, progress, config))
        progress = after_epoch(progress, loss, config)
        if progress.should_stop(config):
            break
    return rates


@pytest.mark.parametrize(("patience", "stopping"), [(2, 5), (1, 3), (3, 4)])
@pytest.mark.parametrize("seed", range(6))
def test_decisions_are_those_of_kerass_callbacks(seed, patience, stopping):
    rng = np.random.default_rng(seed)
    # falling, noisy, with ties and with steps below the plateau rule's 1e-4
    losses = 1.0 / np.sqrt(np.arange(1, 31)) + rng.normal(0, 0.05, 30)
    losses[5:8] = losses[4] - 3e-5 * np.arange(1, 4)
    losses[10] = losses[9]
    config = TrainingConfig(plateau_patience=patience, early_stopping_patience=stopping)
    expected = keras_decisions(losses, config)
    assert our_decisions(losses, config) == pytest.approx(expected, rel=1e-6)
    assert len(set(expected)) > 1  # there was something to decide


def planted(step, config, count=24):
    """Slices of which one, first seen in this step (from 1), holds a NaN."""
    data = packed(count)
    images = data.images.copy()
    chosen = slice_order(config.seed, step - 1, config.training.batch_size, count)
    images[chosen[0], 5, 5, 0] = np.nan
    return replace(data, images=images)


def test_what_is_not_finite_fails_and_keeps_the_last_finite_weights(tmp_path):
    """On a CPU, ReLU hides a NaN from the loss: it is found in the weights, or in the loss."""
    config = tiny_config()
    run, outcome, _ = start(tmp_path, config, planted(5, config))
    assert outcome.state == "failed"
    assert re.search(r"not finite.* at epoch 2, step [56]\b", outcome.message)
    status = run.read_status()
    assert (status["state"], status["message"]) == ("failed", outcome.message)
    assert len(run.read_history()) == 1
    for path in (run.best_weights, run.last_weights):
        assert_finite_weights(path)
    for array in arrays(run.state_file).values():
        assert array.dtype.kind == "U" or np.isfinite(array).all()


def test_failing_in_the_first_epoch_saves_nothing(tmp_path):
    config = tiny_config()
    run, outcome, _ = start(tmp_path, config, planted(1, config))
    assert outcome.state == "failed"
    assert re.search(r"at epoch 1, step [123]\b", outcome.message)
    assert run.read_status()["state"] == "failed"
    assert not (run.path / "checkpoints").exists()


def test_weights_that_are_not_finite_are_not_saved_on_stopping_either(tmp_path):
    config = tiny_config()
    run, outcome, _ = start(tmp_path, config, planted(1, config), stop_after=2)
    assert outcome.state == "failed"
    assert "at epoch 1, step " in outcome.message
    assert not (run.path / "checkpoints").exists()


def test_a_loss_that_is_not_finite_fails_in_its_step(tmp_path, monkeypatch):
    """Step 5's loss is made up; its weights are thrown away with it."""
    steps = iter([0.5, 0.4, 0.3, 0.2, float("nan"), 0.1])
    monkeypatch.setattr(Trainer, "train", lambda *_: Totals(loss=next(steps), slices=1.0))
    run, outcome, recorder = start(tmp_path, tiny_config())
    assert outcome.state == "failed"
    assert "Loss not finite at epoch 2, step 5" in outcome.message
    assert recorder.steps == [1, 2, 3, 4]
    assert len(run.read_history()) == 1
    assert json.loads(str(arrays(run.state_file)["meta"]))["step"] == 3


def test_an_enormous_learning_rate_fails(tmp_path):
    config = tiny_config(learning_rate=1e30, steps_per_epoch=2, epochs=3)
    run, outcome, _ = start(tmp_path, config)
    assert outcome.state == "failed"
    assert re.search(r"at epoch \d, step \d", outcome.message)
    for path in (run.best_weights, run.last_weights):
        if path.exists():
            assert_finite_weights(path)


def test_a_validation_loss_that_is_not_finite_fails(tmp_path, monkeypatch):
    made_up = iter([Totals(0.5, 1.0, true=1.0), Totals(float("inf"), 1.0, true=1.0)])
    monkeypatch.setattr(Trainer, "validate", lambda *_: next(made_up))
    run, outcome, _ = start(tmp_path, tiny_config(epochs=3, steps_per_epoch=1))
    assert outcome.state == "failed"
    assert "Validation loss not finite at epoch 2, step 2" in outcome.message
    assert len(run.read_history()) == 1
    assert_finite_weights(run.last_weights)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The same run, stopped in the middle of its second epoch."""
    return start(tmp_path_factory.mktemp("runs") / "stopped", tiny_config(), stop_after=4)


def test_stopping_in_mid_epoch_saves_and_says_so(stopped):
    run, outcome, _ = stopped
    assert outcome.state == "stopped"
    assert outcome.message == "Stopped after step 4; it can be resumed."
    assert run.read_status()["state"] == "stopped"
    meta = json.loads(str(arrays(run.state_file)["meta"]))
    assert (meta["step"], meta["epoch"]) == (4, 1)
    assert len(run.read_history()) == 1
    assert_finite_weights(run.last_weights)


def copy_of(run, folder):
    """The run in another folder, so that each test may go on from the same point."""
    for path in sorted(run.path.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(run.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return folder


def test_going_on_gives_what_straight_through_gives(stopped, finished, tmp_path):
    run, outcome, recorder = start(copy_of(stopped[0], tmp_path), tiny_config(), resume=True)
    assert outcome.state == "finished"
    assert recorder.steps == [5, 6]
    straight = finished[0]
    for one, two in zip(run.read_history(), straight.read_history(), strict=True):
        for column in set(HISTORY_COLUMNS) - {"seconds"}:
            assert one[column] == pytest.approx(two[column], rel=1e-3), column
    mine, theirs = arrays(run.state_file), arrays(straight.state_file)
    for name in (n for n in mine if n.startswith("weight")):
        np.testing.assert_allclose(mine[name], theirs[name], atol=1e-3, err_msg=name)


def test_a_stop_while_validating_validates_anew_when_it_goes_on(finished, tmp_path):
    run, outcome, _ = start(tmp_path, tiny_config(), stop_after=3)
    assert outcome.state == "stopped"
    assert (outcome.position.epoch, outcome.position.step) == (0, 3)
    assert run.read_history() == []
    run, outcome, recorder = start(tmp_path, tiny_config(), resume=True)
    assert (outcome.state, recorder.steps) == ("finished", [4, 5, 6])
    rows = [[{**row, "seconds": 0} for row in each.read_history()] for each in (run, finished[0])]
    assert rows[0] == rows[1]


def test_a_finished_run_has_nothing_to_go_on_with(finished, tmp_path):
    folder = copy_of(finished[0], tmp_path)
    before = arrays(RunFolder(folder).state_file)
    run, outcome, recorder = start(folder, tiny_config(), resume=True)
    assert (outcome.state, recorder.steps) == ("finished", [])
    assert len(run.read_history()) == 2
    for name, array in arrays(run.state_file).items():
        np.testing.assert_array_equal(array, before[name])


def test_more_epochs_can_be_added(finished, tmp_path):
    config = tiny_config(epochs=3)
    _, outcome, recorder = start(copy_of(finished[0], tmp_path), config, resume=True)
    assert outcome.message == "All 3 epochs are done."
    assert recorder.steps == [7, 8, 9]


def test_resuming_what_never_began_begins_it(tmp_path):
    config = tiny_config(epochs=1, steps_per_epoch=1)
    _, outcome, recorder = start(tmp_path, config, resume=True)
    assert (outcome.state, recorder.steps) == ("finished", [1])


def test_other_epochs_for_what_never_began_are_written_down(tmp_path):
    run = RunFolder(tmp_path)
    run.write_config(tiny_config(epochs=2), {"folder": "/data"})
    config = tiny_config(epochs=1, steps_per_epoch=1)
    start(tmp_path, config, resume=True)
    assert run.read_config() == (config, {"folder": "/data"})


def test_going_on_with_another_network_is_refused(stopped, tmp_path):
    other = tiny_config(network=replace(NETWORK, filters=(4, 16)))
    folder = copy_of(stopped[0], tmp_path)
    with pytest.raises(InputError, match=r"last\.state\.npz"):
        start(folder, other, resume=True)


@pytest.fixture
def data(tmp_path):
    """A data folder of three small patients."""
    root = tmp_path / "data"
    write_paper_layout(
        root, patients={"training": ["anna", "bert"], "validating": ["carl"]}, size=32
    )
    return root


def write_run(path, config, data):
    RunFolder(path).write_config(config, {"folder": str(data)})
    return RunFolder(path)


def test_stopped_and_resumed_is_bit_equal_to_straight_through(data, tmp_path, home):
    augment = preset("small-data").augment
    config = tiny_config(
        augment=augment,
        deterministic=True,
        optimizer="adamw",
        weight_decay=0.01,
        steps_per_epoch=2,
    )
    straight, stopped = (write_run(tmp_path / name, config, data) for name in ("a", "b"))
    script = Path(__file__).with_name("stop_midway.py")
    done = run_python(str(script), str(data), str(straight.path), str(stopped.path))
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["finished", "stopped"]
    assert json.loads(str(arrays(stopped.state_file)["meta"]))["step"] == 3

    words = ("-m", "resunet", "train", "--data", str(data), "--run", str(stopped.path))
    resumed = run_python(*words, "--resume", "--json")
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    assert json.loads(resumed.stdout)["state"] == "finished"
    one, two = arrays(straight.state_file), arrays(stopped.state_file)
    assert set(one) == set(two)
    for name in set(one) - {"meta"}:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)
    rows = [[{**row, "seconds": None} for row in run.read_history()] for run in (straight, stopped)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 2


def test_sigterm_ends_a_real_training_as_stopped_and_resumable(data, tmp_path, home):
    config = tiny_config(epochs=100_000, steps_per_epoch=2, early_stopping_patience=0)
    run = write_run(tmp_path / "run", config, data)
    words = ("train", "--json", "--resume", "--data", str(data), "--run", str(run.path))
    process = subprocess.Popen(
        [sys.executable, "-m", "resunet", *words],
        cwd=ROOT,
        env=python_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not run.read_history():
            assert process.poll() is None, process.communicate()[1][-2000:]
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, err[-2000:]
    result, status = json.loads(out), run.read_status()
    assert result["state"] == status["state"] == "stopped"
    assert "can be resumed" in status["message"]
    assert "Stopped after step" in run.log_file.read_text()

    epochs = status["epoch"] + 1
    longer = replace(config, training=replace(config.training, epochs=epochs))
    cases = find_cases(data)
    packs = [
        packed_slices(cases_of_split(cases, split, data), config.preparation, 16)
        for split in ("training", "validating")
    ]
    outcome = train(longer, *packs, run, resume=True)
    assert outcome.state == "finished"
    assert [row["epoch"] for row in run.read_history()] == list(range(1, epochs + 1))
    with open(run.history_file, newline="") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)][-1] == 2 * epochs


def test_a_second_run_into_the_same_folder_is_refused(finished, tmp_path, capsys):
    run, _, _ = finished
    before = run.config_file.read_bytes()
    code = main(["train", "--data", str(tmp_path), "--run", str(run.path)])
    assert code == 1
    assert "holds a run already" in capsys.readouterr().err
    assert run.config_file.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--batch-size", "8"), "--batch-size"),
        (("--steps-per-epoch", "7"), "--steps-per-epoch"),
        (("--seed", "4"), "--seed"),
        (("--preset", "paper"), "--preset"),
        (("--deterministic",), "--deterministic"),
        (("--mixed-precision",), "--mixed-precision"),
        (("--xla",), "--xla"),
        (("--tensorboard",), "--tensorboard"),
    ],
)
def test_going_on_with_other_settings_is_refused_by_name(finished, tmp_path, capsys, words, named):
    run = str(finished[0].path)
    assert main(["train", "--data", str(tmp_path), "--run", run, "--resume", *words]) == 1
    assert f"{named} differs" in capsys.readouterr().err


def test_resuming_needs_to_know_which_run(tmp_path, capsys):
    assert main(["train", "--data", str(tmp_path), "--resume"]) == 1
    assert "--run" in capsys.readouterr().err
    words = ["train", "--data", str(tmp_path), "--resume", "--run", str(tmp_path / "none")]
    assert main(words) == 1
    assert "holds no run" in capsys.readouterr().err


def test_a_run_killed_before_its_best_weights_were_written_catches_up(tmp_path):
    run, outcome, _ = start(tmp_path / "run", tiny_config(epochs=1))
    assert outcome.position.progress.improved
    expected = run.last_weights
    run.best_weights.unlink()  # as if the process had ended right after the state
    start(run.path, tiny_config(epochs=1), resume=True)
    best, last = build_resunet(NETWORK), build_resunet(NETWORK)
    best.load_weights(run.best_weights)
    last.load_weights(expected)
    for one, other in zip(best.weights, last.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())


def test_an_error_is_told_in_the_status(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "save_state", full)
    with pytest.raises(OSError, match="No space left"):
        start(tmp_path / "run", tiny_config())
    status = RunFolder(tmp_path / "run").read_status()
    assert status["state"] == "failed"
    assert "No space left" in status["message"]


def test_of_an_error_of_many_lines_the_status_has_the_first(tmp_path, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("\nIt broke.\nNode: here\nNode: there")

    monkeypatch.setattr(saving, "save_state", fail)
    with pytest.raises(RuntimeError, match="It broke"):
        start(tmp_path / "run", tiny_config())
    status = RunFolder(tmp_path / "run").read_status()
    assert status["message"] == "Ended by an error: It broke."
    assert "Node: there" in caplog.text


def test_what_is_taken_for_a_lost_machine_is_in_the_log(tmp_path, monkeypatch, caplog):
    def fail(*_):
        raise tf.errors.InternalError(None, None, "cuDNN is too old")

    lost = "The connection to the other workers was lost."
    monkeypatch.setattr(loop, "what_was_lost", lambda *_: lost)
    monkeypatch.setattr(saving, "save_state", fail)
    run, outcome, _ = start(tmp_path / "run", tiny_config())
    assert outcome.state == run.read_status()["state"] == "interrupted"
    assert outcome.message.startswith(lost)
    assert "cuDNN is too old" in caplog.text
    assert "Traceback" in caplog.text


def test_oddities_of_the_data_go_to_the_log(data, tmp_path, capsys):
    file = next((data / "training").iterdir())
    with np.load(file) as old:
        arrays = {**old, "mask": old["mask"] * 255}
    arrays.pop("seg", None)
    arrays["mask"][:2, :2] = 255
    np.savez(file, **arrays)
    (data / "training" / "patient_x_7.npz").write_bytes(b"nothing")
    folder = tmp_path / "run"
    write_run(folder, tiny_config(epochs=1, steps_per_epoch=1), data)
    words = ["train", "--data", str(data), "--run", str(folder), "--resume", "--skip-bad"]
    main(words)
    log = (folder / "log.txt").read_text()
    assert "mask holds values up to 255" in log
    assert "skipped: " in log
    assert "1 warnings about the data" in capsys.readouterr().err


def test_going_on_with_other_slices_is_refused(data, tmp_path, capsys):
    folder = tmp_path / "run"
    write_run(folder, tiny_config(epochs=1, steps_per_epoch=1), data)
    words = ["train", "--data", str(data), "--run", str(folder), "--resume"]
    assert main(words) == 0
    next((data / "training").iterdir()).unlink()
    capsys.readouterr()
    assert main(words) == 1
    assert "a run goes on with the slices it began with" in capsys.readouterr().err
