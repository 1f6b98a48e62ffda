from resunet.ui.evaluation.cells import Reasons, estimate, table

FIXED = "\u00a0"


def test_a_value_stands_with_its_interval_which_is_not_torn_apart():
    entry = {"value": 0.78234, "ci": [0.674, 0.85], "patients": 5, "infinite": 0}
    assert estimate(entry, 3) == f"0.782 (0.674{FIXED}to{FIXED}0.850)"
    assert estimate(entry | {"ci": None}, 1) == "0.8"


def test_infinite_ones_that_were_left_out_are_told():
    assert estimate({"value": 12.0, "infinite": 3}, 1) == f"12.0, 3{FIXED}infinite left out"


def test_what_is_not_known_is_a_dash_whose_reason_is_told_once(monkeypatch):
    told, reasons = [], Reasons()
    monkeypatch.setattr("resunet.ui.evaluation.cells.st.caption", told.append)
    for _ in range(2):
        entry = {"value": None, "value_reason": "Nothing is *predicted*."}
        assert estimate(entry, 3, reasons) == "–"
    assert estimate({}, 3, reasons) == "–"
    reasons.show()
    assert told == [r"– Nothing is \*predicted\*."]


def test_nothing_unknown_is_told_nothing(monkeypatch):
    monkeypatch.setattr("resunet.ui.evaluation.cells.st.caption", lambda words: 1 / 0)
    Reasons().show()


def test_numbers_stand_on_the_right_and_names_as_they_are():
    assert table(["A", "B", "C"], [["x|*y*", "1", "2"]], texts=2).splitlines() == [
        "| A | B | C |",
        "|---|---|---:|",
        r"| x\|\*y\* | 1 | 2 |",
    ]
