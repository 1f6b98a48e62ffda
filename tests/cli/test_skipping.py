"""What ``evaluate``, ``pack`` and ``bench`` do with files that cannot be used."""

import json

import pytest
from synthetic import FIRST_NUMBER, write_paper_layout
from tiny import tiny_config

from resunet.cli import main, pack
from resunet.config import to_dict
from resunet.jobs.run_folder import RunFolder
from resunet.network.resunet import build_resunet
from resunet.storage import read_json, write_json

pytestmark = pytest.mark.keras

CONFIG = tiny_config(epochs=1, steps_per_epoch=1)
PATIENTS = {"training": ["anna", "bert"], "testing": ["carl", "dora"]}


@pytest.fixture
def data(tmp_path):
    """Of each split the first patient lacks a slice; of the last nothing can be read."""
    root = tmp_path / "patients"
    write_paper_layout(root, patients=PATIENTS, slices_per_patient=3, size=32)
    for path in (*root.glob(f"*/[ac]*_{FIRST_NUMBER}.npz"), *root.glob("testing/dora_*.npz")):
        path.write_bytes(b"nothing")
    return root


@pytest.fixture(params=[False, True], ids=["asked", "implied"])
def words(request, tmp_path, data):
    """A run and what makes a command leave bad files out: a flag, or the run itself."""
    run = RunFolder(tmp_path / "run")
    record = {"skip_bad": True} if request.param else {}
    run.write_config(CONFIG, {"folder": str(data), **record})
    run.best_weights.parent.mkdir()
    build_resunet(CONFIG.network, seed=4).save_weights(run.best_weights)
    return run, [] if request.param else ["--skip-bad"]


def call(capsys, *words):
    code = main([*map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def assert_lists(result, err, *names):
    """Whether these files alone are listed, in the result and on standard error."""
    assert len(result["skipped"]) == len(names)
    for name, sentence in zip(names, result["skipped"], strict=True):
        assert f"{name}.npz" in sentence
    assert err.splitlines() == [f"skipped: {sentence}" for sentence in result["skipped"]]


CARL = f"carl_{FIRST_NUMBER}"
TESTING = (CARL, *(f"dora_{FIRST_NUMBER + index}" for index in range(3)))


def test_evaluate(data, words, tmp_path, capsys):
    run, flag = words
    asked = ("evaluate", "--data", data, "--weights", run.path, "--out", tmp_path / "out")
    code, out, err = call(capsys, *asked, "--json", *flag)
    assert code == 0, err
    result = json.loads(out)
    assert_lists(result, err, *TESTING)
    assert result["splits"]["testing"]["native"]["slices"] == 2
    assert read_json(tmp_path / "out" / "scores.json") == result
    if flag:
        code, out, err = call(capsys, *asked)
        assert (code, out) == (1, "")
        assert CARL in err


def test_pack(data, words, tmp_path, capsys, monkeypatch):
    run, flag = words
    profiled = []
    monkeypatch.setattr(pack, "intensity_profile", lambda study, *_: study.shape[0])
    monkeypatch.setattr(pack, "ranges_over", profiled.append)  # of 20 patients at least
    asked = ("pack", run.path, "--id", "demo", "--out", tmp_path / "out")
    asked = (*asked, "--samples", 2, "--score", data, "testing", "--ranges", data)
    code, out, err = call(capsys, *asked, "--json", *flag)
    assert code == 0, err
    card = json.loads(out)
    assert profiled == [[2, 3]]  # slices of anna and of bert
    assert_lists(card, err, f"anna_{FIRST_NUMBER}", *TESTING)
    assert [score["files_skipped"] for score in card["scores"]] == [4, 4]
    assert str(tmp_path) not in (tmp_path / "out" / "demo.json").read_text()
    if flag:
        code, out, err = call(capsys, *asked)
        assert (code, out) == (1, "")
        assert f"anna_{FIRST_NUMBER}" in err


@pytest.mark.parametrize("implied", [False, True])
def test_bench(data, tmp_path, capsys, implied):
    record = {"data": {"skip_bad": True}} if implied else {}
    write_json(tmp_path / "my.json", {**to_dict(CONFIG), **record})
    flag = [] if implied else ["--skip-bad"]
    asked = ("bench", "--data", data, "--config", tmp_path / "my.json", "--repetitions", 1)
    asked = (*asked, "--steps", 1)
    code, out, err = call(capsys, *asked, "--json", *flag)
    assert code == 0, err
    assert_lists(json.loads(out), err, f"anna_{FIRST_NUMBER}")
    if flag:
        code, out, err = call(capsys, *asked)
        assert (code, out) == (1, "")
        assert f"anna_{FIRST_NUMBER}" in err
