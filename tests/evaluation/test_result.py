import json
import re

import pytest
from bright import SLICES, BrightEngine, write
from tiny import tiny_config

from resunet import __version__
from resunet.evaluation.one_pass import Plan, evaluate_cases
from resunet.evaluation.result import make_result
from resunet.evaluation.seen import OneNetwork
from resunet.inference.models import ModelFile
from resunet.jobs.run_folder import RunFolder
from resunet.storage import dump_json


@pytest.fixture
def model(tmp_path):
    run = RunFolder(tmp_path / "run")
    data = {"folder": "/x/brats2d", "training": ["anna"], "validating": ["dora", "other"]}
    run.write_config(tiny_config(), data)
    run.best_weights.parent.mkdir()
    run.best_weights.write_bytes(b"best")
    return ModelFile("run", run.best_weights, tiny_config(), title="A title")


def result_of(tmp_path, model, *, flip=False, **more):
    cases = write(tmp_path / "data", SLICES)
    way = OneNetwork(BrightEngine(), seed=3, flip=flip)
    found = evaluate_cases(cases, Plan(way))
    settings = {"data": tmp_path / "data", "tolerance_mm": 2.0, "parameters": 99} | more
    return make_result({"testing": found.patients}, way, model, bootstraps=50, **settings)


def test_the_result_says_how_it_came_about(tmp_path, model):
    result = result_of(tmp_path, model, skipped=["one is bad."], excluded={"count": 0})
    assert (result["schema"], result["program"]) == (1, __version__)
    assert (result["model_id"], result["engine"], result["threshold"]) == (
        "bright@0",
        "bright",
        0.5,
    )
    assert (result["samples"], result["seed"], result["flip"]) == (0, 3, False)
    assert (result["tolerance_mm"], result["bootstraps"], result["parameters"]) == (2.0, 50, 99)
    assert result["data"] == (tmp_path / "data").resolve()
    assert result["input_size"] == 16
    assert result_of(tmp_path, model, flip=True)["flip"] is True
    assert result["skipped"] == ["one is bad."]
    assert any("2 mm" in sentence for sentence in result["conventions"])


def test_patients_who_had_a_part_in_the_training_are_counted(tmp_path, model):
    split = result_of(tmp_path, model)["splits"]["testing"]
    assert (split["patients_trained_on"], split["patients_chosen_on"]) == (1, 1)
    alone = tmp_path / "alone.weights.npz"
    alone.write_bytes(b"")
    other = ModelFile("other", alone, tiny_config())
    split = result_of(tmp_path, other)["splits"]["testing"]
    assert split["patients_trained_on"] is None
    assert split["patients_trained_on_reason"]


def test_the_papers_tables_are_there(tmp_path, model):
    result = result_of(tmp_path, model)
    assert result["table_5"][-1]["model"] == "A title"
    lines = {line["what"]: line for line in result["table_4"]}
    grid = result["splits"]["testing"]["grid"]
    assert lines["Dice, test"]["ours"] == grid["dice_pooled"]
    assert "flatter" in result["table_4_note"]


def test_it_is_json_and_reproducible(tmp_path, model):
    first, second = (dump_json(result_of(tmp_path, model)) for _ in range(2))
    assert first == second
    assert json.loads(first)["splits"]["testing"]["native"]["patients"] == 4


def test_the_page_of_documentation_names_every_key(tmp_path, model, repository):
    text = (repository / "docs" / "evaluation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_]+)`", text))
    result = json.loads(dump_json(result_of(tmp_path, model)))
    split = result["splits"]["testing"]
    patient = split["patients"][0]
    parts = [result, split, patient, patient["native"], result["training"]]
    parts += [split["native"], *(split[key] for key in ("ceiling", "size_errors", "sweep"))]
    parts += [split[key] for key in ("tumour_free", "by_slice_size", "by_patient_size")]
    parts += split["by_slice_size"]["classes"]
    parts.append(split["native"]["measures"]["dice"]["pooled"])
    keys = {key for part in parts for key in part if not key.endswith("reason")}
    assert {key for key in keys if "_absolute_" not in key} <= named
