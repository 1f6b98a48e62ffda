from resunet.ui.datasets.broken import chosen_flags, flag_rows, title_of


def flag(kind="noise", score=0.5, group="testing", file="testing/p_1.npz"):
    return {"set": group, "file": file, "kind": kind, "score": score, "contrast": "t1ce"}


def test_without_a_choice_all_are_there_the_surest_first():
    flags = [flag(score=0.2), flag(score=0.9), flag(score=0.5)]
    assert [each["score"] for each in chosen_flags(flags, [], [])] == [0.9, 0.5, 0.2]


def test_a_choice_of_sets_and_kinds_holds_for_both():
    flags = [flag(), flag(group="training"), flag("spike")]
    assert chosen_flags(flags, ["testing"], ["noise"]) == flags[:1]
    assert chosen_flags(flags, [], ["noise"]) == flags[:2]
    assert chosen_flags(flags, ["validating"], []) == []


def test_a_row_holds_the_files_name_and_the_set_where_the_folder_does_not_tell_it():
    [row] = flag_rows([flag()])
    assert row == {
        "Kind": "Heavy noise",
        "Contrast": "T1CE",
        "Score": 0.5,
        "File": "p_1.npz",
    }
    rows = flag_rows([flag(), flag(group="other/testing")])
    assert [each["Set"] for each in rows] == ["testing", "other/testing"]


def test_a_kind_of_a_later_version_keeps_its_name():
    assert title_of("sunspots") == "sunspots"
