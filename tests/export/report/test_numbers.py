import math
import re

import numpy as np
import pytest

from resunet.export.report import numbers
from resunet.export.report.numbers import MOST_LESIONS, NONE, Row


def rows_of(values, key_slice=2):
    return {row.name: row for row in numbers.rows(values, key_slice)}


def test_each_number_is_derived_by_hand(build):
    _, prediction, values = build()
    rows = rows_of(values)
    # 12 × 9 pixels of 1 × 2 mm in two slices 1 mm apart
    assert rows["Volume"].predicted == "0.43"  # 2 × 108 × 2 mm³
    assert rows["Area in slice 2"][1:3] == ("216", "mm²")
    # the sides of the rectangle are 12 and 18 mm
    assert rows["Largest diameter"].predicted == f"{np.hypot(12, 18):.1f}" == "21.6"
    assert rows["Lesions"].predicted == "1"
    assert rows["Lesions"].remark == "1 of at least 10 × 10 mm"
    assert rows["Highest uncertainty"].predicted == "0.250"
    assert rows["Highest uncertainty"].remark.startswith("slice 5;")
    low, high = np.percentile(prediction.area_px_samples[:, 2], (5, 95)) * 2
    assert rows["Area in slice 2"].interval == f"{low:.0f} – {high:.0f}"
    assert rows["Dice with the expert"].predicted == f"{values['dice']:.3f}"
    assert rows["Dice with the expert"].remark == "over 6 slices"


def test_the_experts_outline_has_the_same_numbers_beside_it(build):
    study, _, values = build()
    rows = rows_of(values)
    pixels = np.count_nonzero(study.labels[2])
    assert rows["Area in slice 2"].expert == f"{2 * pixels}"
    assert rows["Volume"].expert == f"{np.count_nonzero(study.labels) * 2 / 1000:.2f}"
    long_mm, short_mm = values["expert"]["bidimensional_mm"]
    assert rows["Bidimensional (RANO)"].expert == f"{long_mm:.1f} × {short_mm:.1f}"


def test_without_an_outline_nothing_is_said_of_it(build):
    rows = rows_of(build(labels=False)[2])
    assert "Dice with the expert" not in rows
    assert {row.expert for row in rows.values()} == {""}


def test_unknown_spacing_gives_pixels_and_reasons(build):
    rows = rows_of(build(spacing_mm=None)[2])
    assert rows["Area in slice 2"][1:3] == ("108", "pixels")
    for name in ("Volume", "Largest diameter"):
        assert rows[name].predicted == NONE
        assert rows[name].remark == "The pixel spacing is unknown."
    assert rows["Bidimensional (RANO)"].predicted == NONE
    assert "mm" not in "".join(row.unit for row in rows.values())


def test_one_pass_has_neither_interval_nor_uncertainty(build):
    rows = rows_of(build(prediction={"samples": 0})[2])
    assert {row.interval for row in rows.values()} == {""}
    assert rows["Highest uncertainty"] == Row(
        "Highest uncertainty", NONE, remark="A spread needs at least two stochastic passes."
    )


def test_no_tumour_is_a_result(build):
    values = build(prediction={"squares": ()})[2]
    rows = rows_of(values)
    assert rows["Volume"].predicted == "0.00"
    assert rows["Lesions"].predicted == "0"
    assert rows["Largest diameter"].remark == "No tumour is found."
    assert numbers.lesion_rows(values) == []
    assert numbers.lesion_remarks(values) == ["No tumour is found."]


def test_an_unfinished_prediction_says_what_is_missing(build):
    values = build(prediction={"done": [True, True, True, False, True, True]})[2]
    rows = rows_of(values, 3)
    assert rows["Area in slice 3"] == Row(
        "Area in slice 3", NONE, expert=NONE, remark="not computed"
    )
    assert numbers.lesion_remarks(values) == [values["lesions_reason"]]
    assert values["lesions_reason"].startswith("Only 5 of 6")


def test_lesions_searched_slice_by_slice_are_counted_so(build):
    values = build(slice_positions_mm=None)[2]
    assert rows_of(values)["Lesions"].remark.startswith("counted in each slice; 2 of")
    assert numbers.lesion_heads(values)[3] == "Voxels"
    assert [row[3] for row in numbers.lesion_rows(values)] == ["108", "108"]
    assert values["lesions_dimensions_reason"] in numbers.lesion_remarks(values)


def test_the_largest_lesions_are_listed_and_the_others_summed(build):
    spots = tuple((0, 3 * k, 1, 2, 1 + k) for k in range(11))  # 2 × (1 + k) pixels, two slices
    values = build(labels=False, prediction={"squares": spots})[2]
    rows = numbers.lesion_rows(values)
    assert len(rows) == MOST_LESIONS
    assert [row[0] for row in rows] == [str(k) for k in range(1, 9)]
    assert rows[0][2] == "0 – 1"
    assert rows[0][3] == "0.09"  # 2 × 22 pixels of 2 mm³
    # left out are 1, 2 and 3 columns: 2 × 2 × 6 voxels of 2 mm³
    assert numbers.lesion_remarks(values)[0] == (
        "3 more, each no larger than the last, are together 0.05 ml."
    )


def test_a_lesions_place_and_size(build):
    values = build(slice_numbers=(3, 4, 5, 6, 7, 8))[2]
    ((number, side, slices, volume, largest, both, product, size),) = numbers.lesion_rows(values)
    assert (number, slices, volume, largest) == ("1", "5 – 6", "0.43", "21.6")
    assert side in ("left", "right", "midline")
    assert re.fullmatch(r"21\.6 × \d+\.\d", both)
    assert float(product) == pytest.approx(values["bidimensional_product_mm2"], abs=0.5)
    assert size == "measurable"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, NONE), (0.0, "0.00"), (9.994, "9.99"), (70.78, "70.8")]
)
def test_volumes_keep_about_three_figures(value, expected):
    assert numbers.millilitres(value) == expected


def test_a_single_slice_in_a_sentence(build):
    _, prediction, values = build(slices=1, spacing_mm=None)
    low, high = np.percentile(prediction.area_px_samples[:, 0], (5, 95))
    assert numbers.single_slice(values, 0.0123) == (
        f"A single slice has no course. Tumour area 108 pixels ({low:.0f} – {high:.0f} over the "
        "passes); uncertainty at most 0.250, 0.012 on average in the brain."
    )
    values = build(slices=1, prediction={"samples": 0})[2]
    assert numbers.single_slice(values, None) == (
        "A single slice has no course. Tumour area 216 mm²."
    )


def labelled(*boxes):
    """Classes of 6 slices with these boxes (slice, rows, columns) as the expert's tumour."""
    labels = np.zeros((6, 48, 40), np.uint8)
    for box in boxes:
        labels[box] = 4
    return labels


def shifted(rows, columns):
    """The predicted rectangle in its two slices, moved."""
    return slice(2, 4), slice(10 + rows, 22 + rows), slice(12 + columns, 21 + columns)


def test_the_errors_stand_beside_volume_and_area(build):
    # predicted are 12 × 9 pixels of 2 mm² in two slices; the expert's are 12 × 10
    labels = labelled((slice(2, 4), slice(10, 22), slice(12, 22)))
    rows = rows_of(build(labels=labels)[2])
    assert rows["Volume"].remark == "error -0.05 ml (-10.0 %)"
    assert rows["Area in slice 2"].remark == "error -24 mm² (-10.0 %)"
    rows = rows_of(build(labels=labels, spacing_mm=None)[2])
    assert rows["Volume"].remark == "The pixel spacing is unknown."
    assert rows["Area in slice 2"].remark == "error -12 pixels (-10.0 %)"


def test_an_error_of_nothing_has_no_percentage(build):
    rows = rows_of(build(labels=labelled())[2])
    assert rows["Volume"].remark == "error +0.43 ml"
    assert rows["Area in slice 2"].remark == "error +216 mm²"
    rows = rows_of(build(labels=labelled(), prediction={"squares": ()})[2])
    assert rows["Volume"].remark == "error +0.00 ml"


def test_the_distance_of_the_patient_and_of_the_slice(build):
    # moved by 4 columns of 2 mm in both slices
    rows = rows_of(build(labels=labelled(shifted(0, 4)))[2])
    assert rows["HD95 to the expert"] == Row(
        "HD95 to the expert", "8.00", "mm", remark="slice 2: 8.00 mm"
    )
    # in slice 5, where neither has tumour, there is none
    assert rows_of(build()[2], 5)["HD95 to the expert"].remark == "slice 5: –"


def test_a_distance_that_is_infinite_is_called_so(build):
    rows = rows_of(build(labels=labelled())[2])
    assert rows["HD95 to the expert"] == Row(
        "HD95 to the expert", "infinite", remark="slice 2: infinite"
    )


@pytest.mark.parametrize(
    ("changes", "shown", "unit", "reason"),
    [
        ({"slice_positions_mm": None}, "8.00", "mm", "The positions of the slices are unknown."),
        ({"spacing_mm": None}, "4.00", "pixels", "The pixel spacing is unknown."),
    ],
)
def test_without_the_patients_distance_there_is_the_slices(build, changes, shown, unit, reason):
    values = build(labels=labelled(shifted(0, 4)), **changes)[2]
    assert rows_of(values)["HD95 in slice 2"] == Row("HD95 in slice 2", shown, unit, remark=reason)
    neither = "Neither outline nor prediction holds tumour."
    assert rows_of(values, 5)["HD95 in slice 5"] == Row("HD95 in slice 5", NONE, remark=neither)


def test_without_an_outline_there_is_neither_error_nor_distance(build):
    rows = rows_of(build(labels=False)[2])
    assert not [name for name in rows if name.startswith("HD95")]
    assert rows["Volume"].remark == rows["Area in slice 2"].remark == ""


def test_a_correction_takes_the_intervals_and_says_so(build):
    correction = np.zeros((6, 48, 40), np.int8)
    correction[3, 30, 20] = 1
    changed = {"prediction": {"correction": correction}}
    rows = rows_of(build(labels=False, **changed)[2], 3)
    assert rows["Volume"].interval == rows["Area in slice 3"].interval == ""
    assert rows["Volume"].remark == rows["Area in slice 3"].remark == "Corrected by hand."
    rows = rows_of(build(labels=labelled(shifted(0, 0)), **changed)[2])
    assert rows["Volume"].remark == "error +0.00 ml (+0.5 %). Corrected by hand."  # 1 of 216
    assert rows["Area in slice 2"].interval  # which was not touched
    assert rows["Area in slice 2"].remark == "error +0 mm² (+0.0 %)"
    one_pass = {"prediction": {"correction": correction, "samples": 0}}
    rows = rows_of(build(labels=False, **one_pass)[2], 3)
    assert rows["Volume"].remark == rows["Area in slice 3"].remark == ""
    assert math.isclose(float(rows["Volume"].predicted), 0.43)
