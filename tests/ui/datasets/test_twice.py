from resunet.ui.datasets.twice import patient_rows, slice_rows


def test_a_pair_of_patients_tells_by_what_it_was_found():
    found = {
        "a": {"set": "training", "patient": "P"},
        "b": {"set": "testing", "patient": "Q"},
        "same_name": False,
        "similarity": 0.98,
        "turn": "left_right",
        "slices": 12,
        "files": ["training/P_1.npz", "testing/Q_1.npz"],
    }
    [row] = patient_rows([found])
    assert row == {
        "Patient": "P",
        "Set": "training",
        "Other patient": "Q",
        "Other set": "testing",
        "By": "pictures",
        "Agreement": 0.98,
        "Slices": 12,
        "The other is": "mirrored",
    }
    by = [
        patient_rows([found | {"same_name": True, "files": files}])[0]["By"]
        for files in (found["files"], ["", ""])
    ]
    assert by == ["name and pictures", "name"]


def test_a_pair_of_slices():
    found = {
        "a": {"set": "training", "file": "training/P_1.npz"},
        "b": {"set": "training", "file": "training/P_2.npz"},
        "similarity": 1.0,
        "turn": "both",
    }
    [row] = slice_rows([found])
    assert (row["Slice"], row["Other slice"]) == ("training/P_1.npz", "training/P_2.npz")
    assert row["The other is"] == "turned by 180°"
