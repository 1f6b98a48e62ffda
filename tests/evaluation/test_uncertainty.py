import json

import numpy as np
import pytest
from bright import CONFIG
from synthetic import make_study

from resunet.data.cases import Case
from resunet.evaluation.calibration import count_calibration
from resunet.evaluation.seen import OneNetwork, seen_slices
from resunet.evaluation.uncertainty import REGIONS, UncertaintyCounter, read_facts
from resunet.evaluation.uncertainty_band import near_outlines
from resunet.evaluation.uncertainty_errors import count_errors
from resunet.inference.predict import predict
from resunet.measure.uncertainty import CEILINGS, MEASURES, study_uncertainty
from resunet.metrics import count_overlap
from resunet.storage import dump_json


class HazyEngine:
    """An engine that is the surer the brighter FLAIR is, and wavers from pass to pass."""

    name = "hazy"
    model_id = "hazy@0"
    model_sha256 = "c" * 64
    config = CONFIG
    threshold = 0.5
    intensities = None
    temperature = 1.0
    doubt_level = None

    def passes(self, images, masks):
        odds = 14.0 * (images[..., 3] - 0.7)
        waver = np.linspace(-1.5, 1.5, len(masks))[:, None, None, None]
        return (1 / (1 + np.exp(-(odds[None] + waver)))).astype(np.float32)


@pytest.fixture(scope="module")
def study():
    return make_study(slices=5, height=32, width=32, seed=2)


def count(study, samples, slices=slice(None)):
    counter = UncertaintyCounter(study)
    way = OneNetwork(HazyEngine(), samples=samples)
    for seen in list(seen_slices(Case("testing", "p"), study, way))[slices]:
        counter.add(seen)
    return counter


def test_counts_are_those_of_the_prediction_that_the_app_shows(study):
    facts = count(study, 6).facts()
    shown = predict(study, HazyEngine(), samples=6)
    brain = study.brain
    band = np.stack(
        [near_outlines(study.mask[i], shown.mask[i], study.spacing_mm) for i in range(5)]
    )
    assert 0 < (band & brain).sum() < brain.sum()
    assert 0 < shown.mask.sum() < brain.sum()
    for name, region in (("brain", brain), ("band", band & brain)):
        p = np.minimum(shown.probability[region], 1)
        expected = count_calibration(p, study.mask[region])
        found = facts.calibration[name]
        np.testing.assert_array_equal(found.pixels, expected.pixels)
        assert (found.ece, found.nll) == (pytest.approx(expected.ece), pytest.approx(expected.nll))
        for measure in MEASURES:
            counts = count_errors(
                getattr(shown, measure)[region],
                study.mask[region],
                shown.mask[region],
                ceiling=CEILINGS[measure],
            )
            np.testing.assert_array_equal(facts.errors[name][measure].table, counts.table)
    assert facts.passes == 6


def test_slices_and_the_patient_are_those_of_the_record(study):
    facts = count(study, 6).facts()
    shown = predict(study, HazyEngine(), samples=6)
    record = study_uncertainty(study, shown)
    for one, expected in zip(facts.slices, record.slices, strict=True):
        assert one.uncertainty.doubt == pytest.approx(expected.doubt)
        np.testing.assert_array_equal(one.uncertainty.area_px_samples, expected.area_px_samples)
    assert facts.uncertainty.mean("entropy") == pytest.approx(record.patient.mean("entropy"))
    assert facts.overlap == count_overlap(study.mask, shown.mask)


@pytest.mark.parametrize("region", REGIONS)
def test_other_temperatures_are_counted_in_each_region(study, region):
    facts = count(study, 6).facts()
    own, other = facts.calibration[region], facts.temperatures[region]
    assert other.pixels == own.total
    assert other.at(1.0).nll == pytest.approx(own.nll, rel=1e-4)
    assert other.at(4.0).nll != pytest.approx(own.nll, rel=0.01)


def test_passes_that_waver_have_a_spread_and_one_has_none(study):
    assert count(study, 6).facts().convergence.spread > 0.05
    single = count(study, 0).facts()
    assert single.convergence.pixels == 0
    assert single.uncertainty.spread is None
    assert single.errors["brain"]["std"].table[:, 1:].sum() == 0
    assert single.errors["brain"]["entropy"].table[:, 1:].sum() > 0


def test_what_is_kept_is_read_again(study):
    counter = count(study, 3)
    again = read_facts(json.loads(dump_json(counter.result())))
    facts = counter.facts()
    assert again.passes == 3
    assert dump_json(again.calibration["band"].to_dict()) == dump_json(
        facts.calibration["band"].to_dict()
    )
    np.testing.assert_array_equal(
        again.errors["band"]["std"].table, facts.errors["band"]["std"].table
    )
    assert [each.number for each in again.slices] == [each.number for each in facts.slices]
    assert again.uncertainty.doubt == facts.uncertainty.doubt
    assert again.convergence.to_dict() == facts.convergence.to_dict()
    assert again.overlap == facts.overlap


def test_slices_of_two_halves_add_up_to_the_whole(study):
    whole = count(study, 4).facts()
    halves = [count(study, 4, part).facts() for part in (slice(0, 2), slice(2, None))]
    added = halves[0].calibration["brain"] + halves[1].calibration["brain"]
    assert added.ece == pytest.approx(whole.calibration["brain"].ece)
    doubts = (halves[0].uncertainty + halves[1].uncertainty).doubt
    assert doubts == pytest.approx(whole.uncertainty.doubt)
    np.testing.assert_array_equal(
        halves[0].errors["band"]["entropy"].table + halves[1].errors["band"]["entropy"].table,
        whole.errors["band"]["entropy"].table,
    )
