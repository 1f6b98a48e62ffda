import pytest
from stored_results import pair, result

from resunet.ui.datasets.answer import broken_line, by_difference, leakage_line, set_rows


def shared(a="training", b="testing"):
    return {"a": {"set": a}, "b": {"set": b}}


def flag(kind="noise", file="testing/p_1.npz"):
    return {"set": "testing", "file": file, "kind": kind}


def test_the_pair_that_differs_most_surely_comes_first():
    pairs = [
        pair(p=0.001),  # small, and yet not called different
        pair(p=None),
        pair(differs=True, p=0.04),
        pair(differs=True, p=0.01),
        pair(p=0.3),
    ]
    assert by_difference(pairs) == [3, 2, 0, 4, 1]


def test_equally_sure_pairs_keep_to_their_own_p():
    first, second = pair(p=1.0) | {"p": 0.5}, pair(p=1.0) | {"p": 0.4}
    assert by_difference([first, second]) == [1, 0]


@pytest.mark.parametrize(
    ("pairs", "copies", "sentence", "mind"),
    [
        ([], 0, "No patient is in two sets; no slice is there twice.", False),
        ([shared()], 0, "1 patient is in two sets; no slice is there twice.", True),
        ([shared()] * 2, 1, "2 patients are in two sets; 1 slice is there twice.", True),
        (
            [shared(b="training")],
            1200,
            "1 patient is in a set twice; 1,200 slices are there twice.",
            True,
        ),
        (
            [shared(), shared(b="training")],
            0,
            "1 patient is in two sets; 1 patient is in a set twice; no slice is there twice.",
            True,
        ),
    ],
)
def test_what_is_there_twice_in_a_line(pairs, copies, sentence, mind):
    leakage = {"shared_patients": pairs, "duplicate_slices": [{}] * copies}
    assert leakage_line(result(leakage=leakage)) == (sentence, mind)


def test_a_single_set_cannot_share_patients():
    assert leakage_line(result(sets=["all"])) == ("No slice is there twice.", False)


@pytest.mark.parametrize(
    ("flags", "checked", "sentence"),
    [
        ([], True, "None of 100 slices seems broken."),
        ([flag()], True, "1 of 100 slices seems broken."),
        ([flag(), flag("spike")], True, "1 of 100 slices seems broken."),
        ([flag(), flag(file="testing/p_2.npz")], True, "2 of 100 slices seem broken."),
        (
            [flag("unreadable"), flag(file="testing/p_2.npz")],
            True,
            "1 file cannot be used; 1 of 100 slices seems broken.",
        ),
        ([flag("unreadable")], False, "1 file cannot be used."),
        ([], False, "None of 100 slices is known to be broken."),
    ],
)
def test_what_is_broken_in_a_line(flags, checked, sentence):
    assert broken_line(result(flags=flags, checked=checked)) == (sentence, bool(flags))


def test_as_many_as_are_expected_of_good_slices_are_not_minded():
    # 4 % of 100 slices are 4 false alarms, with a standard deviation of 2
    flags = [flag(file=f"testing/p_{number}.npz") for number in range(9)]
    for count, mind in ((8, False), (9, True)):
        made = result(flags=flags[:count], false_alarm_rate=0.04)
        words = f"{count} of 100 slices seem broken; false alarms alone make about 4."
        assert broken_line(made) == (words, mind)
    assert broken_line(result(false_alarm_rate=0.04)) == ("None of 100 slices seems broken.", False)
    certain = result(flags=[flag("unreadable")], false_alarm_rate=0.04)
    assert broken_line(certain)[1]


def test_the_sets_in_numbers():
    sets = {
        "a|*b*": {"patients": 30, "slices": 1500, "empty_share": 0.404, "mean_area_px": 982.7},
        "c": {"patients": 1, "slices": 2, "mean_area_px": None},
    }
    assert set_rows(sets)[2:] == [
        "| a\\|\\*b\\* | 30 | 1,500 | 40% | 983\u00a0px |",
        "| c | 1 | 2 | – | – |",
    ]
