"""Expected values are derived by hand beside the scores they come from."""

import itertools
import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.evaluation.effect import effect_of_flags
from resunet.evaluation.scores import SliceScore, summarise
from resunet.metrics import OverlapCounts
from resunet.storage import dump_json


def score(patient, number, native, grid=None, *, pixels=100):
    """A slice of this Dice: masks of so many pixels each, or both empty where Dice is None."""

    def counts(dice):
        if dice is None:
            return OverlapCounts()
        return OverlapCounts(round(dice * pixels), pixels, pixels)

    return SliceScore(
        "s", patient, number, counts(native), counts(native if grid is None else grid)
    )


# each patient one slice of Dice .8, .9, 1.0: mean .9
TRAINING = [score("p1", 1, 0.8), score("p2", 1, 0.9), score("p3", 1, 1.0)]
# anna's slices of .9 and .1 pool to .5; with bert's .7 and carl's .6 the mean is .6;
# without anna's second slice it is (.9 + .7 + .6) / 3 = .7333
TESTING = [
    score("anna", 1, 0.9),
    score("anna", 2, 0.1),
    score("bert", 1, 0.7),
    score("carl", 1, 0.6),
]
FLAGGED = {"testing": {("anna", 2)}}


def effect(testing=TESTING, flagged=FLAGGED, **options):
    scores = {"training": TRAINING, "testing": testing}
    return effect_of_flags(scores, flagged, "training", **options)


def gap(result, resolution="native"):
    entry = result["gaps"]["testing"][resolution]
    return [
        entry[name]["value"] for name in ("gap_points", "gap_without_points", "explained_points")
    ]


# Values


def test_means_over_patients_with_and_without_the_flagged_slices():
    result = effect()
    testing = result["sets"]["testing"]
    assert testing["native"]["with_flagged"]["dice_patient_mean"] == pytest.approx(0.6)
    assert testing["native"]["without_flagged"]["dice_patient_mean"] == pytest.approx(2.2 / 3)
    assert (testing["slices"], testing["flagged"], testing["patients"]) == (4, 1, 3)
    training = result["sets"]["training"]["native"]
    assert training["with_flagged"]["dice_patient_mean"] == pytest.approx(0.9)
    assert training["with_flagged"] == training["without_flagged"]
    assert gap(result) == pytest.approx([30.0, 90 - 220 / 3, 40 / 3])


def test_the_mean_is_that_of_the_scores():
    result = effect()
    known = summarise(TESTING)["native"]["dice_patient_mean"]
    assert result["sets"]["testing"]["native"]["with_flagged"]["dice_patient_mean"] == known


def test_slices_are_pooled_by_their_pixels():
    # .9 of 100 and .1 of 300 pixels: 2·(90 + 30) / (200 + 600) = .3
    testing = [score("anna", 1, 0.9), score("anna", 2, 0.1, pixels=300)]
    result = effect(testing, {})
    assert result["sets"]["testing"]["native"]["with_flagged"]["dice_patient_mean"] == 0.3


def test_both_resolutions_have_their_own_values():
    # on the grid anna's flagged slice scores as the other one, so that nothing is explained
    testing = [score("anna", 1, 0.9), score("anna", 2, 0.1, grid=0.9), *TESTING[2:]]
    result = effect(testing)
    assert gap(result, "grid") == pytest.approx([50 / 3, 50 / 3, 0.0])
    assert gap(result) == pytest.approx([30.0, 50 / 3, 40 / 3])


def test_flags_of_the_reference_count_as_well():
    # without p1's slice the reference's mean is .95, and the gap 95 − 73.33
    result = effect(flagged={**FLAGGED, "training": {("p1", 1)}})
    assert gap(result) == pytest.approx([30.0, 65 / 3, 25 / 3])
    training = result["sets"]["training"]
    assert (training["patients"], training["patients_without_flagged"]) == (3, 2)
    assert training["native"]["without_flagged"]["patients"] == 2
    assert "Of 1 patient of training every slice is flagged." in result["sentences"]


def test_patients_without_a_dice_are_left_out_of_means():
    empty = [score("dora", 1, None), score("emil", 1, None), score("emil", 2, 0.4)]
    result = effect([*TESTING, *empty], {"testing": {("anna", 2), ("emil", 2)}})
    native = result["sets"]["testing"]["native"]
    assert native["with_flagged"]["patients"] == 4
    assert native["with_flagged"]["dice_patient_mean"] == pytest.approx((0.5 + 0.7 + 0.6 + 0.4) / 4)
    assert native["without_flagged"]["patients"] == 3
    assert native["without_flagged"]["dice_patient_mean"] == pytest.approx(2.2 / 3)


# Intervals


def test_the_interval_of_what_is_explained_is_the_binomials():
    """Of three draws k are anna, k ~ Binomial(3, 1/3), and 40·k/3 points are explained.

    P(0) = .30 and P(3) = .037, so that the percentiles 2.5 and 97.5 are 0 and 40.
    """
    explained = effect()["gaps"]["testing"]["native"]["explained_points"]
    assert explained["ci"] == pytest.approx([0.0, 40.0])


def test_the_interval_of_a_mean_is_that_of_all_samples():
    drawn = [np.mean(some) for some in itertools.product((0.8, 0.9, 1.0), repeat=3)]
    native = effect(bootstraps=20000)["sets"]["training"]["native"]
    expected = np.quantile(drawn, (0.025, 0.975), method="inverted_cdf")
    assert native["with_flagged"]["ci"] == pytest.approx(expected, abs=1e-9)


def test_with_and_without_are_drawn_together():
    result = effect(flagged={"testing": {("nobody", 1)}})
    assert result["sets"]["testing"]["flagged_not_scored"] == 1
    assert result["sets"]["testing"]["flagged"] == 0
    entry = result["gaps"]["testing"]["native"]
    assert entry["explained_points"]["ci"] == [0.0, 0.0]
    assert entry["gap_points"]["ci"] == entry["gap_without_points"]["ci"]
    assert entry["gap_points"]["ci"][0] < 30 < entry["gap_points"]["ci"][1]


def test_the_seed_alone_decides_what_is_drawn():
    rng = np.random.default_rng(5)
    testing = [score(f"q{k}", 1, d) for k, d in enumerate(rng.uniform(0.3, 0.9, 12))]
    flagged = {"testing": {("q1", 1)}}
    assert effect(testing, flagged) == effect(testing, flagged)
    assert effect(testing, flagged) != effect(testing, flagged, seed=1)


def test_many_patients_are_drawn_in_parts(monkeypatch):
    whole = effect(bootstraps=50)
    monkeypatch.setattr("resunet.evaluation.effect._CHUNK", 21)  # 7 rows of 3 patients
    assert effect(bootstraps=50) == whole


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    """Of 200 pairs of sets with a true gap of 10 points; 40 patients each."""
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        sets = {
            name: [
                score(f"p{k}", 1, float(np.clip(d, 0, 1)), pixels=10**6)
                for k, d in enumerate(rng.normal(mean, 0.08, 40))
            ]
            for name, mean in (("a", 0.7), ("b", 0.6))
        }
        result = effect_of_flags(sets, {}, "a", bootstraps=300, seed=trial)
        low, high = result["gaps"]["b"]["native"]["gap_points"]["ci"]
        hits += low <= 10 <= high
    assert 0.89 <= hits / 200 <= 0.98


# What is not defined


def test_with_fewer_than_three_patients_there_is_no_interval():
    result = effect(TESTING[:3])
    entry = result["gaps"]["testing"]["native"]["explained_points"]
    assert entry["ci"] is None
    assert entry["ci_reason"] == "Fewer than 3 patients have a Dice."
    # (.5 + .7) / 2 = .6, without (.9 + .7) / 2 = .8
    assert result["sentences"] == [
        "The flagged slices explain 20.0 of the 30.0 points of the gap between training and "
        "testing.",
        "testing has 2 patients with a Dice: too few for an interval, which needs 3.",
    ]


def test_a_set_without_any_dice_has_a_reason():
    result = effect([score("anna", 1, None)])
    assert result["gaps"]["testing"]["native"]["gap_points"]["value"] is None
    assert (
        "No patient has a Dice" in result["gaps"]["testing"]["native"]["gap_points"]["value_reason"]
    )
    assert result["sentences"] == [
        "The gap between training and testing is not known. No patient of testing has a Dice."
    ]
    assert effect([])["sentences"] == result["sentences"]


def test_where_everything_is_flagged_nothing_can_be_told():
    result = effect([score("anna", 2, 0.1)])
    assert gap(result)[1:] == [None, None]
    assert result["sentences"] == [
        "What the flagged slices explain is not known: without them no patient of testing has a "
        "Dice."
    ]


def test_another_reference_or_no_draws_are_refused():
    with pytest.raises(InputError, match="The reference is x, where a set is accepted: training"):
        effect_of_flags({"training": TRAINING}, {}, "x")
    with pytest.raises(InputError, match="bootstraps is 0"):
        effect(bootstraps=0)


def test_the_reference_alone_has_no_gap():
    result = effect_of_flags({"training": TRAINING}, {}, "training")
    assert (result["gaps"], result["sentences"]) == ({}, [])


def test_the_result_is_json():
    assert "NaN" not in dump_json(effect([score("anna", 1, None)]))
    assert not any(isinstance(v, float) and math.isnan(v) for v in gap(effect()))
