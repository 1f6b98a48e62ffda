"""What ``train`` makes of its words; the loop itself is tested in tests/training."""

import argparse
import dataclasses
import json
import shutil

import pytest
from synthetic import FIRST_NUMBER, write_paper_layout
from tiny import NETWORK, tiny_config

from resunet.cli import main, run_card, train
from resunet.cli.train_words import add_arguments, open_run
from resunet.config import to_dict
from resunet.inference.models import find_model
from resunet.jobs.run_folder import RunFolder, list_runs
from resunet.jobs.stopping import StopRequested
from resunet.jobs.versions import training_versions
from resunet.presets import preset
from resunet.storage import read_json, write_json

CONFIG = tiny_config(epochs=1, steps_per_epoch=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("some") / "patients"
    patients = {"training": ["anna", "bert"], "validating": ["carl"]}
    write_paper_layout(root, patients=patients, size=32)
    return root


def call(capsys, *words):
    code = main(["train", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def opened(*words):
    """The run folder and the settings that some words ask for."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return open_run(parser.parse_args(["--data", "x", *map(str, words)]))


def assert_refused(result, *words):
    code, out, err = result
    assert (code, out) == (1, "")
    assert err.startswith("resunet train: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for word in words:
        assert str(word) in err


# Settings of a file


def test_a_file_gives_the_settings_and_options_change_them(settings):
    assert opened("--config", settings)[1] == CONFIG
    words = ("--epochs", 7, "--batch-size", 2, "--seed", 9, "--mixed-precision")
    training = dataclasses.replace(CONFIG.training, epochs=7, batch_size=2, mixed_precision=True)
    expected = dataclasses.replace(CONFIG, seed=9, training=training)
    assert opened("--config", settings, *words)[1] == expected
    assert opened("--config", settings)[0].path.name.endswith("-tiny")


def test_the_config_of_a_run_is_such_a_file(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, {"folder": "/data", "training": ["a"]})
    assert opened("--config", run.config_file)[1] == CONFIG


def test_a_file_may_leave_settings_away(tmp_path):
    write_json(tmp_path / "my.json", {"preset": "mine", "training": {"epochs": 3}})
    config = opened("--config", tmp_path / "my.json")[1]
    assert (config.preset, config.training.epochs) == ("mine", 3)
    assert config.network == preset("paper").network


def test_a_file_and_a_preset_are_not_taken_together(data, settings, capsys):
    with pytest.raises(SystemExit) as caught:
        call(capsys, "--data", data, "--config", settings, "--preset", "paper")
    assert caught.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


BAD_SETTINGS = {
    "not JSON": ("{", "is not valid JSON"),
    "not text": (b"\xff\xfe", "is not valid JSON"),
    "not an object": ("[1]", "The configuration is list, not a JSON object"),
    "wrong type": ('{"training": {"epochs": "3"}}', "training.epochs is '3', where a whole number"),
    "a truth value": ('{"seed": true}', "seed is True, where a whole number is accepted"),
    "out of range": ('{"training": {"batch_size": 0}}', "training.batch_size is 0, where a number"),
    "not a number": ('{"loss": {"gamma": NaN}}', "loss.gamma is nan, where a finite number"),
    "unknown": ('{"training": {"epoch": 3}}', "training.epoch is not a setting; known are"),
    "unknown part": ('{"trainig": {}}', "trainig is not a setting; known are"),
    "newer": ('{"schema": 2}', "schema is 2, where 1 is accepted: a newer version"),
    "data": ('{"data": [1]}', "data is [1], where an object is accepted"),
}


@pytest.mark.parametrize(("content", "told"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_bad_settings_are_told_and_nothing_is_left(data, tmp_path, capsys, content, told):
    file = tmp_path / "my.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    for more in ((), ("--detach",)):
        result = call(capsys, "--data", data, "--run", tmp_path / "run", "--config", file, *more)
        assert_refused(result, f"{file}", told)
    assert not (tmp_path / "run").exists()


def test_a_file_that_is_not_there_is_named(data, capsys):
    result = call(capsys, "--data", data, "--config", "nowhere.json")
    assert_refused(result, "nowhere.json cannot be read: No such file or directory")
    assert list_runs() == []


# The weights of another model


@pytest.fixture(scope="module")
def first(data, tmp_path_factory):
    """A run that has been trained."""
    folder = tmp_path_factory.mktemp("first")
    write_json(folder / "my.json", to_dict(CONFIG))
    words = ["--data", data, "--run", folder / "first", "--config", folder / "my.json"]
    assert main(["train", *map(str, words)]) == 0
    return RunFolder(folder / "first")


@pytest.mark.keras
def test_a_trained_run_has_a_card_of_its_best_weights(first):
    card = read_json(first.card_file)
    assert card["sha256"] == find_model(first.path).sha256()
    assert list(card["scores"][0]["native"]["dice_by_patient"]) == ["carl"]
    assert first.card_page.read_text(encoding="utf-8").startswith("# first\n")


@pytest.mark.keras
def test_without_its_card_a_training_has_finished_all_the_same(
    data, settings, tmp_path, capsys, monkeypatch
):
    def broken(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr(run_card, "make_card", broken)
    run = RunFolder(tmp_path / "run")
    result = call(capsys, "--data", data, "--run", run.path, "--config", settings, "--json")
    assert (result[0], json.loads(result[1])["state"]) == (0, "finished")
    assert run.read_status()["state"] == "finished"
    assert "RuntimeError: broken" in run.log_file.read_text()
    assert not run.card_file.exists()


@pytest.mark.keras
def test_a_run_begins_with_another_ones_weights(data, first, tmp_path, capsys):
    run = RunFolder(tmp_path / "second")
    words = ("--data", data, "--run", run.path, "--config", first.config_file)
    code, _, err = call(capsys, *words, "--begin-with", first.path, "--epochs", 2, "--seed", 8)
    assert code == 0, err
    assert run.initial_weights.read_bytes() == first.best_weights.read_bytes()
    config, record = run.read_config()
    assert (config.seed, config.training.epochs) == (8, 2)
    assert record["begins_with"].startswith("first@")
    assert record["training"] == ["anna", "bert"]
    assert f"begins with the weights of {record['begins_with']}" in run.log_file.read_text()
    # … and goes on from its own
    capsys.readouterr()
    code, out, err = call(
        capsys, "--data", data, "--run", run.path, "--resume", "--epochs", 3, "--json"
    )
    assert code == 0, err
    assert [row["epoch"] for row in json.loads(out)["history"]] == [1, 2, 3]
    assert run.read_config()[1] == record


@pytest.mark.keras
def test_a_run_names_its_versions_and_its_log_whether_they_have_changed(data, first, tmp_path):
    versions = training_versions()
    assert first.read_versions() == versions
    run = RunFolder(shutil.copytree(first.path, tmp_path / "copy"))
    words = ["train", "--data", str(data), "--run", str(run.path), "--resume", "--epochs"]
    assert main([*words, "2"]) == 0
    assert "instead of" not in run.log_file.read_text()
    run.write_config(*run.read_config(), versions={**versions, "keras": "3.0.0"})
    assert main([*words, "3"]) == 0
    told = f"trained with keras {versions['keras']} instead of 3.0.0: it may not go on exactly"
    assert told in run.log_file.read_text()
    assert run.read_versions() == versions


@pytest.mark.keras
def test_a_detached_run_has_the_weights_before_its_process_begins(
    data, first, tmp_path, capsys, monkeypatch
):
    launched = []
    monkeypatch.setattr(train, "launch", lambda run, *_: launched.append(run) or 7)
    words = ("--data", data, "--run", tmp_path / "run", "--config", first.config_file)
    assert call(capsys, *words, "--begin-with", first.best_weights, "--detach")[0] == 0
    (run,) = launched
    assert run.initial_weights.read_bytes() == first.best_weights.read_bytes()
    assert run.read_config()[1]["begins_with"].startswith("first@")
    assert run.read_config()[1]["folder"] == str(data)


def test_while_it_reads_and_waits_a_run_gives_signs_of_life(data, tmp_path, capsys, monkeypatch):
    """Without printing each of them."""
    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, {"folder": str(data)})
    said = []
    monkeypatch.setattr(RunFolder, "change_status", lambda _, *words: said.append(words))

    def wait(name, tell, beat):
        tell("Waiting for another.")
        beat("Waiting for another.")
        raise StopRequested

    monkeypatch.setattr(train, "turn", wait)
    code, _, err = call(capsys, "--data", data, "--run", run.path, "--resume")
    assert code == 0
    assert said[:-1] == [
        *[("queued", "Reading the data.")] * 4,  # at first, and after each of the three patients
        ("queued", "Waiting for its turn."),
        *[("queued", "Waiting for another.")] * 2,
    ]
    assert said[-1][0] == "stopped"
    assert err.count("Waiting for another.") == 1


@pytest.fixture
def other(tmp_path):
    """A run of another architecture; its weights are never read."""
    run = RunFolder(tmp_path / "other")
    run.write_config(tiny_config(network=dataclasses.replace(NETWORK, filters=(8, 8))), {})
    run.best_weights.parent.mkdir()
    run.best_weights.write_bytes(b"")
    return run


def test_a_model_of_another_architecture_is_refused_before_anything_is_written(
    data, settings, other, tmp_path, capsys
):
    words = ("--data", data, "--run", tmp_path / "run", "--config", settings)
    for more in ((), ("--detach",)):
        result = call(capsys, *words, "--begin-with", other.path, *more)
        assert_refused(result, "other has network.filters (8, 8), where the run has (4, 8)")
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_not_there_is_named(data, settings, tmp_path, capsys):
    words = ("--data", data, "--run", tmp_path / "run", "--config", settings)
    assert_refused(call(capsys, *words, "--begin-with", "nonesuch"), "nonesuch is neither")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", [("--begin-with", "x"), ("--config", "x")])
def test_what_is_for_new_runs_is_refused_on_resuming(data, other, capsys, words):
    result = call(capsys, "--data", data, "--run", other.path, "--resume", *words)
    assert_refused(result, f"{words[0]} is for new runs; --resume goes on with the run's own")


# Files that cannot be used


@pytest.fixture
def broken(tmp_path):
    """A folder with a file that cannot be read; and that file."""
    root = tmp_path / "broken"
    patients = {"training": ["anna", "bert"], "validating": ["carl"]}
    write_paper_layout(root, patients=patients, size=32)
    file = root / "training" / f"anna_{FIRST_NUMBER}.npz"
    file.write_bytes(b"nothing")
    return root, file


def test_a_new_run_keeps_that_bad_files_are_left_out(data, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "launch", lambda *_: 7)
    words = ["train", "--data", data, "--config", settings, "--detach", "--run"]
    assert main([*map(str, words), str(tmp_path / "all")]) == 0
    assert main([*map(str, words), str(tmp_path / "good"), "--skip-bad"]) == 0
    assert "skip_bad" not in RunFolder(tmp_path / "all").read_config()[1]
    assert RunFolder(tmp_path / "good").read_config()[1]["skip_bad"] is True


@pytest.mark.keras
def test_a_run_goes_on_without_bad_files_as_it_began(broken, tmp_path, capsys):
    root, file = broken
    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, {"folder": str(root), "skip_bad": True})
    words = ("--resume", "--run", run.path, "--data", root)
    for epochs in (1, 2):
        code, _, err = call(capsys, *words, "--epochs", epochs)
        assert code == 0, err
        assert f"skipped: {file} cannot be read" in err
        record = run.read_config()[1]
        assert record["skip_bad"] is True
        assert record["slices"] == {"training": 7, "validating": 4}
    assert f"skipped: {file} cannot be read" in run.log_file.read_text()


def test_a_run_that_did_not_leave_out_bad_files_is_refused_with_their_name(
    broken, tmp_path, capsys
):
    root, file = broken
    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, {"folder": str(root), "skip_bad": False})
    assert_refused(call(capsys, "--resume", "--run", run.path, "--data", root), file.name)
    assert run.read_status()["state"] == "failed"
    assert run.read_config()[1] == {"folder": str(root), "skip_bad": False}


@pytest.mark.parametrize(("record", "words"), [(True, ()), (False, ("--skip-bad",)), (False, ())])
def test_a_worker_leaves_out_what_the_run_leaves_out(tmp_path, monkeypatch, capsys, record, words):
    asked = []

    def read(*_, skip_bad, **__):
        asked.append(skip_bad)
        raise StopRequested

    run = RunFolder(tmp_path / "run")
    run.write_config(CONFIG, {"folder": "x", "skip_bad": record})
    cluster = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    monkeypatch.setattr(train, "read_data", read)
    monkeypatch.setattr(train.os, "_exit", lambda code: None)
    assert call(capsys, "--resume", "--run", run.path, "--data", "x", *words)[0] == 0
    assert asked == [record or bool(words)]
