import pytest

from resunet.evaluation.effect_words import gap_sentences


def entry(*, flagged=0, patients=9, left=None, defined=9, not_scored=0):
    ways = {"with_flagged": {"patients": defined}, "without_flagged": {"patients": defined}}
    return {
        "flagged": flagged,
        "flagged_not_scored": not_scored,
        "patients": patients,
        "patients_without_flagged": patients if left is None else left,
        "native": ways,
    }


def point(value, ci=None):
    return {"value": value, "ci": ci}


def sentences(whole, left, *, ci=None, gap_ci=None, training=None, testing=None):
    sets = {"training": training or entry(), "testing": testing or entry(flagged=3)}
    gap = {
        "gap_points": point(whole, gap_ci),
        "gap_without_points": point(left),
        "explained_points": point(whole - left, ci),
    }
    return gap_sentences(sets, gap)


def test_a_part_of_the_gap():
    assert sentences(10.4, 4.3, ci=[3.0, 9.2], gap_ci=[6.0, 14.0]) == [
        "The flagged slices explain 6.1 of the 10.4 points of the gap between training and testing "
        "(95 % interval 3.0 to 9.2)."
    ]


def test_more_than_the_gap():
    assert sentences(3.0, -2.1, ci=[2.0, 8.0]) == [
        "The flagged slices explain all of the 3.0 points of the gap between training and testing, "
        "and more: without them testing scores 2.1 points higher (explained: 5.1, 95 % interval "
        "2.0 to 8.0)."
    ]


def test_all_of_the_gap_is_no_more_than_it():
    assert sentences(3.0, 0.0)[0].startswith("The flagged slices explain 3.0 of the 3.0 points")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (11.2, "without them it is 11.2 points (explained: −0.8, 95 % interval −2.0 to 0.1)."),
        (10.42, "without them it is the same (explained: 0.0, 95 % interval −2.0 to 0.1)."),
    ],
)
def test_nothing_of_the_gap(left, words):
    (sentence,) = sentences(10.4, left, ci=[-2.0, 0.1])
    assert sentence == (
        "The flagged slices explain nothing of the 10.4 points of the gap between training and "
        f"testing: {words}"
    )


@pytest.mark.parametrize(
    ("whole", "left", "words"),
    [
        (0.0, -1.0, "to explain. Without the flagged slices testing scores 1.0 points higher."),
        (0.02, 0.03, "to explain. Without the flagged slices testing scores the same."),
        (
            -2.0,
            1.5,
            "to explain: testing scores 2.0 points higher. Without the flagged slices testing "
            "scores 1.5 points lower.",
        ),
    ],
)
def test_no_gap(whole, left, words):
    assert sentences(whole, left, ci=[-9, 9], gap_ci=[-9, 9]) == [
        f"There is no gap between training and testing {words}"
    ]


def test_no_flags():
    assert sentences(10.4, 10.4, testing=entry(not_scored=2)) == [
        "No slice of training and testing is flagged: broken slices explain nothing of the gap of "
        "10.4 points between them.",
        "2 flagged slices of testing were not scored, as where a file cannot be read, and so had "
        "no part in its score.",
    ]
    assert sentences(-1.0, -1.0, testing=entry()) == [
        "No slice of training and testing is flagged, and there is no gap between their scores."
    ]


def test_doubts_are_said():
    assert sentences(10.4, 4.3, ci=[-1.0, 9.2], gap_ci=[-0.5, 20.0])[1:] == [
        "That may be chance: the interval reaches 0.",
        "The gap itself may be chance (95 % interval −0.5 to 20.0).",
    ]


def test_what_could_not_be_told_is_said():
    training = entry(defined=1, patients=1)
    testing = entry(flagged=7, patients=9, left=7, not_scored=1)
    assert sentences(10.4, 4.3, training=training, testing=testing)[1:] == [
        "training has 1 patient with a Dice: too few for an interval, which needs 3.",
        "Of 2 patients of testing every slice is flagged.",
        "1 flagged slice of testing was not scored, as where a file cannot be read, and so had no "
        "part in its score.",
    ]
