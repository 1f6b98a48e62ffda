import math
import os

import numpy as np
import pytest
from evaluated import made_patient, made_slice
from evaluation_results import TESTING

from resunet.errors import InputError
from resunet.evaluation.outlines import LARGEST, WORST, Outlined, runs_of
from resunet.evaluation.stored import find_results, read_shown
from resunet.evaluation.summary import summarise_split
from resunet.export.evaluation import write_evaluation

MASK = np.array([[0, 1], [1, 1]], bool)
RESULT = {
    "schema": 1,
    "threshold": 0.5,
    "splits": {"testing": summarise_split(TESTING, bootstraps=10)},
}


def put(folder, age=0):
    """A result that is so many seconds old."""
    folder.mkdir(parents=True)
    (folder / "scores.json").write_text("{}")
    os.utime(folder / "scores.json", (1_000_000_000 - age, 1_000_000_000 - age))
    return folder


def test_the_newest_comes_first_however_deep_it_lies(tmp_path):
    old, new = put(tmp_path / "evaluations/old", 60), put(tmp_path / "runs/r/evaluation", 5)
    newest = put(tmp_path / "crossval")
    assert find_results([tmp_path]) == [newest, new, old]
    assert find_results([newest, tmp_path, tmp_path / "nowhere"]) == [newest, new, old]


def test_what_is_too_deep_hidden_or_kept_for_others_is_passed_by(tmp_path):
    for name in ("a/b/c/d", ".hidden", "cache", "models", "a/patients", "runs/r/checkpoints"):
        put(tmp_path / name)
    assert find_results([tmp_path]) == []


def test_links_are_not_followed_in_circles(tmp_path):
    folder = put(tmp_path / "a")
    (folder / "again").symlink_to(tmp_path)
    assert find_results([tmp_path]) == [folder]


@pytest.mark.parametrize("name", ["/" + 300 * "x", "a\0b"])
def test_a_folder_that_cannot_be_holds_nothing(tmp_path, name):
    assert find_results([tmp_path / name]) == []


def test_slices_are_shown_as_they_were_predicted(tmp_path):
    kept = {WORST: Outlined(4, 0.25, (2, 2), runs_of(MASK))}
    anna = made_patient("anna", made_slice(4, shared=1, true=4, pred=4), outlines=kept)
    write_evaluation(tmp_path, RESULT, [anna])
    shown = read_shown(tmp_path)["testing"]["anna"]
    assert [*shown] == [WORST]
    assert (shown[WORST].number, shown[WORST].dice) == (4, 0.25)
    assert (shown[WORST].mask == MASK).all()


def test_without_outlines_the_table_tells_which_slices(tmp_path):
    write_evaluation(tmp_path, RESULT, TESTING)
    (tmp_path / "outlines.json").unlink()
    shown = read_shown(tmp_path)["testing"]
    # anna: 60 wrong of 80 px by the expert, 20 of 20, 12 of none
    assert (shown["anna_1"][WORST].number, shown["anna_1"][LARGEST].number) == (1, 1)
    assert shown["anna_1"][WORST].dice == pytest.approx(80 / 140, abs=1e-6)
    # bert: 100 wrong of 100 px, and 100 of 400, where more is tumour
    assert (shown["bert"][WORST].number, shown["bert"][LARGEST].number) == (2, 2)
    assert shown["bert"][WORST].dice == pytest.approx(600 / 700, abs=1e-6)
    assert shown["bert"][LARGEST].mask is None
    assert shown["carl"] == {}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"splits": 3}', '{"splits": {"a": {"b": {"worst": 1}}}}']
)
def test_damaged_outlines_are_told(tmp_path, text):
    (tmp_path / "outlines.json").write_text(text)
    with pytest.raises(InputError, match="outlines"):
        read_shown(tmp_path)


def test_a_table_that_is_missing_or_another_is_told(tmp_path):
    with pytest.raises(InputError, match=r"slices\.csv cannot be read"):
        read_shown(tmp_path)
    (tmp_path / "slices.csv").write_text("split,patient\ntesting,anna\n")
    with pytest.raises(InputError, match=r"slices\.csv is no table of slices"):
        read_shown(tmp_path)


def test_a_slice_without_dice_is_never_shown(tmp_path):
    write_evaluation(tmp_path, RESULT, [made_patient("carl", made_slice(1), made_slice(2, pred=3))])
    (tmp_path / "outlines.json").unlink()
    shown = read_shown(tmp_path)["testing"]["carl"]
    assert shown[WORST].number == shown[LARGEST].number == 2
    assert not math.isnan(shown[WORST].dice)
