import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.evaluation.calibration import CalibrationCounts, count_calibration
from resunet.evaluation.temperature import TemperatureCounts, count_temperatures, scaled
from resunet.evaluation.uncertainty import PatientFacts, SliceFacts
from resunet.evaluation.uncertainty_convergence import ConvergenceCounts
from resunet.evaluation.uncertainty_errors import ErrorCounts, count_errors
from resunet.evaluation.uncertainty_summary import (
    level_entry,
    review_entry,
    summarise_uncertainty,
    temperature_entry,
)
from resunet.measure.uncertainty import MEASURES, Uncertainty
from resunet.metrics import OverlapCounts
from resunet.storage import dump_json


def slice_of(number, doubt, dice, *, area=100, samples=()):
    """A slice of this doubt and Dice; nothing is outlined where the doubt is None."""
    if doubt is None:
        overlap = OverlapCounts(0, 0 if dice is None else area, 0)
        return SliceFacts(number, overlap, Uncertainty(expected_px=5.0 * number))
    overlap = OverlapCounts(round(dice * area), area, area)
    # 1 − 2·inside/(area + expected) with expected = area
    inside = (1 - doubt) * area
    record = Uncertainty(area, float(area), inside, (1.0, 2.0, 3.0), np.array(samples, float))
    return SliceFacts(number, overlap, record)


def facts_of(*slices, passes=1, temperature=2.0, seed=0, errors=None):
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 3, (1, 80, 80))
    p = (1 / (1 + np.exp(-odds))).astype(np.float32)
    truth = rng.uniform(size=(80, 80)) < scaled(p[0], temperature)
    calibration = count_calibration(p[0], truth)
    whole, table = np.ones((80, 80), bool), errors or ErrorCounts()
    return PatientFacts(
        passes,
        {"brain": calibration, "band": calibration},
        count_temperatures(p, lambda mean: mean, truth, {"brain": whole, "band": whole}),
        {name: dict.fromkeys(MEASURES, table) for name in ("brain", "band")},
        ConvergenceCounts(),
        tuple(slices),
    )


def test_the_worst_stand_first_by_hand():
    facts = {
        "a": facts_of(slice_of(1, 0.1, 0.9), slice_of(2, 0.5, 0.3), slice_of(3, None, None)),
        "b": facts_of(slice_of(1, 0.2, 0.6), slice_of(2, 0.05, 0.8), slice_of(9, None, 0.0)),
    }
    entry = review_entry(facts)
    doubt = entry["slices"]["doubt"]
    assert (doubt["count"], doubt["bad"], doubt["auc"]) == (4, 2, 1.0)
    # nothing is smaller than another, so that order tells nothing
    assert entry["slices"]["smallness"]["auc"] == 0.5
    # without passes there is no spread to order by
    assert "size_variation" not in entry["slices"]
    # all six: of the two empty ones the missed tumour (number 9, 45 pixels expected) comes before
    # the one without, but both after the good ones: bad .5, .2 and missed against .1, .05 and
    # empty: 3 + 3 + 1 of 9 pairs
    assert entry["list"]["auc"] == pytest.approx(7 / 9)
    assert (entry["list"]["count"], entry["list"]["bad"]) == (6, 3)
    patients = entry["patients"]["doubt"]
    # a: 120/200, b: 140 of (200 + 300)/2 … pooled with what was missed
    assert (patients["count"], patients["bad"]) == (2, 2)
    assert math.isnan(patients["auc"])


def test_each_patient_is_scaled_by_a_temperature_of_the_others():
    facts = {name: facts_of(temperature=2.0, seed=seed) for seed, name in enumerate("abc")}
    facts["odd"] = facts_of(temperature=0.5, seed=9)
    entry = temperature_entry(facts)
    assert entry["by_patient"]["odd"] == pytest.approx(2.0, rel=0.1)
    assert entry["by_patient"]["a"] < 1.9  # its others hold the odd one
    others = [facts[name] for name in "abc"]
    total = sum((each.temperatures["brain"] for each in others), TemperatureCounts())
    assert total.pixels == 3 * 6400
    expected = CalibrationCounts()
    for name, each in facts.items():
        expected += each.temperatures["band"].at(entry["by_patient"][name])
    assert entry["crossed"]["band"]["ece"] == pytest.approx(expected.ece)
    alike = temperature_entry({name: facts[name] for name in "abc"})
    assert alike["fitted"] == pytest.approx(2.0, rel=0.05)
    before = sum((each.calibration["band"] for each in others), CalibrationCounts())
    assert alike["crossed"]["brain"]["ece"] < 0.02 < before.ece


def test_one_patient_has_no_others():
    entry = temperature_entry({"a": facts_of()})
    assert entry["fitted"] == pytest.approx(2.0, rel=0.1)
    assert entry["crossed"] is None
    assert entry["crossed_reason"].startswith("Fewer than two patients")
    empty = {"brain": TemperatureCounts()}
    nothing = PatientFacts(1, {}, empty, {}, ConvergenceCounts(), ())
    assert temperature_entry({"a": nothing})["fitted"] is None


def test_the_level_by_hand():
    good = [slice_of(i, 0.1 + 0.01 * i, 0.9) for i in range(3)]
    bad = [slice_of(5 + i, 0.4 + 0.01 * i, 0.2) for i in range(3)]
    facts = {"a": facts_of(*good, *bad), "b": facts_of(*good, *bad, slice_of(9, None, 0.0))}
    entry = level_entry(facts)
    assert entry["value"] == pytest.approx((0.12 + 0.4) / 2)
    assert (entry["flagged"], entry["flagged_bad"], entry["bad"], entry["outlined"]) == (
        6,
        6,
        6,
        12,
    )
    assert entry["crossed"] == {"flagged": 6, "flagged_bad": 6, "bad": 6, "outlined": 12}
    # a patient whose good slices are doubtful is flagged by the level of the others
    odd = {**facts, "odd": facts_of(slice_of(1, 0.45, 0.9))}
    crossed = level_entry(odd)["crossed"]
    assert (crossed["flagged"], crossed["flagged_bad"]) == (7, 6)


def test_where_no_level_is_it_says_why():
    fine = level_entry({"a": facts_of(slice_of(1, 0.1, 0.9))})
    assert fine["value"] is None
    assert fine["reason"] == "No doubt tells bad slices from good ones."
    assert fine["crossed_reason"].startswith("Fewer than two")
    assert level_entry({"a": facts_of()})["reason"] == "Nothing is outlined."


def test_qu_brats_is_a_mean_of_patients_and_the_overlap_is_of_all_pixels():
    true, pred = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    sharp = count_errors(np.array([0.0, 100, 100, 0]), true, pred, ceiling=100.0)
    blunt = count_errors(np.array([100.0, 0, 0, 100]), true, pred, ceiling=100.0)
    facts = {"a": facts_of(errors=sharp), "b": facts_of(errors=blunt)}
    entry = summarise_uncertainty(facts)["errors"]["std"]
    scores = [each.filtered().score for each in (sharp, blunt)]
    assert entry["qu_brats"]["score"] == pytest.approx(np.mean(scores))
    assert scores[0] > 0.9 > 0.4 > scores[1]
    # of eight pixels four are above any threshold, two of them wrong, as are two of the others
    assert entry["overlap"]["dice"] == pytest.approx(0.5)
    assert entry["risk_coverage"]["error_rate"] == 0.5
    assert len(entry["qu_brats"]["curves"]["dice"]) == 101


def test_areas_of_experts_are_looked_for_in_their_intervals():
    inside = slice_of(1, 0.1, 0.9, samples=[90, 100, 110])
    below = slice_of(2, 0.1, 0.9, samples=[120, 130, 140])
    entry = summarise_uncertainty({"a": facts_of(inside, below, passes=3)})
    slices, patients = entry["intervals"]["slices"], entry["intervals"]["patients"]
    assert (slices["inside"], slices["expert_smaller"], slices["share_inside"]) == (1, 1, 0.5)
    # 210, 230, 250 in the passes, 200 by the expert
    assert (patients["inside"], patients["expert_smaller"]) == (0, 1)
    assert entry["passes"] == 3
    assert entry["review_first"]["slices"]["size_variation"]["count"] == 2


def test_a_summary_is_json_and_says_how_much_it_is_of():
    entry = summarise_uncertainty({"a": facts_of(slice_of(1, 0.1, 0.9)), "b": facts_of(seed=1)})
    assert (entry["patients"], entry["slices"], entry["passes"]) == (2, 1, 1)
    assert entry["dice_patient_mean"] == pytest.approx(0.9)
    assert '"ece"' in dump_json(entry)


def test_what_cannot_be_summed_up_is_refused():
    with pytest.raises(InputError, match="no patients to sum up"):
        summarise_uncertainty({})
    with pytest.raises(InputError, match="several numbers of passes"):
        summarise_uncertainty({"a": facts_of(), "b": facts_of(passes=2)})
