from pathlib import Path

import pytest
from evaluated import made_patient, made_slice

from resunet.evaluation.paper import DICE, TABLE_5, table_4, table_5
from resunet.evaluation.summary import summarise_split

TRAINING = {
    "minutes": 12.5,
    "epochs": 30,
    "learning_rate": None,
    "learning_rate_reason": "Why.",
    "device": "a card",
}


@pytest.fixture(scope="module")
def splits():
    patient = made_patient("anna", made_slice(1, shared=40, true=80, pred=60))
    return {"testing": summarise_split([patient], bootstraps=10)}


def test_table_4_has_ours_beside_the_papers(splits):
    lines = {line["what"]: line for line in table_4(splits, TRAINING)}
    test = lines["Dice, test"]
    assert test["ours"] == pytest.approx(20 / 35)  # pooled on the grid: a quarter of each
    assert test["ours_patient_mean"] == pytest.approx(80 / 140)
    assert (test["paper"], test["ours_reason"]) == (0.785, None)
    assert lines["Dice, training"]["ours"] is None
    assert lines["Dice, training"]["ours_reason"] == "The split training was not scored."
    assert lines["Dice, validation"]["paper"] == 0.889
    assert lines["Epochs"] == {"what": "Epochs", "ours": 30, "ours_reason": None, "paper": 19}
    assert lines["Training time in minutes"]["ours"] == 12.5
    assert lines["Training time in minutes"]["paper"] == 16
    assert lines["Final learning rate"]["ours_reason"] == "Why."
    assert lines["Final learning rate"]["paper"] == 6.25e-4


def test_table_5_has_a_line_for_each_split_of_ours(splits):
    lines = table_5(splits, model="Ours", data="brats2d", size=64, parameters=6_854_609)
    *theirs, ours = lines
    assert [line["model"] for line in theirs] == [each.model for each in TABLE_5]
    assert [line["ours"] for line in lines] == [False] * 5 + [True]
    assert (ours["model"], ours["data"], ours["parameters"]) == (
        "Ours",
        "brats2d, testing",
        6_854_609,
    )
    assert ours["dice"] == pytest.approx(80 / 140)
    assert "64×64" in ours["comparable"]
    for line in theirs:
        assert (line["parameters"] is None) == bool(line["parameters_reason"])


@pytest.mark.real_data
def test_the_figures_are_the_papers(real_data):
    """Against the text of the paper, where it lies beside the project."""
    paper = Path(real_data).parent / "paper.txt"
    if not paper.is_file():
        pytest.skip(f"no paper at {paper}")
    text = paper.read_text(encoding="utf-8")
    table = text.partition("Table 4.")[2].partition("4.1.1")[0].split()
    named = dict(zip(table[-6::2], table[-5::2], strict=True))
    assert named == {
        "Train": f"{DICE['training']:.1%}",
        "Validation": f"{DICE['validating']:.1%}",
        "Test": f"{DICE['testing']:.1%}",
    }
    lines = text.partition("Table 5.")[2].partition("It shall be noted")[0].splitlines()
    rows = [line.replace(" %", "%").split("\t") for line in lines if "\t" in line][1:]
    assert [row[1:] for row in rows] == [
        [
            f"{each.dice:.1%}",
            "-" if each.parameters is None else _millions(each.parameters),
        ]
        for each in TABLE_5
    ]


def _millions(parameters):
    """As the paper rounds: 41.2, 166.7, and 6.86 of 6,854,609 and 9,824 that are not trained."""
    if parameters == 6_854_609:
        return f"{(parameters + 9_824) / 1e6:.2f}"
    return f"{parameters / 1e6:.1f}"
