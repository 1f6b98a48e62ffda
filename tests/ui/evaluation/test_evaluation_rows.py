"""The tables of the page, from a result put together by hand."""

import json

import pytest
from evaluation_results import result

from resunet.evaluation.outlines import LARGEST, WORST
from resunet.evaluation.stored import ShownSlice
from resunet.export.evaluation.entries import MEASURES, splits_of
from resunet.export.uncertainty import COLUMNS, value_at
from resunet.ui.evaluation.cells import Reasons
from resunet.ui.evaluation.gallery import cards_of
from resunet.ui.evaluation.headline import group_of, headline_rows
from resunet.ui.evaluation.paper import table_4_rows, table_5_rows
from resunet.ui.evaluation.patients import patient_rows
from resunet.ui.evaluation.scores import error_rows, score_rows, tumour_free_rows
from resunet.ui.evaluation.sizes import sized_patients, slice_rows, third_rows
from resunet.ui.evaluation.thresholds import sweeps_of
from resunet.ui.evaluation.uncertainty import bins_of, order_rows, way_rows

FIXED = "\u00a0"


@pytest.fixture(scope="module")
def scores():
    return result()


@pytest.fixture
def testing(scores):
    return splits_of(scores)["testing"]


def plain(rows):
    return {row[0]: [cell.replace(FIXED, " ") for cell in row[1:]] for row in rows}


def test_the_headline_has_a_column_for_each_split(scores):
    rows = plain(headline_rows(scores, Reasons()))
    assert {len(row) for row in rows.values()} == {2}
    # anna 2·40/172, bert 2·400/1000, dora 2·1100/2500
    mean = (80 / 172 + 0.8 + 0.88) / 3
    assert rows["Dice, study's own pixels"][0].startswith(f"{mean:.3f} (")
    # emil 1000/1600, frida 0: two patients have no interval
    assert rows["Dice, study's own pixels"][1] == f"{1000 / 1600 / 2:.3f}"
    assert rows["HD95, mm"][1] == "7.5, 1 infinite left out"
    # only the first 12 of anna's slice 3 and of three slices of hers and carl's are false
    assert rows["False tumour, mm² a slice"][0].startswith("4.0")


def test_sizes_are_volumes_only_where_all_splits_have_them(scores):
    both = plain(headline_rows(scores, Reasons()))
    # emil 200 of 900 too little, frida all of 90
    assert both["Summed areas off by, %"][1] == f"{(200 / 9 + 100) / 2:.0f}"
    alone = {**scores, "splits": {"validating": scores["splits"]["validating"]}}
    assert plain(headline_rows(alone, Reasons()))["Volume off by, %"] == ["61"]


def test_a_point_for_each_patient_of_the_strip(testing):
    group = group_of("testing", testing)
    assert group.patients[:3] == ["anna_1", "bert", "dora"]
    assert group.values[:3] == pytest.approx([80 / 172, 0.8, 0.88])
    assert (group.patients[3], str(group.values[3])) == ("carl", "nan")
    assert group.mean == pytest.approx((80 / 172 + 0.8 + 0.88) / 3)


def test_all_measures_are_listed_on_both_kinds_of_pixels(testing):
    rows = plain(score_rows(testing, Reasons()))
    on_grid = [name for name in rows if name.endswith("on the network's grid")]
    own = [name for name in rows if name.endswith("on the study's own pixels")]
    assert (len(own), len(on_grid)) == (len(MEASURES), len(MEASURES) - 2)  # no distances there
    pooled = 2 * (40 + 400 + 1100) / (172 + 1000 + 2500)
    assert rows["Dice, on the study's own pixels"][2].startswith(f"{pooled:.3f}")
    assert rows["HD95, mm, on the study's own pixels"][2] == ""
    assert "Ceiling of Dice" in rows


def test_errors_of_size_that_are_known(testing, scores):
    assert [*plain(error_rows(testing))] == ["Summed areas, mm²", "Summed areas, %"]
    volumes = plain(error_rows(splits_of(scores)["validating"]))
    # (700 − 900) · 2 mm³ and −90 · 2 mm³
    assert volumes["Volume, ml"] == ["2", "−0.3", "0.3"]


def test_slices_without_tumour(testing):
    rows = plain(tumour_free_rows(testing, Reasons()))
    assert rows["Slices"] == ["3"]
    assert rows["With something predicted"] == ["1"]
    assert rows["Their share"] == ["33.3 %"]
    assert rows["Largest, mm²"] == ["12"]


def test_every_patient_is_a_row_the_worst_first(testing, scores):
    rows = patient_rows(testing)
    assert [row["Patient"] for row in rows] == ["anna_1", "bert", "dora", "carl"]
    assert rows[0]["Dice"] == pytest.approx(80 / 172)
    assert (rows[0]["Slices"], rows[0]["With tumour"]) == (3, 2)
    assert rows[0]["Tumour, cm²"] == pytest.approx(1.0)
    assert rows[3]["Dice"] is None
    frida = patient_rows(splits_of(scores)["validating"])[0]
    assert (frida["Patient"], frida["HD95, mm"]) == ("frida", float("inf"))


def test_patients_of_known_size_and_dice_stand_in_the_chart(scores):
    groups = dict(sized_patients(scores))
    assert [(each.name, each.size) for each in groups["testing"]] == [
        ("anna_1", pytest.approx(1.0)),
        ("bert", pytest.approx(5.0)),
        ("dora", pytest.approx(12.0)),
    ]


def test_tables_by_size(testing):
    slices = plain(slice_rows(testing, Reasons()))
    assert slices["below 1 cm²"][0] == "2"
    assert slices["10 cm² and more"][0] == "1"
    thirds = plain(third_rows(testing, Reasons()))
    assert thirds["smallest third"][:2] == ["1 to 1", "1"]
    assert thirds["largest third"][:2] == ["12 to 12", "1"]


def test_a_sweep_for_each_split(scores):
    first, second = sweeps_of(scores)
    assert (first.name, second.name) == ("testing", "validating")
    assert first.thresholds == [0.25, 0.5, 0.75]
    assert len(first.patient_mean) == len(first.pooled) == 3
    assert first.patient_mean[1] == pytest.approx((80 / 172 + 0.8 + 0.88) / 3)


def test_the_papers_tables_say_whose_each_line_is(scores):
    reasons = Reasons()
    lines = plain(table_4_rows(scores, reasons))
    assert lines["Dice, test"][2].replace(FIXED, " ") == "78.5 %"
    assert lines["Dice, training"][:2] == ["–", ""]
    assert lines["Epochs"] == ["30", "", "19"]
    rows = table_5_rows(scores, reasons)
    assert [row[0] for row in rows][-3:] == ["ResU-Net (the paper)", "Demo (here)", "Demo (here)"]
    assert rows[-1][1] == "brats2d, validating"
    assert rows[0][-1] == "41.2 M"


def test_cards_stand_the_worst_first_with_the_slice_that_is_chosen(scores):
    slices = {WORST: ShownSlice(2, 0.0, None), LARGEST: ShownSlice(1, 0.5, None)}
    shown = {"testing": {"anna_1": slices}, "validating": {"bert": slices}}
    cards = cards_of(scores, shown, "testing", LARGEST)
    assert [card.patient for card in cards] == ["anna_1", "bert", "dora", "carl"]
    assert cards[0].shown.number == 1
    assert [card.shown for card in cards[1:]] == [None, None, None]
    assert cards[3].dice is None


def test_ways_are_columns_with_the_numbers_of_the_table_of_ways():
    one = {"passes": 8, "dice_patient_mean": 0.75, "calibration": {"band": {"ece": 0.0712}}}
    rows = plain(way_rows({"dropout": one, "flip": {"passes": 2}}))
    assert rows["Passes of the network"] == ["8", "2"]
    assert rows["Dice, mean of patients"] == ["0.750", "–"]
    assert value_at(one, COLUMNS["ece_near_outlines"]) == 0.0712
    assert rows["ECE near the outlines"] == ["0.071", "–"]


def test_bins_without_pixels_are_left_away():
    text = """{"reliability": [
        {"from": 0, "to": 0.5, "pixels": 9, "mean_probability": 0.2, "tumour_share": 0.1},
        {"from": 0.5, "to": 1, "pixels": 0, "mean_probability": null, "tumour_share": null}]}"""
    [only] = bins_of(json.loads(text))
    assert only == (0.2, 0.1, 9)
    assert bins_of({}) == []


def test_orders_that_were_counted_have_a_row():
    review = {
        "slices": {"doubt": {"auc": 0.914, "auc_interval": [0.85, 0.98]}},
        "patients": {"doubt": {"auc": None}, "smallness": {"auc": 0.5}},
    }
    rows = plain(order_rows(review))
    assert rows["Doubt, as the work list orders"] == ["0.914 (0.85 to 0.98)", "–"]
    assert rows["Smallness, which asks no uncertainty"] == ["–", "0.500"]
    assert len(rows) == 2
