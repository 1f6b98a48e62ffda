import math

import pytest
from scipy import stats

from resunet.errors import InputError
from resunet.evaluation.against import (
    compare_results,
    difference_sentences,
    read_scores,
    sentence,
    shared_splits,
)
from resunet.storage import write_json

OURS = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.85, "e": 0.6, "f": math.nan, "only": 0.1}
THEIRS = {"a": 0.88, "b": 0.81, "c": 0.6, "d": 0.8, "e": 0.45, "f": 0.3, "other": 0.9}


def result(dice, **more):
    splits = {"testing": {"native": {"dice_by_patient": dice}}}
    return {"model_id": "m@1", "threshold": 0.5, "samples": 0, "splits": splits} | more


def pairs_of(ours, theirs):
    return compare_results(result(ours), result(theirs))["splits"]["testing"]


def test_patients_of_both_are_compared():
    found = pairs_of(OURS, THEIRS)
    differences = [0.02, -0.01, 0.1, 0.05, 0.15]
    assert (found["patients"], found["only_here"], found["only_there"]) == (5, 1, 2)
    assert (found["better"], found["worse"], found["equal"]) == (4, 1, 0)
    mean = found["mean_difference"]
    assert mean["value"] == pytest.approx(sum(differences) / 5)
    assert mean["ci"][0] < mean["value"] < mean["ci"][1]
    assert [each["patient"] for each in found["by_patient"]] == ["b", "a", "d", "c", "e"]
    assert found["by_patient"][0]["difference"] == pytest.approx(-0.01)


def test_wilcoxon_by_hand_and_by_scipy():
    found = pairs_of(OURS, THEIRS)["wilcoxon"]
    # ranks of .01, .02, .05, .10, .15 are 1 to 5, the negative one the first: W = 1. Of 2⁵
    # signs 2 are as far out on this side (W of 0 and of 1), as many on the other: 4/32
    assert (found["statistic"], found["p"], found["p_reason"]) == (1.0, 4 / 32, None)
    names = [name for name in OURS if name in THEIRS and name != "f"]
    expected = stats.wilcoxon([OURS[n] for n in names], [THEIRS[n] for n in names])
    assert found["p"] == pytest.approx(expected.pvalue)


def test_equal_results():
    found = pairs_of(OURS, OURS)
    assert (found["better"], found["worse"], found["equal"]) == (0, 0, 6)
    assert found["mean_difference"]["value"] == 0.0
    assert (found["wilcoxon"]["p"], found["wilcoxon"]["statistic"]) == (None, None)
    assert "equally" in found["wilcoxon"]["p_reason"]


def test_a_difference_of_rounding_is_a_tie():
    found = pairs_of({"a": 0.1 + 0.2, "b": 0.5}, {"a": 0.3, "b": 0.4})
    assert (found["better"], found["equal"]) == (1, 1)
    assert found["by_patient"][0]["difference"] == 0.0


def test_no_patient_in_common():
    found = pairs_of({"a": 0.5}, {"b": 0.5, "a": None})
    assert found["patients"] == 0
    assert "no patient" in found["mean_difference"]["value_reason"]
    assert "no patient" in found["wilcoxon"]["p_reason"]
    assert sentence("testing", found, "m") == (
        "testing: The two results share no patient with a Dice."
    )


def test_the_sentence():
    text = sentence("testing", pairs_of(OURS, THEIRS), "old-model-1@ab")
    assert text.startswith(
        "testing: +6.2 points of Dice beside old-model-1@ab in the mean of 5 patients, 95 % "
        "interval "
    )
    assert text.endswith("; better in 4, worse in 1, equal in 0. Wilcoxon's p is 0.12.")
    worse = sentence("testing", pairs_of({"a": 0.5}, {"a": 0.625}), "x")
    assert worse == (
        "testing: −12.5 points of Dice beside x in the mean of 1 patient; better in 0, worse in 1, "
        "equal in 0. Wilcoxon's p is 1."
    )


def test_settings_that_differ_are_told():
    other = result(THEIRS, threshold=0.4, samples=0, flip=True)
    assert compare_results(result(OURS), other)["differs"] == {"threshold": [0.5, 0.4]}
    against = compare_results(result(OURS, flip=False), other)
    assert against["differs"] == {"flip": [False, True], "threshold": [0.5, 0.4]}
    assert difference_sentences(against) == [
        "Mind that flip differs: no here, yes there.",
        "Mind that threshold differs: 0.5 here, 0.4 there.",
    ]


def test_splits_in_common():
    assert shared_splits(["c", "a", "b"], ["b", "c"]) == ["c", "b"]
    with pytest.raises(InputError, match=r"has validating, where one of testing is accepted"):
        shared_splits(["testing"], ["validating"])


def test_reading_a_result(tmp_path):
    write_json(tmp_path / "scores.json", result(OURS))
    found = read_scores(tmp_path)
    assert found["splits"]["testing"]["native"]["dice_by_patient"]["f"] is None
    assert pairs_of(OURS, THEIRS) == compare_results(found, result(THEIRS))["splits"]["testing"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "is no result of"),
        ({"splits": []}, "is no result of"),
        ({"splits": {"testing": {"native": {}}}}, "holds no patients' Dice in testing"),
        ({"splits": {"testing": 3}}, "holds no patients' Dice in testing"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path, values, words):
    write_json(tmp_path / "scores.json", values)
    with pytest.raises(InputError, match=words):
        read_scores(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_scores(tmp_path / "nowhere")
