import csv
import math

import numpy as np
import pytest
from synthetic import make_study, write_nifti_folder
from tiny import tiny_config

from resunet.config import PreparationConfig
from resunet.data.cases import find_cases
from resunet.errors import InputError
from resunet.evaluation.scores import SliceScore, score_cases, summarise, write_slices
from resunet.metrics import OverlapCounts
from resunet.study import CONTRASTS

pytestmark = pytest.mark.keras

# 32×32 pixels seen whole on a grid of 16×16: 2×2 pixels each
CONFIG = tiny_config()
CONFIG = type(CONFIG)(
    network=CONFIG.network,
    preparation=PreparationConfig(scaling="maximum", framing="resize", scope="slice"),
)
BLOCK = (slice(8, 12), slice(10, 14))  # 4×4 pixels, 2×2 on the grid
TALLER = (slice(8, 13), slice(10, 14))  # 5×4 pixels; half of a grid pixel does not count
NOTHING = None


class BrightEngine:
    """An engine whose network finds tumour where t1 is bright; every pass agrees."""

    name = "bright"
    model_id = "bright@0"
    config = CONFIG
    threshold = 0.5

    def __init__(self):
        self.calls = []

    def passes(self, images, masks):
        self.calls.append((len(images), masks.copy()))
        found = (images[..., 0] > 0.9).astype(np.float32)
        return np.repeat(found[None], len(masks), axis=0)


class WaveringEngine(BrightEngine):
    """Finds it only in every third pass, the first among them."""

    def passes(self, images, masks):
        out = super().passes(images, masks)
        out[np.arange(len(masks)) % 3 != 0] = 0.0
        return out


SLICES = {
    # patient: slice → (truth, predicted)
    "anna": {3: (BLOCK, BLOCK), 4: (BLOCK, NOTHING)},
    "bert": {10: (NOTHING, NOTHING), 9: (TALLER, BLOCK)},
    "carl": {1: (NOTHING, NOTHING)},
    "dora": {1: (NOTHING, BLOCK)},
}


def write(root, slices=SLICES, masks=True):
    for patient, pictures in slices.items():
        for number, (truth, predicted) in pictures.items():
            mask, t1 = np.zeros((32, 32), np.uint8), np.full((32, 32), 40.0)
            t1[0, 0] = 100.0 if predicted is None else 40.0
            if truth is not None:
                mask[truth] = 1
            if predicted is not None:
                t1[predicted] = 100.0
            arrays = {contrast: np.full((32, 32), 50.0) for contrast in CONTRASTS} | {"t1": t1}
            if masks:
                arrays["mask"] = mask
            path = root / "testing" / f"{patient}_{number}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, **arrays)
    return find_cases(root)


@pytest.fixture
def scores(tmp_path):
    return score_cases(write(tmp_path), BrightEngine())


def test_counts_of_each_slice_on_both_grids(scores):
    found = {(s.patient, s.number): (s.native, s.grid) for s in scores}
    empty = OverlapCounts(0, 0, 0)
    assert found == {
        ("anna", 3): (OverlapCounts(16, 16, 16), OverlapCounts(4, 4, 4)),
        ("anna", 4): (OverlapCounts(0, 16, 0), OverlapCounts(0, 4, 0)),
        ("bert", 9): (OverlapCounts(16, 20, 16), OverlapCounts(4, 4, 4)),
        ("bert", 10): (empty, empty),
        ("carl", 1): (empty, empty),
        ("dora", 1): (OverlapCounts(0, 0, 16), OverlapCounts(0, 0, 4)),
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
    score = SliceScore("testing", "carl", 1, OverlapCounts(), OverlapCounts())
    native = summarise([score])["native"]
    for name in ("dice_pooled", "dice_patient_mean", "dice_slice_mean"):
        assert math.isnan(native[name])
    assert (native["undefined_slices"], native["undefined_patients"]) == (1, 1)


def test_no_scores_are_refused():
    with pytest.raises(InputError, match="no slices"):
        summarise([])


def test_the_csv_has_one_line_a_slice(scores, tmp_path):
    path = tmp_path / "out" / "slices.csv"
    write_slices(path, scores)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "split",
        "patient",
        "slice",
        "native_dice",
        "native_intersection_px",
        "native_true_px",
        "native_pred_px",
        "grid_dice",
        "grid_intersection_px",
        "grid_true_px",
        "grid_pred_px",
    ]
    lines = {(row["patient"], int(row["slice"])): list(row.values())[3:] for row in rows}
    assert lines["anna", 3] == ["1.000000", "16", "16", "16", "1.000000", "4", "4", "4"]
    assert lines["bert", 9] == ["0.888889", "16", "20", "16", "1.000000", "4", "4", "4"]
    assert lines["carl", 1] == ["", "0", "0", "0", "", "0", "0", "0"]
    assert lines["dora", 1] == ["0.000000", "0", "0", "16", "0.000000", "0", "0", "4"]
    assert len(rows) == 6


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
    assert score.native == OverlapCounts(found, 16, found)


def test_the_models_threshold_is_used(tmp_path):
    engine = WaveringEngine()
    engine.threshold = 0.3
    cases = write(tmp_path, {"anna": {3: (BLOCK, BLOCK)}})
    (score,) = score_cases(cases, engine, samples=3)
    assert score.grid == OverlapCounts(4, 4, 4)  # a mean of ⅓ is above 0.3


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
        counts = OverlapCounts(0, true, pred)
        return SliceScore("testing", "p", 1, counts, counts)

    assert "neither" in summarise([score(0, 0)])["native"]["undefined_reason"]
    assert summarise([score(1, 0)])["native"]["undefined_reason"] is None
