import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from synthetic import make_study

from resunet.data.grids import grid_of
from resunet.errors import InputError
from resunet.export.provenance import provenance, provenance_lines
from resunet.export.tables import (
    FILES,
    LESION_COLUMNS,
    SLICE_COLUMNS,
    lesions_table,
    result_values,
    slices_table,
    write_measures,
)
from resunet.measure import measures
from resunet.storage import dump_json
from resunet.study import Prediction

SPACING_MM = (0.7, 1.3)


def study_for(*, slices=4, **changes):
    """4 slices of 12 × 10 pixels with an expert's outline, 1 mm apart."""
    made = make_study(slices=slices, height=12, width=10, spacing_mm=SPACING_MM)
    return replace(made, **changes)


def prediction_for(study, *, samples=5, done=None):
    """Two lesions: 3 × 4 pixels in slices 1 and 2, and one pixel in the last slice."""
    probability = np.zeros(study.shape, np.float32)
    probability[1:3, 2:5, 3:7] = 0.9
    probability[-1, 10, 1] = 0.9
    rng = np.random.default_rng(0)
    maps = {name: np.zeros_like(probability) for name in ("entropy", "mutual_information")}
    passes = max(samples, 1)
    return Prediction(
        probability,
        std=rng.random(study.shape, np.float32) / 3,
        **maps,
        done=np.ones(study.shape[0], bool) if done is None else np.array(done),
        area_px_samples=rng.integers(0, 30, (passes, study.shape[0])),
        std_by_t=np.zeros(passes),
        threshold=0.5,
        samples=samples,
        seed=3,
        model_id="m",
        engine="e",
    )


def values_for(*, samples=5, done=None, **changes):
    study = study_for(**changes)
    return result_values(study, prediction_for(study, samples=samples, done=done))


def read(text):
    """Comments, heading and lines, by the csv module."""
    lines = text.split("\r\n")
    assert lines.pop() == ""  # the last line is ended too
    comments = [line for line in lines if line.startswith("#")]
    assert lines[: len(comments)] == comments  # only at the top
    rows = list(csv.DictReader(lines[len(comments) :], strict=True))
    return comments, rows


def element(entry, column):
    value = entry[column.key]
    return value if column.element is None or value is None else value[column.element]


def assert_same(rows, entries, columns):
    """Every cell is its JSON value, to the decimals of its unit."""
    assert len(rows) == len(entries)
    for row, entry in zip(rows, entries, strict=True):
        assert list(row) == ["identifier", *(column.name for column in columns)]
        for column in columns:
            cell, value = row[column.name], element(entry, column)
            if value is None:
                assert cell == ""
            elif isinstance(value, bool):
                assert cell == {True: "true", False: "false"}[value]
            elif isinstance(value, str):
                assert cell == value
            else:
                unit = column.name.split("_")[-1]
                hundredths = unit in ("px", "mm", "mm2", "percent")
                step = 0.01 if hundredths else 0.0001
                assert float(cell) == pytest.approx(value, abs=step / 2 + 1e-12)
                assert len(cell) < 12


def test_the_files(tmp_path):
    study = study_for()
    prediction = prediction_for(study)
    folder = tmp_path / "a" / "b"
    paths = write_measures(study, prediction, folder)
    assert [path.name for path in paths] == list(FILES)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    values = result_values(study, prediction)
    assert values.items() >= measures(study, prediction, lesions=True, surfaces=True).items()
    assert values.items() >= provenance(study, prediction).items()
    read_back = json.loads(paths[0].read_text())
    assert read_back == json.loads(dump_json(values))
    for found in (values, read_back):  # an infinite number reads as the word
        assert paths[1].read_bytes().decode() == slices_table(found)
        assert paths[2].read_bytes().decode() == lesions_table(found)


def test_values_at_hand_are_not_measured_again(tmp_path):
    study = study_for()
    prediction = prediction_for(study)
    values = {**result_values(study, prediction), "identifier": "other"}
    path = write_measures(study, prediction, tmp_path, values=values)[0]
    assert json.loads(path.read_text())["identifier"] == "other"


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "out").write_text("a file")
    study = study_for()
    with pytest.raises(InputError, match=f"{tmp_path / 'out'} cannot be written to"):
        write_measures(study, prediction_for(study), tmp_path / "out")


def test_the_tables_hold_what_the_json_holds():
    affine = np.diag([-1.3, -0.7, 1.0, 1.0])
    values = values_for(grid=grid_of((10, 12, 4), affine), slice_numbers=(7, 8, 9, 10))
    _, rows = read(slices_table(values))
    assert_same(rows, values["slices"], SLICE_COLUMNS)
    # slice 0 holds no tumour, slice 3 none of the expert's; the spacing is known
    empty = {(row["slice"], name) for row in rows for name, cell in row.items() if not cell}
    assert empty == {
        *((index, "hd95_px") for index in "0123"),
        *((index, "area_error_percent") for index in "03"),
        *(("0", "dice"), ("0", "hd95_mm")),
    }
    _, rows = read(lesions_table(values))
    assert_same(rows, values["lesions"], LESION_COLUMNS)
    assert all(cell for row in rows for cell in row.values())


def test_cells_by_hand():
    values = values_for()
    _, slices = read(slices_table(values))
    # 12 pixels of 0.7 × 1.3 mm are 10.92 mm²
    assert [row["area_px"] for row in slices] == ["0", "12", "12", "1"]
    assert [row["area_mm2"] for row in slices] == ["0.00", "10.92", "10.92", "0.91"]
    assert [row["position_mm"] for row in slices] == ["0.00", "1.00", "2.00", "3.00"]
    _, lesions = read(lesions_table(values))
    # 24 voxels of 0.91 mm³ are 0.02184 ml; a rectangle of 2.1 × 5.2 mm has the diagonal 5.608 mm
    # and the chord 2.1 · 5.608 / 5.2 = 2.265 mm across it
    assert [row["volume_ml"] for row in lesions] == ["0.0218", "0.0009"]
    assert lesions[0]["largest_diameter_mm"] == lesions[0]["bidimensional_long_mm"] == "5.61"
    assert lesions[0]["bidimensional_short_mm"] == "2.26"
    assert lesions[0]["bidimensional_product_mm2"] == "12.70"
    assert [row["measurable"] for row in lesions] == ["false", "false"]
    assert [row["centroid_row"] for row in lesions] == ["3.0000", "10.0000"]


def test_pandas_reads_them_below_the_comments():
    values = values_for(warnings=("Mind this, please.",))
    slices = pd.read_csv(io.StringIO(slices_table(values)), comment="#")
    assert slices["area_px"].tolist() == [0, 12, 12, 1]
    assert slices["dice"].isna().tolist() == [entry["dice"] is None for entry in values["slices"]]
    lesions = pd.read_csv(io.StringIO(lesions_table(values)), comment="#")
    assert lesions["measurable"].tolist() == [False, False]
    assert lesions["lesion"].tolist() == [1, 2]


def test_the_comments_say_where_it_comes_from():
    values = values_for(warnings=("Made up.",))
    for text in (slices_table(values), lesions_table(values)):
        comments, _ = read(text)
        expected = [f"# {line}" for line in provenance_lines(values)]
        assert comments[: len(expected)] == expected
        assert "# Warning: Made up." in comments
        assert "# Research use only; not a medical device." in comments
    comments, _ = read(slices_table(values))
    assert any("percentiles 5 and 95" in comment for comment in comments)


def test_undefined_cells_are_empty_and_the_comments_say_why():
    values = values_for(
        samples=0, spacing_mm=None, slice_positions_mm=None, labels=None, slice_numbers=(1, 2, 4, 5)
    )
    comments, rows = read(slices_table(values))
    assert {name for row in rows for name, cell in row.items() if not cell} == {
        *("position_mm", "area_low_px", "area_high_px", "area_mm2", "area_low_mm2"),
        *("area_high_mm2", "std_max", "expert_area_px", "expert_area_mm2", "dice"),
        *("area_error_px", "area_error_mm2", "area_error_percent", "hd95_mm", "hd95_px"),
    }
    assert {
        "# The pixel spacing is unknown.",
        "# The positions of the slices are unknown.",
        "# There is no expert outline.",
        "# A spread needs at least two stochastic passes.",
    } <= set(comments)
    comments, rows = read(lesions_table(values))
    assert len(rows) == 3  # slice by slice
    assert rows[0]["volume_ml"] == rows[0]["largest_diameter_mm"] == rows[0]["measurable"] == ""
    assert comments.count("# The pixel spacing is unknown.") == 1
    assert any("Each slice is searched by itself." in comment for comment in comments)


def test_an_unfinished_prediction_has_empty_slices_and_no_lesion_table():
    values = values_for(done=(True, False, True, True))
    _, rows = read(slices_table(values))
    assert_same(rows, values["slices"], SLICE_COLUMNS)
    assert (rows[1]["slice"], rows[1]["area_px"]) == ("1", "")
    comments, rows = read(lesions_table(values))
    assert rows == []
    assert "# Only 3 of 4 slices are computed." in comments
    frame = pd.read_csv(io.StringIO(lesions_table(values)), comment="#")
    assert frame.columns.tolist() == ["identifier", *(column.name for column in LESION_COLUMNS)]


def test_errors_and_distances_by_hand():
    labels = np.zeros((4, 12, 10), np.uint8)
    labels[1, 2:5, 3:10] = 1  # 21 pixels where 12 are predicted: 3 columns of 1.3 mm too few
    labels[2, 2:5, 3:6] = 1  # 9 pixels, one column less
    comments, rows = read(slices_table(values_for(labels=labels)))
    assert [row["area_error_px"] for row in rows] == ["0", "-9", "3", "1"]
    assert [row["area_error_mm2"] for row in rows] == ["0.00", "-8.19", "2.73", "0.91"]
    assert [row["area_error_percent"] for row in rows] == ["", "-42.86", "33.33", ""]
    # of the expert's 16 surface pixels 3 are 3 columns away: the 95th percentile is 3.9 mm; of
    # the 10 predicted ones 3 are one column away
    assert [row["hd95_mm"] for row in rows] == ["", "3.90", "1.30", "inf"]
    assert any("prediction less the expert's" in comment for comment in comments)
    frame = pd.read_csv(io.StringIO(slices_table(values_for(labels=labels))), comment="#")
    assert frame["hd95_mm"].tolist()[1:] == [3.9, 1.3, math.inf]
    assert frame["area_error_px"].tolist() == [0, -9, 3, 1]


def test_without_a_spacing_distances_are_in_pixels():
    labels = np.zeros((4, 12, 10), np.uint8)
    labels[1, 2:5, 3:10] = 1
    _, rows = read(slices_table(values_for(labels=labels, spacing_mm=None)))
    assert [row["hd95_px"] for row in rows] == ["", "3.00", "inf", "inf"]
    assert {row["hd95_mm"] for row in rows} == {""}


def test_a_correction_is_told_and_leaves_its_slices_without_interval():
    study = study_for()
    prediction = prediction_for(study)
    correction = np.zeros(study.shape, np.int8)
    correction[2, 8, 2:6], correction[2, 2, 3] = 1, -1
    corrected = replace(prediction, correction=correction)
    values = result_values(study, corrected)
    counts = {"added_px": 4, "removed_px": 1, "slices": 1}
    assert values["correction"] == provenance(study, corrected)["correction"] == counts
    assert provenance(study, prediction)["correction"] is None
    sentence = "The outline was corrected by hand in 1 slice: 4 pixels added, 1 taken away."
    assert provenance(study, corrected)["warnings"] == values["warnings"] == [sentence]
    for text in (slices_table(values), lesions_table(values)):
        assert f"# Warning: {sentence}" in read(text)[0]
    comments, rows = read(slices_table(values))
    assert [row["area_px"] for row in rows] == ["0", "12", "15", "1"]
    assert [bool(row["area_low_px"]) for row in rows] == [True, True, False, True]
    assert "# In slices corrected by hand they are undefined." in comments


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "\t=", "\r\n=", " ="])
def test_text_never_becomes_a_formula(sign):
    _, rows = read(lesions_table(values_for(identifier=f"{sign}HYPERLINK(1)")))
    assert {row["identifier"] for row in rows} == {f"'{sign.strip()}HYPERLINK(1)"}


def test_negative_numbers_stay_numbers():
    positions = np.array([-3.25, -2.25, -1.25, -0.001])
    numbers = (-2, -1, 0, 1)
    values = values_for(slice_positions_mm=positions, slice_numbers=numbers)
    _, rows = read(slices_table(values))
    assert [row["number"] for row in rows] == ["-2", "-1", "0", "1"]
    assert [row["position_mm"] for row in rows] == ["-3.25", "-2.25", "-1.25", "0.00"]


@pytest.mark.parametrize(
    "identifier", ["#1", "a#b", "a,b", 'say "a"', "Müller, #1", "spaces  within", "a\nb", "a\0b"]
)
def test_any_identifier_is_read_back_as_one_cell(identifier):
    text = slices_table(values_for(identifier=identifier))
    shown = " ".join(identifier.replace("\0", " ").split())
    _, rows = read(text)
    assert {row["identifier"] for row in rows} == {shown}
    assert [row["slice"] for row in rows] == ["0", "1", "2", "3"]
    frame = pd.read_csv(io.StringIO(text), comment="#")
    assert frame["identifier"].tolist() == [shown] * 4
    assert frame["area_px"].tolist() == [0, 12, 12, 1]


@pytest.mark.parametrize(
    ("warning", "comment"),
    [
        ("Contrast #2 is dim.", "# Warning: Contrast #2 is dim."),
        ("Two\nlines,\r\nor\u2028three.", "# Warning: Two lines, or three."),
        ('slice,1\n0,"1', '# Warning: slice,1 0,"1'),
        ("a, =1+1; @b", "# Warning: a, '=1+1; '@b"),
        ('a,"=1+1"', '# Warning: a,"\'=1+1"'),
        ("lost \udc80 byte", "# Warning: lost byte"),
    ],
)
def test_a_warning_stays_one_harmless_comment_line(warning, comment):
    values = values_for(warnings=(warning,))
    text = slices_table(values)
    text.encode()
    comments, rows = read(text)
    assert comment in comments
    assert_same(rows, values["slices"], SLICE_COLUMNS)
    assert len(pd.read_csv(io.StringIO(text), comment="#")) == 4
