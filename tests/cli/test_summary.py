"""``summary`` on the networks themselves."""

import json

import pytest

from resunet.cli import main

pytestmark = pytest.mark.keras


def test_the_papers_network_in_json(capsys):
    assert main(["summary", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["schema", "preset", "trainable", "non_trainable", "encoder", "levels"]
    assert (told["schema"], told["preset"]) == (1, "paper")
    assert (told["trainable"], told["non_trainable"]) == (6_854_609, 9_824)
    assert told["encoder"] == 5_827_520
    assert told["levels"][0] == {
        "level": "encoder_1",
        "output_shape": [32, 32, 16],
        "parameters": 3_136,
    }
    assert told["levels"][-1]["output_shape"] == [64, 64, 1]
    assert sum(level["parameters"] for level in told["levels"]) == 6_854_609 + 9_824


def test_levels_are_a_table_for_people(capsys):
    assert main(["summary", "--preset", "small-data"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 10 + 2
    assert lines[0].split() == ["level", "output", "shape", "parameters"]
    assert lines[5].split() == ["encoder_5", "2×2×256", "4,465,664"]
    assert lines[10].split() == ["output", "64×64×1", "10,113"]
    assert lines[11].split() == ["trainable", "6,854,609"]
    assert lines[12].split() == ["non-trainable", "9,824"]
