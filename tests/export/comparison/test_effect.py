from comparison_results import Page, result, rows_of

from resunet.evaluation.effect import effect_of_flags
from resunet.evaluation.scores import SliceScore
from resunet.export.comparison.effect import effect_section, effect_sentences
from resunet.metrics import OverlapCounts


def score(patient, number, dice):
    counts = OverlapCounts(round(100 * dice), 100, 100)
    return SliceScore("s", patient, number, counts, counts)


def effect():
    """As in tests/evaluation/test_effect.py, of two patients in testing."""
    scores = {
        "training": [score("p1", 1, 0.8), score("p2", 1, 0.9), score("p3", 1, 1.0)],
        "testing": [score("anna", 1, 0.9), score("anna", 2, 0.1), score("bert", 1, 0.7)],
    }
    return effect_of_flags(scores, {"testing": {("anna", 2)}}, "training", bootstraps=200)


def test_scores_stand_with_and_without_the_flagged_slices():
    found = effect_section(result(effect=effect()))
    rows = rows_of(found)
    assert rows[0][6] == "Gap to training"
    training, testing = rows[1], rows[2]
    assert training[:4] == ["training", "3", "0", "3"]
    assert training[4].startswith("0.900 | 0.8")
    assert training[6:] == ["", "", ""]
    assert testing == [
        *("testing", "3", "1", "2"),
        *("0.600 | – | a", "0.800 | – | a", "+30.0 | – | a", "+10.0 | – | a", "+20.0 | – | a"),
    ]
    assert "<sup>a</sup> Fewer than 3 patients have a Dice." in found
    assert len(rows) == 6  # on both grids


def test_the_sentences_stand_above():
    sentences = effect_sentences(result(effect=effect()))
    assert sentences[0].startswith("The flagged slices explain 20.0 of the 30.0 points")
    assert sentences[0] in Page(effect_section(result(effect=effect()))).text


def test_without_scores_there_is_nothing():
    assert effect_section(result()) == ""
    assert effect_section(result(effect=None)) == ""
    assert effect_sentences(result()) == []


def test_a_set_that_was_not_scored_has_dashes():
    found = effect_section({"effect": {"reference": "a", "sets": {"a": {}}, "gaps": {"a": None}}})
    assert rows_of(found)[1] == ["a", "–", "–", "–", "–", "–", "", "", ""]
