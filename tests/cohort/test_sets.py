import pytest
from synthetic import write_paper_layout

from resunet.cohort.sets import choose_reference, find_sets
from resunet.errors import InputError


@pytest.fixture
def folders(tmp_path):
    splits = {"training": ["a", "b"], "testing": ["c"]}
    write_paper_layout(tmp_path / "one", patients=splits, slices_per_patient=1, size=16)
    write_paper_layout(tmp_path / "two", patients={".": ["d"]}, slices_per_patient=1, size=16)
    return tmp_path


def names_of(sets):
    return {each.name: [case.patient for case in each.cases] for each in sets}


def test_the_splits_of_one_folder_bear_their_own_names(folders):
    found = find_sets([folders / "one"])
    assert names_of(found) == {"training": ["a", "b"], "testing": ["c"]}
    assert {each.root for each in found} == {folders / "one"}


def test_a_folder_without_splits_is_one_set(folders):
    assert names_of(find_sets([folders / "two"])) == {"all": ["d"]}


def test_several_folders_tell_whose_split_it_is(folders):
    found = find_sets([folders / "one", folders / "two"])
    assert names_of(found) == {"one/training": ["a", "b"], "one/testing": ["c"], "two": ["d"]}


def test_folders_can_be_taken_whole(folders):
    found = find_sets([folders / "one", folders / "two"], whole=True)
    assert names_of(found) == {"one": ["c", "a", "b"], "two": ["d"]}


def test_folders_of_one_name_are_told_apart(folders):
    write_paper_layout(folders / "b/one", patients={".": ["e"]}, slices_per_patient=1, size=16)
    found = find_sets([folders / "two", folders / "b/one", folders / "one"])
    assert len({each.name for each in found}) == 4


def test_no_folder_and_one_given_twice_are_refused(folders):
    with pytest.raises(InputError, match="No data folder was given"):
        find_sets([])
    with pytest.raises(InputError, match=r"two was given twice; each .* once"):
        find_sets([folders / "two", folders / "one" / ".." / "two"])


def test_training_is_the_reference_unless_another_is_wanted():
    assert choose_reference(["testing", "training"]) == "training"
    assert choose_reference(["x/testing", "x/train"]) == "x/train"
    assert choose_reference(["b", "a"]) == "b"
    assert choose_reference(["b", "a"], "a") == "a"
    with pytest.raises(InputError, match="reference is 'c', where one of b, a is accepted"):
        choose_reference(["b", "a"], "c")
