"""What results are called, and which go together."""

from datetime import datetime
from pathlib import Path

from evaluation_results import result

from resunet.ui.evaluation.against import comparable_with, names_of
from resunet.ui.evaluation.request import usual_splits
from resunet.ui.evaluation.results import Stored

WHEN = datetime(2026, 11, 4, 9, 5)


def stored(folder="a", when=WHEN, **changes):
    return Stored(Path("/results") / folder, result(**changes), when)


def test_a_result_is_called_by_when_what_and_on_whom():
    assert stored().name == "4 Nov 2026, 09:05 · demo-1 · brats2d: testing, validating"
    assert stored(samples=8, flip=True).name.endswith("· mean of 8 passes, mirrored too")


def test_one_sentence_says_what_is_shown_and_on_how_many():
    assert stored().sentence == (
        "demo-1 on 4 patients (8 slices) of testing and 2 patients (2 slices) of validating in "
        "brats2d: one deterministic pass, threshold 0.5."
    )
    some = stored(skipped=["x.npz is bad."], excluded={"count": 2, "names": ["a", "b"]})
    assert some.sentence.endswith("threshold 0.5; 3 files left out.")


def test_results_of_the_same_patients_can_be_compared():
    one, other = stored(), stored("b")
    strangers = stored("c")
    for summary in strangers.result["splits"].values():
        summary["native"]["dice_by_patient"] = {"zoe": 0.5}
    assert comparable_with(one, [one, other, strangers]) == [other]


def test_what_the_command_compared_with_comes_first():
    one = stored(against=True)
    one.result["against"]["folder"] = "/results/c"
    others = [stored("b"), stored("c")]
    assert [each.folder.name for each in comparable_with(one, others)] == ["c", "b"]


def test_two_results_are_told_apart_by_model_by_way_or_by_time():
    one = stored()
    assert names_of(one, stored(model_id="old-1@12")) == ("demo-1", "old-1")
    assert names_of(one, stored(flip=True)) == ("demo-1, one pass", "demo-1, mirrored too")
    later = stored(when=datetime(2026, 11, 5, 10, 0))
    assert names_of(one, later)[1] == "demo-1, one pass, 05 Nov 10:00"


def test_what_a_network_is_trained_on_is_not_scored_unless_there_is_nothing_else():
    assert usual_splits(["training", "validating", "testing"]) == ["validating", "testing"]
    assert usual_splits(["training"]) == ["training"]
    assert usual_splits([""]) == [""]
