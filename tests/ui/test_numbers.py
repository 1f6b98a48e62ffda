"""The numbers under the picture, of masks whose measures are known by hand."""

from dataclasses import replace

import numpy as np
import pytest

from resunet.study import Prediction, Source, Study
from resunet.ui.numbers import measured, patient_row, slice_row

SHAPE = (3, 30, 40)
SPACING_MM = (2.0, 1.0)  # a pixel is 2 mm²


def study(**changes):
    """The expert's outline: 10 × 10 pixels in the middle slice, 20 mm × 10 mm."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[1, 10:20, 10:20] = 1
    fields = {
        "labels": labels,
        "spacing_mm": SPACING_MM,
        "slice_positions_mm": np.array([0.0, 5.0, 10.0]),
        "slice_numbers": (7, 8, 9),
        **changes,
    }
    return Study(np.ones((*SHAPE, 4), np.float32), "a", Source("npz", "0" * 64), **fields)


def prediction(done=(True, True, True), samples=20):
    """The expert's outline and five columns more: 150 pixels; the passes find 150 to 169."""
    probability = np.zeros(SHAPE, np.float32)
    probability[1, 10:20, 10:25] = 0.9
    std = np.zeros(SHAPE, np.float32)
    std[1, 0, 0], std[2, 0, 0] = 0.25, 0.4
    areas = np.zeros((max(samples, 1), 3), np.int64)
    areas[:, 1] = 150 + np.arange(max(samples, 1))
    zeros = np.zeros(SHAPE, np.float32)
    return Prediction(
        probability,
        std,
        zeros,
        zeros,
        done=np.array(done),
        area_px_samples=areas,
        std_by_t=np.zeros(max(samples, 1)),
        threshold=0.5,
        samples=samples,
        seed=0,
        model_id="m",
        engine="e",
    )


def rows(study, prediction, slice_index=1):
    values = measured(study, prediction)
    return (
        slice_row(study, prediction, values, slice_index),
        patient_row(study, prediction, values),
    )


def texts(row):
    return {name: number.value for name, number in row.items()}


def test_a_slice_by_hand():
    row, _ = rows(study(), prediction())
    # Dice 2·100/(100+150). The right edge of the network's outline lies 5 mm outside; that edge
    # is 8 of its 46 surface pixels that do not lie on the expert's top or bottom row or left
    # column, so well above 5 %. Percentiles of 0 … 19 at 5 and 95 %: 0.95 and 18.05. Of 20 mm ×
    # 15 mm the diagonal is 25 mm, and across it 15 mm · 25 / 20 fit.
    assert texts(row) == {
        "Size": "3.00 cm²",
        "Over the passes": "3.02–3.36",
        "Diameters": "25.0 × 18.8 mm",
        "Highest uncertainty": "0.250",
        "Dice": "0.800",
        "HD95": "5.0 mm",
        "Error": "+1.00 cm² (+50 %)",
    }


def test_a_patient_by_hand():
    # 150 voxels of 2 · 1 · 5 mm³, the expert's 100
    _, row = rows(study(), prediction())
    assert texts(row) == {
        "Size": "1.5 ml",
        "Over the passes": "1.5–1.7",
        "Diameters": "25.0 × 18.8 mm, slice 8",
        "Highest uncertainty": "0.400",
        "Dice": "0.800",
        "HD95": "5.0 mm",
        "Error": "+0.5 ml (+50 %)",
    }


def test_without_an_outline_nothing_is_said_of_agreement():
    for row in rows(study(labels=None), prediction()):
        assert not {"Dice", "HD95", "Error"} & set(row)


def test_without_spacing_areas_are_pixels_and_there_is_no_volume():
    bare = study(spacing_mm=None, slice_positions_mm=None)
    row, whole = rows(bare, prediction())
    assert row["Size"].value == "150 px"
    assert row["Over the passes"].value == "151–168"
    assert row["HD95"].value == "5.0 px"
    assert row["Error"].value == "+50 px (+50 %)"
    assert row["Diameters"].value == "–"
    assert whole["Size"] == ("–", "The pixel spacing is unknown.")


def test_what_is_not_computed_is_not_given():
    half = prediction(done=(False, True, False))
    row, whole = rows(study(), half, slice_index=2)
    assert set(texts(row).values()) == {"–"}
    assert whole["Size"] == ("–", "Only 1 of 3 slices are computed.")
    assert whole["Dice"].value == "–"


def test_a_patient_missed_altogether_is_infinitely_far():
    missed = replace(prediction(), probability=np.zeros(SHAPE, np.float32))
    row, whole = rows(study(), missed)
    assert row["HD95"].value == whole["HD95"].value == "∞"
    assert row["Dice"].value == "0.000"
    assert row["Error"].value == "−2.00 cm² (−100 %)"


def test_one_pass_has_no_interval_and_no_uncertainty():
    row, whole = rows(study(), prediction(samples=0))
    assert row["Over the passes"].value == "–"
    assert row["Highest uncertainty"].value == "–"
    assert "Highest uncertainty" not in whole


def test_a_corrected_outline_is_measured_and_has_no_interval():
    correction = np.zeros(SHAPE, np.int8)
    correction[1, 10:20, 20:25] = -1  # the five columns too many
    row, whole = rows(study(), replace(prediction(), correction=correction))
    assert (row["Dice"].value, whole["Dice"].value) == ("1.000", "1.000")
    assert row["Over the passes"] == ("–", "The outline was corrected by hand.")
    assert whole["Error"].value == "+0.0 ml (+0 %)"


@pytest.mark.parametrize("slice_index", [0, 2])
def test_a_slice_without_tumour_says_so(slice_index):
    row, _ = rows(study(), prediction(), slice_index)
    assert row["Dice"] == ("–", "Neither outline nor prediction holds tumour.")
    assert row["Size"].value == "0.00 cm²"
    assert row["Diameters"].value == "–"
