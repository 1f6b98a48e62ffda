"""``bench``: with the settings of a file, as the training page asks for it."""

import json

import pytest
from synthetic import write_paper_layout
from tiny import tiny_config

from resunet.cli import main
from resunet.jobs.pace import Pace, measured_pace, seen_pace
from resunet.jobs.tasks import Task
from resunet.storage import write_json

CONFIG = tiny_config(epochs=1, steps_per_epoch=1)


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "patients"
    write_paper_layout(root, patients={"training": ["anna"], "validating": ["bert"]}, size=32)
    return root


def call(capsys, *words):
    code = main(["bench", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.keras
def test_it_measures_the_settings_of_a_file_and_says_so_as_a_task_reads_it(
    data, settings, tmp_path, capsys
):
    words = ("--data", data, "--config", settings, "--repetitions", 2, "--steps", 1, "--json")
    code, out, err = call(capsys, *words)
    assert code == 0, err
    result = json.loads(out)
    assert (result["schema"], result["preset"], result["batch_size"]) == (1, "tiny", 4)
    rates = result["training_images_per_s"]
    assert len(rates) == len(result["bare_step_images_per_s"]) == 2
    assert min(rates) > 0
    task = Task(tmp_path / "task")
    write_json(task.folder / "result.json", result)
    assert measured_pace(task) == Pace(max(rates))  # the upper one of two
    assert seen_pace(CONFIG, []) is None


def test_a_file_and_a_preset_are_not_taken_together(data, settings, capsys):
    code, out, err = call(capsys, "--data", data, "--config", settings, "--preset", "paper")
    assert (code, out) == (1, "")
    assert err == "resunet bench: --config and --preset are both given; one of them is accepted.\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"training": {"batch_size": 0}}', "training.batch_size is 0, where a number above 0"),
        ("{", "is not valid JSON"),
    ],
)
def test_settings_that_are_none_are_told(data, settings, capsys, content, told):
    settings.write_text(content)
    code, out, err = call(capsys, "--data", data, "--config", settings)
    assert (code, out) == (1, "")
    assert f"{settings}" in err
    assert told in err
    assert err.count("\n") == 1
