import random
from collections import Counter

import pytest

from resunet.data.cases import Case
from resunet.data.folds import Fold, parts_of, read_fold, split_by_fold
from resunet.data.sites import site_of
from resunet.errors import InputError

NAMES = [
    f"Brats18_{site}_{number}_1"
    for site, count in {"2013": 5, "CBICA": 23, "TCIA01": 7, "TCIA13": 5}.items()
    for number in range(count)
]


def cases(names, splits=("training",)):
    return [Case(splits[index % len(splits)], name) for index, name in enumerate(names)]


@pytest.mark.parametrize(
    ("text", "fold"), [("2/5", Fold(2, 5)), ("all/3", Fold(None, 3)), ("1/2", Fold(1, 2))]
)
def test_a_fold_is_read_as_it_is_written(text, fold):
    assert read_fold(text) == fold
    assert str(fold) == text


@pytest.mark.parametrize(
    "text", ["", "0/5", "6/5", "1/1", "2", "2/", "a/5", "-1/5", "2/5/5", "2/0"]
)
def test_what_is_no_fold_is_refused(text):
    with pytest.raises(InputError, match=r"^The fold is .* is accepted\.$"):
        read_fold(text)


def test_parts_are_even_in_size_and_in_sites():
    parts = parts_of(NAMES, 5)
    assert sorted(parts) == sorted(NAMES)
    assert set(Counter(parts.values()).values()) == {8}
    for site, count in {"2013": 5, "CBICA": 23, "TCIA": 12}.items():
        dealt = Counter(part for name, part in parts.items() if site_of(name) == site)
        assert set(dealt) == {1, 2, 3, 4, 5}
        assert set(dealt.values()) <= {count // 5, -(-count // 5)}


def test_neither_order_nor_repetition_of_names_matters():
    shuffled = random.Random(1).sample(NAMES, len(NAMES))
    assert parts_of([*shuffled, *NAMES[:9]], 5) == parts_of(NAMES, 5)


def test_names_without_a_site_are_dealt_out_too():
    assert Counter(parts_of("abcdefg", 3).values()) == {1: 3, 2: 2, 3: 2}


def test_fewer_patients_than_parts_are_refused():
    with pytest.raises(InputError, match=r"^3 patients are to be dealt out to 4 parts"):
        parts_of("abc", 4)


def test_each_patient_validates_once_whatever_split_it_lies_in():
    every = cases(NAMES, ("training", "validating", "testing"))
    held = []
    for number in range(1, 6):
        split = split_by_fold(every, Fold(number, 5))
        assert len(split["training"]) + len(split["validating"]) == len(every)
        assert not {c.patient for c in split["training"]} & {c.patient for c in split["validating"]}
        held += [case.patient for case in split["validating"]]
    assert sorted(held) == sorted(NAMES)


def test_all_patients_can_train():
    every = cases(NAMES)
    split = split_by_fold(every, Fold(None, 5))
    assert split["training"] == every
    assert split["validating"] == split_by_fold(every, Fold(1, 5))["validating"]


def test_a_patient_in_two_splits_is_refused():
    with pytest.raises(InputError, match=r"^a lies in training and in testing"):
        split_by_fold([Case("training", "a"), Case("testing", "a")], Fold(1, 2))
