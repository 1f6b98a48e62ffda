import math

import numpy as np
import pytest
from bright import BLOCK, NOTHING, SLICES, TALLER, BrightEngine, WaveringEngine, write
from synthetic import make_study, write_nifti_folder

from resunet.data.cases import find_cases
from resunet.errors import InputError
from resunet.evaluation.scores import SliceScore, score_cases, summarise
from resunet.metrics import BrainCounts
from resunet.study import CONTRASTS

pytestmark = pytest.mark.keras


@pytest.fixture
def scores(tmp_path):
    return score_cases(write(tmp_path), BrightEngine())


def test_counts_of_each_slice_on_both_grids(scores):
    found = {(s.patient, s.number): (s.native, s.grid) for s in scores}
    # all of 32×32 and of 16×16 pixels is brain
    empty = BrainCounts(0, 0, 0, 1024), BrainCounts(0, 0, 0, 256)
    assert found == {
        ("anna", 3): (BrainCounts(16, 16, 16, 1008), BrainCounts(4, 4, 4, 252)),
        ("anna", 4): (BrainCounts(0, 16, 0, 1008), BrainCounts(0, 4, 0, 252)),
        ("bert", 9): (BrainCounts(16, 20, 16, 1004), BrainCounts(4, 4, 4, 252)),
        ("bert", 10): empty,
        ("carl", 1): empty,
        ("dora", 1): (BrainCounts(0, 0, 16, 1008), BrainCounts(0, 0, 4, 252)),
    }
    assert {s.split for s in scores} == {"testing"}
    assert [(s.patient, s.number) for s in scores] == list(found)  # patients, then slices


def test_means_by_hand(scores):
    summary = summarise(scores)
    native, grid = summary["native"], summary["grid"]
    # pooled: 2 · (16 + 16) / ((16 + 16 + 20) + (16 + 16 + 16))
    assert native["dice_pooled"] == pytest.approx(64 / 100)
    assert grid["dice_pooled"] == pytest.approx(16 / 24)
    # patients, each pooled: anna 32/48, bert 32/36, carl undefined, dora 0
    assert native["dice_patient_mean"] == pytest.approx((32 / 48 + 32 / 36 + 0) / 3)
    assert grid["dice_patient_mean"] == pytest.approx((8 / 12 + 1 + 0) / 3)
    # slices: 1, 0, 32/36, 0; two undefined
    assert native["dice_slice_mean"] == pytest.approx((1 + 0 + 32 / 36 + 0) / 4)
    assert grid["dice_slice_mean"] == pytest.approx((1 + 0 + 1 + 0) / 4)
    for values in (native, grid):
        assert (values["slices"], values["patients"]) == (6, 4)
        assert (values["undefined_slices"], values["undefined_patients"]) == (2, 1)
    by_patient = native["dice_by_patient"]
    assert by_patient["anna"] == pytest.approx(32 / 48)
    assert math.isnan(by_patient["carl"])


def test_nothing_defined_is_undefined():
    score = SliceScore("testing", "carl", 1, BrainCounts(), BrainCounts())
    native = summarise([score])["native"]
    for name in ("dice_pooled", "dice_patient_mean", "dice_slice_mean"):
        assert math.isnan(native[name])
    assert (native["undefined_slices"], native["undefined_patients"]) == (1, 1)


def test_the_ceiling_stands_beside_the_score(tmp_path):
    # a row of the taller block covers half of its grid pixels, and is lost: 32 of 36
    slices = {"anna": {1: (BLOCK, NOTHING)}, "bert": {1: (TALLER, BLOCK)}, "carl": SLICES["carl"]}
    native = summarise(score_cases(write(tmp_path, slices), BrightEngine()))["native"]
    best = native["ceiling_by_patient"]
    assert (best["anna"], best["bert"]) == (1.0, pytest.approx(32 / 36))
    assert math.isnan(best["carl"])
    assert native["ceiling_patient_mean"] == pytest.approx((1 + 32 / 36) / 2)


def test_no_scores_are_refused():
    with pytest.raises(InputError, match="no slices"):
        summarise([])


def test_without_samples_one_deterministic_pass_is_scored(tmp_path):
    engine = BrightEngine()
    score_cases(write(tmp_path, {"anna": SLICES["anna"]}), engine)
    assert len(engine.calls) == 1
    slices, masks = engine.calls[0]
    assert slices == 2
    assert len(masks) == 1
    np.testing.assert_array_equal(masks, 1.0)


@pytest.mark.parametrize(("samples", "found"), [(1, 16), (2, 0), (3, 0)])
def test_the_mean_of_the_passes_meets_the_threshold(tmp_path, samples, found):
    """Found in one of 1, 2, 3 passes: means of 1, ½ and ⅓; ½ is not above one half."""
    cases = write(tmp_path, {"anna": {3: (BLOCK, BLOCK)}})
    (score,) = score_cases(cases, WaveringEngine(), samples=samples)
    assert score.native == BrainCounts(found, 16, found, 1008)


def test_the_models_threshold_is_used(tmp_path):
    engine = WaveringEngine()
    engine.threshold = 0.3
    cases = write(tmp_path, {"anna": {3: (BLOCK, BLOCK)}})
    (score,) = score_cases(cases, engine, samples=3)
    assert score.grid == BrainCounts(4, 4, 4, 252)  # a mean of ⅓ is above 0.3


def test_the_seed_decides_on_the_masks(tmp_path):
    cases = write(tmp_path, {"anna": {3: (BLOCK, BLOCK)}})
    drawn = []
    for seed in (1, 1, 2):
        engine = BrightEngine()
        score_cases(cases, engine, samples=4, seed=seed)
        drawn.append(engine.calls[0][1])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_it_tells_of_each_patient(tmp_path):
    told = []
    score_cases(write(tmp_path), BrightEngine(), on_case=told.append)
    assert [case.patient for case in told] == ["anna", "bert", "carl", "dora"]


def test_a_patient_without_outline_is_refused_by_name(tmp_path):
    cases = write(tmp_path, {"anna": SLICES["anna"]}, masks=False)
    with pytest.raises(InputError, match="anna in testing has no mask"):
        score_cases(cases, BrightEngine())


def test_what_cannot_be_used_is_left_out_and_listed_where_that_is_asked_for(tmp_path):
    cases = write(tmp_path)
    files = {case.patient: [slice_.path for slice_ in case.slices] for case in cases}
    for path in (files["anna"][0], *files["bert"]):  # of bert nothing is left
        path.write_bytes(b"nothing")
    with np.load(files["carl"][0]) as old:
        arrays = {name: old[name] for name in CONTRASTS}
    np.savez(files["carl"][0], **arrays)
    with pytest.raises(InputError, match=files["anna"][0].name):
        score_cases(cases, BrightEngine())
    skipped, told = [], []
    scores = score_cases(cases, BrightEngine(), skipped=skipped, on_case=told.append)
    assert [(score.patient, score.number) for score in scores] == [("anna", 4), ("dora", 1)]
    assert told == cases
    bad = (files["anna"][0], *files["bert"], files["carl"][0])
    for path, sentence in zip(bad, skipped, strict=True):
        assert str(path) in sentence
    assert "has no mask, which training and scoring need." in skipped[-1]


def test_where_nothing_is_left_the_first_file_is_named(tmp_path):
    cases = write(tmp_path, {"anna": SLICES["anna"]}, masks=False)
    told = r"^None of 1 cases can be scored; the first: .*anna_3\.npz has no mask"
    with pytest.raises(InputError, match=told):
        score_cases(cases, BrightEngine(), skipped=[])


def test_a_volume_is_scored_slice_by_slice(tmp_path):
    study = make_study(slices=3, height=32, width=32)
    write_nifti_folder(tmp_path / "testing" / "emil", study.images, study.labels)
    scores = score_cases(find_cases(tmp_path), BrightEngine())
    assert [score.patient for score in scores] == ["emil"] * 3
    assert [s.native.true for s in scores] == (study.labels > 0).sum(axis=(1, 2)).tolist()


def test_what_is_undefined_has_its_reason_beside_it():
    def score(true, pred):
        counts = BrainCounts(0, true, pred)
        return SliceScore("testing", "p", 1, counts, counts)

    assert "neither" in summarise([score(0, 0)])["native"]["undefined_reason"]
    assert summarise([score(1, 0)])["native"]["undefined_reason"] is None
