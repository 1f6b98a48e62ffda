import csv

import pytest
from comparison_results import WORDS, flag, leakage, one_set, pair, result

from resunet import DISCLAIMER
from resunet.errors import InputError
from resunet.export.comparison.spreadsheets import (
    FILES,
    flags_table,
    leakage_table,
    pairs_table,
    sets_table,
    write_comparison_tables,
)


def read(text):
    lines = text.split("\r\n")
    assert lines[0].endswith(f"{DISCLAIMER}.")
    assert lines.pop() == ""
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_a_line_a_set():
    training, testing = read(sets_table(result()))
    assert (training["set"], training["is_reference"], testing["is_reference"]) == (
        "training",
        "true",
        "false",
    )
    assert (training["patients"], training["mean_area_px"]) == ("30", "812.4")
    quadrant = {k: v for k, v in testing.items() if k.startswith("left_anterior")}
    assert quadrant == {
        "left_anterior_mean_px": "200",
        "left_anterior_low_px": "100",
        "left_anterior_high_px": "310",
        "left_anterior_share": "0.5",
        "left_anterior_share_low": "0.4",
        "left_anterior_share_high": "0.6",
    }


def test_a_line_a_pair_and_quantity():
    rows = read(pairs_table(result(), WORDS))
    assert [row["quantity"] for row in rows] == ["empty_share", "mean_area_px"]
    assert rows[1] == {
        **{"set_a": "training", "set_b": "testing", "patients_a": "30", "patients_b": "5"},
        **{"quantity": "mean_area_px", "title": "Tumour area", "unit": "px", "family": "size"},
        **{"a": "812.4", "b": "1400", "difference": "587.6", "low": "-5", "high": "9"},
        **{"g": "0.5", "g_low": "-0.5", "g_high": "1.5", "superiority": "0.6"},
        **{"p": "0.02", "p_adjusted": "0.004"},
    }


def test_a_line_a_finding():
    first, second = read(flags_table(result()))
    assert first == {key: str(value) for key, value in flag().items()}
    assert (second["number"], second["contrast"], second["kind"]) == ("", "", "blur")


def test_a_line_for_what_is_there_twice():
    patient, copy = read(leakage_table(result()))
    assert patient == {
        **{"what": "patient", "set_a": "training", "name_a": "anna", "set_b": "testing"},
        **{"name_b": "Anna2", "same_name": "false", "similarity": "0.91", "turn": "left_right"},
        **{"slices": "41", "file_a": "training/anna_3.npz", "file_b": "testing/Anna2_3.npz"},
    }
    assert (copy["what"], copy["name_a"], copy["file_a"]) == (
        "slice",
        "training/anna_3.npz",
        "training/anna_3.npz",
    )
    assert copy["same_name"] == copy["slices"] == ""


def test_names_become_no_formulas_and_stay_one_cell():
    flags = [flag(file="=HYPERLINK(1)", why='a, "b"\nc', patient="#1")]
    (row,) = read(flags_table(result(flags=flags)))
    assert row["file"] == "'=HYPERLINK(1)"
    assert row["why"] == 'a, "b" c'
    assert row["patient"] == "#1"


def test_what_is_undefined_is_empty():
    sets = {"a": {**one_set(3, 0.2), "mean_area_px": None, "empty_share": float("nan")}}
    (row,) = read(sets_table({"sets": sets}))
    assert (row["mean_area_px"], row["empty_share"]) == ("", "")


@pytest.mark.parametrize("key", list(result()))
def test_whatever_the_result_lacks_the_tables_lack(tmp_path, key):
    paths = write_comparison_tables(tmp_path / "out", result(**{key: None}), WORDS)
    assert [path.name for path in paths] == list(FILES)
    for path in paths:
        read(path.read_bytes().decode())


def test_entries_that_are_none_are_left_out():
    broken = {**leakage(), "shared_patients": [3], "duplicate_slices": [{"a": None}]}
    assert len(read(leakage_table({"leakage": broken}))) == 1
    rows = read(pairs_table({"pairs": [{**pair(), "quantities": {"x": None}}]}, WORDS))
    assert rows == []


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        write_comparison_tables(tmp_path / "file", result())
