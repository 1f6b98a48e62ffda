import json

import pytest

from resunet.cli import main
from resunet.config import to_dict
from resunet.presets import preset
from resunet.storage import write_bytes, write_json

pytestmark = pytest.mark.keras


@pytest.fixture
def models(home, shipped):
    """A model of the user's and one that came with the program."""
    for folder, name in ((home / "models", "mine"), (shipped, "theirs")):
        write_json(folder / f"{name}.json", {"schema": 1, "config": to_dict(preset("paper"))})
        write_bytes(folder / f"{name}.weights.npz", b"")
    return home / "models", shipped


def test_info_tells_what_models_there_are_and_where_they_come_from(capsys, models, home):
    mine, theirs = models
    assert main(["info"]) == 0
    out, _ = capsys.readouterr()
    (line,) = [line for line in out.splitlines() if line.startswith("models")]
    assert line.split(maxsplit=1)[1] == f"mine ({mine}), theirs ({theirs})"
    assert main(["info", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["home"] == str(home)
    assert values["models"] == [
        {"name": "mine", "weights": str(mine / "mine.weights.npz")},
        {"name": "theirs", "weights": str(theirs / "theirs.weights.npz")},
    ]


def test_info_without_a_model(capsys):
    assert main(["info"]) == 0
    (line,) = [row for row in capsys.readouterr().out.splitlines() if row.startswith("models")]
    assert line.split() == ["models", "none"]
