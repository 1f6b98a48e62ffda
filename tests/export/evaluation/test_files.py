import csv
import json
import math

import pytest
from evaluation_results import TESTING, VOLUMES

from resunet.errors import InputError
from resunet.evaluation.summary import summarise_split
from resunet.export.evaluation import FILES, write_evaluation

RESULT = {
    "schema": 1,
    "threshold": 0.5,
    "infinite": math.inf,
    "splits": {"testing": summarise_split(TESTING, bootstraps=50)},
}


def test_all_files_say_the_same(tmp_path):
    write_evaluation(tmp_path / "out", RESULT, TESTING)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    stored = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert stored["infinite"] == "inf"
    with open(tmp_path / "out" / "patients.csv", newline="") as file:
        patients = list(csv.DictReader(file))
    listed = stored["splits"]["testing"]["patients"]
    assert [row["patient"] for row in patients] == [each["patient"] for each in listed]
    with open(tmp_path / "out" / "slices.csv", newline="") as file:
        slices = list(csv.DictReader(file))
    counts = [
        sum(int(row[f"native_{name}_px"]) for row in slices)
        for name in ("intersection", "true", "pred")
    ]
    pooled = stored["splits"]["testing"]["native"]["dice_pooled"]
    assert pooled == pytest.approx(2 * counts[0] / (counts[1] + counts[2]))
    page = (tmp_path / "out" / "evaluation.html").read_text()
    for each in listed:
        if each["native"]["dice"] is not None:
            assert f"{each['native']['dice']:.3f}" in page


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot be written to"):
        write_evaluation(tmp_path / "out", RESULT, VOLUMES)
