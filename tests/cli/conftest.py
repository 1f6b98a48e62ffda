"""What tests of commands share."""

import pytest
from synthetic import write_paper_layout
from tiny import tiny_config

from resunet.config import to_dict
from resunet.storage import write_json


@pytest.fixture
def settings(tmp_path):
    """A file of settings: a tiny network, one epoch of one step."""
    write_json(tmp_path / "my.json", to_dict(tiny_config(epochs=1, steps_per_epoch=1)))
    return tmp_path / "my.json"


@pytest.fixture
def data(tmp_path):
    """A data folder of four patients in three splits, three small slices each."""
    root = tmp_path / "data"
    write_paper_layout(
        root,
        patients={"training": ["a", "b"], "validating": ["c"], "testing": ["d"]},
        slices_per_patient=3,
        size=32,
    )
    return root
