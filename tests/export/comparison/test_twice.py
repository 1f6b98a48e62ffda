from comparison_results import SCRIPT, Page, leakage, result, rows_of

from resunet.export.comparison.twice import MOST_ROWS, leakage_section


def test_patients_and_slices_have_their_tables():
    found = leakage_section(result())
    assert rows_of(found) == [
        ["Patient", "Set", "Patient", "Set", "Found by", "Agreement", "Slices"],
        ["anna", "training", "Anna2", "testing", "pictures, mirrored left–right", "0.910", "41"],
        ["Slice", "Set", "Slice", "Set", "", "Agreement"],
        ["training/anna_3.npz", "training", "testing/Anna2_3.npz", "testing", "", "0.990"],
    ]
    text = Page(found).text
    assert "One patient is there twice." in text
    assert "from an agreement of 0.75 on" in text


def test_patients_of_one_name_were_found_by_it():
    values = leakage()
    values["shared_patients"][0] |= {
        "same_name": True,
        "similarity": None,
        "similarity_reason": "No slices.",
        "turn": "",
    }
    rows = rows_of(leakage_section({"leakage": values}))
    assert rows[1][4:6] == ["name", "– | a"]


def test_names_are_no_markup():
    values = leakage()
    values["shared_patients"][0]["a"]["patient"] = SCRIPT
    found = leakage_section({"leakage": values})
    assert "<script" not in found
    assert rows_of(found)[1][0] == SCRIPT


def test_long_tables_end_with_how_many_more_there_are():
    values = leakage()
    values["duplicate_slices"] *= MOST_ROWS + 1200
    values["shared_patients"] *= MOST_ROWS + 3
    found = leakage_section({"leakage": values})
    assert len(rows_of(found)) == 2 * (1 + MOST_ROWS)
    assert "1,200 more are in leakage.csv." in found
    assert ">3 more are in leakage.csv." in found


def test_nothing_found_is_said_and_nothing_sought_is_not():
    assert "No patient and no slice was found twice." in leakage_section(
        {"leakage": {"similar": 0.9}}
    )
    assert leakage_section({}) == ""
