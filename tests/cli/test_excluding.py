"""What ``train``, ``evaluate``, ``pack`` and ``bench`` do with slices that a list names."""

import json

import pytest
from synthetic import FIRST_NUMBER, make_study, write_nifti_folder, write_paper_layout
from tiny import tiny_config

from resunet.cli import main, pack, train
from resunet.cli.excluding import excluded_entry, left_of, read_lists
from resunet.config import to_dict
from resunet.data.cases import find_cases
from resunet.data.exclusion import Exclusion
from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.stopping import StopRequested
from resunet.network.resunet import build_resunet
from resunet.storage import read_json, write_json

CONFIG = tiny_config(epochs=1, steps_per_epoch=1)
PATIENTS = {"training": ["anna", "bert"], "validating": ["carl", "dora"], "testing": ["frida"]}
ANNA, CARL, FRIDA = (
    f"{split}_{FIRST_NUMBER}.npz" for split in ("training/anna", "validating/carl", "testing/frida")
)
TRAINED_WITHOUT = [ANNA, "training/emil:2", "validating/dora", CARL]
WRITTEN = [*TRAINED_WITHOUT, FRIDA]


@pytest.fixture
def data(tmp_path):
    """Three slices of each patient and five of a volume; what lists name cannot even be read."""
    root = tmp_path / "patients"
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=3, size=32)
    study = make_study(slices=5, height=32, width=32)
    write_nifti_folder(root / "training" / "emil", study.images, study.labels)
    for name in (ANNA, CARL, FRIDA):
        (root / name).write_bytes(b"nothing")
    return root


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "exclude.txt"
    path.write_text("\n".join(WRITTEN))
    return path


@pytest.fixture
def run(tmp_path, data):
    """A run that was trained without some slices."""
    run = RunFolder(tmp_path / "run")
    split = {"training": ["anna", "bert", "emil"], "validating": ["carl"]}
    run.write_config(CONFIG, {"folder": str(data), **split, "excluded": TRAINED_WITHOUT})
    run.best_weights.parent.mkdir()
    build_resunet(CONFIG.network, seed=4).save_weights(run.best_weights)
    return run


def call(capsys, *words):
    code = main([*map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


# Lists


def test_lists_add_up_and_what_means_nothing_is_told_once_a_list(data, tmp_path, capsys):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text(f"{ANNA}\nx_1.npz\ny_2.npz\n")
    two.write_text(f"{CARL}\n{ANNA}\n")
    assert read_lists([one, two], find_cases(data), data) == Exclusion((ANNA, CARL))
    told = f"{one}: 2 of 3 names are not in {data}; the first is x_1.npz.\n"
    assert capsys.readouterr() == ("", told)


def test_to_leave_out_everything_is_refused(data):
    cases = [case for case in find_cases(data) if case.split == "testing"]
    with pytest.raises(InputError, match=r"All of testing is to be left out \(1 names\)"):
        left_of(cases, ["testing/frida"], "testing")


def test_what_was_left_out_is_told_once_though_splits_share_it(data):
    cases = [case for case in find_cases(data) if case.split == "validating"]
    part = Exclusion(("validating/dora", CARL)).applied(cases)
    assert excluded_entry([part, part]) == {
        "count": 2,
        "names": ["validating/dora", CARL],
        "patients": ["validating/dora"],
    }


# train


@pytest.mark.keras
def test_a_training_leaves_them_out_and_its_run_goes_on_without_them(
    data, listed, settings, tmp_path, capsys
):
    words = ("train", "--data", data, "--run", tmp_path / "run")
    code, _, err = call(capsys, *words, "--config", settings, "--exclude", listed)
    assert code == 0, err
    run = RunFolder(tmp_path / "run")

    def assert_recorded(err):
        record = run.read_config()[1]
        assert record["excluded"] == TRAINED_WITHOUT  # of the testing split nothing was asked
        assert record["slices"] == {"training": 2 + 3 + 4, "validating": 2}
        assert (record["training"], record["validating"]) == (["anna", "bert", "emil"], ["carl"])
        for sentence in ("Left out by name: 3 slices and 1 patient.", "Nothing is left of "):
            assert sentence in err
            assert sentence in run.log_file.read_text()

    assert_recorded(err)
    card = read_json(run.card_file)
    assert card["data"]["excluded"] == 4
    assert set(card["split"]) == {"training", "validating"}
    assert card["scores"][0]["excluded"] == 2
    assert card["scores"][0]["native"]["slices"] == 2
    page = run.card_page.read_text(encoding="utf-8")
    assert "Slices and patients left out by name: 4." in page
    assert "Slices and patients left out by name: 2." in page
    for more in ((), ("--exclude", listed)):  # by itself, and with the same list again
        code, _, err = call(capsys, *words, "--resume", "--epochs", 2, *more)
        assert code == 0, err
        assert_recorded(err)


def test_a_run_does_not_go_on_without_others(data, run, tmp_path, capsys):
    (tmp_path / "other.txt").write_text(f"{ANNA}\n{CARL}\ntraining/emil:2\n")
    words = ("train", "--resume", "--run", run.path, "--data", data)
    code, out, err = call(capsys, *words, "--exclude", tmp_path / "other.txt")
    assert (code, out) == (1, "")
    assert "--exclude differs from the run in validating/dora" in err


def test_a_run_in_the_background_keeps_what_is_left_out(
    data, listed, settings, tmp_path, capsys, monkeypatch
):
    launched = []
    monkeypatch.setattr(train, "launch", lambda *words: launched.append(words[2]) or 7)
    words = ("train", "--data", data, "--config", settings, "--detach", "--run", tmp_path / "run")
    assert call(capsys, *words, "--exclude", listed)[0] == 0
    assert RunFolder(tmp_path / "run").read_config()[1]["excluded"] == TRAINED_WITHOUT
    assert launched == [[]]


@pytest.mark.parametrize("asked", [False, True])
def test_a_worker_leaves_out_what_the_run_leaves_out(data, run, listed, monkeypatch, capsys, asked):
    def read(*_, excluded, **__):
        left_out.append(excluded)
        raise StopRequested

    left_out = []
    cluster = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    monkeypatch.setattr(train, "read_data", read)
    monkeypatch.setattr(train.os, "_exit", lambda code: None)
    words = ("--exclude", listed) if asked else ("--resume", "--run", run.path)
    assert call(capsys, "train", "--data", data, *words)[0] == 0
    assert left_out == [tuple(TRAINED_WITHOUT)]


# evaluate


@pytest.mark.keras
def test_evaluate_leaves_out_what_lists_and_the_training_name(data, run, tmp_path, capsys):
    listed = tmp_path / "more.txt"
    listed.write_text(f"{FRIDA}\n{CARL}\n")
    words = ("evaluate", "--data", data, "--weights", run.path, "--out", tmp_path / "out")
    words = (*words, "--split", "testing", "--split", "validating")
    code, out, err = call(capsys, *words, "--exclude", listed, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert result["excluded"] == {
        "count": 3,
        "names": [FRIDA, CARL, "validating/dora"],
        "patients": ["validating/dora"],
    }
    slices = {split: values["native"]["slices"] for split, values in result["splits"].items()}
    assert slices == {"testing": 2, "validating": 2}
    assert read_json(tmp_path / "out" / "scores.json") == result
    out = call(capsys, *words, "--exclude", listed)[1]
    assert "Left out by name: 2 slices and 1 patient." in out


@pytest.mark.keras
def test_evaluate_scores_the_other_slices_of_a_volume(data, run, listed, tmp_path, capsys):
    words = ("evaluate", "--data", data, "--weights", run.path, "--out", tmp_path / "out")
    code, out, err = call(capsys, *words, "--split", "training", "--exclude", listed, "--json")
    assert code == 0, err
    assert json.loads(out)["excluded"]["names"] == [ANNA, "training/emil:2"]
    lines = (tmp_path / "out" / "slices.csv").read_text().splitlines()
    assert [line.split(",")[2] for line in lines if ",emil," in line] == ["0", "1", "3", "4"]


@pytest.mark.keras
def test_without_lists_evaluate_says_that_nothing_was_left_out(data, run, tmp_path, capsys):
    (data / FRIDA).unlink()
    words = ("evaluate", "--data", data, "--weights", run.path, "--out", tmp_path / "out")
    code, out, err = call(capsys, *words, "--json")
    assert code == 0, err
    assert json.loads(out)["excluded"] == {"count": 0, "names": [], "patients": []}


# pack and bench


@pytest.mark.keras
def test_pack_scores_and_measures_what_the_run_was_trained_on(
    data, run, tmp_path, capsys, monkeypatch
):
    profiled = []
    monkeypatch.setattr(pack, "intensity_profile", lambda study, *words: len(words[2]))
    monkeypatch.setattr(pack, "ranges_over", profiled.append)  # of 20 patients at least
    words = ("pack", run.path, "--id", "demo", "--out", tmp_path / "out", "--json")
    words = (*words, "--score", data, "validating", "--ranges", data)
    code, out, err = call(capsys, *words)
    assert code == 0, err
    card = json.loads(out)
    assert profiled == [[2, 3, 4]]
    assert card["data"]["excluded"] == 4
    assert [score["excluded"] for score in card["scores"]] == [2]
    assert card["scores"][0]["native"]["slices"] == 2


@pytest.mark.keras
def test_bench_leaves_out_what_the_run_left_out(data, tmp_path, capsys):
    write_json(tmp_path / "my.json", {**to_dict(CONFIG), "data": {"excluded": TRAINED_WITHOUT}})
    words = ("bench", "--data", data, "--config", tmp_path / "my.json", "--json")
    code, _, err = call(capsys, *words, "--repetitions", 1, "--steps", 1)
    assert (code, err) == (0, "")
