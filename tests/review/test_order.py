import itertools

import pytest
from review.entries import entry, patient, slice_row

from resunet.review.order import (
    Wanted,
    common_unit,
    in_places,
    is_large,
    listed,
    review_first,
    slices_first,
    slices_of,
)
from resunet.review.rows import Size


def ids(entries):
    return [each.id for each in entries]


def test_nothing_found_first_then_falling_doubt_then_what_is_unknown():
    entries = [
        entry("waiting"),
        entry("sure", patient(0.05)),
        entry("broken", problem="It cannot be read."),
        entry("unsure", patient(0.3)),
        entry("empty", patient(None, expected_px=2.0)),
        entry("nearly empty", patient(None, expected_px=30.0)),
    ]
    expected = ["nearly empty", "empty", "unsure", "sure", "broken", "waiting"]
    for some in itertools.permutations(entries):
        assert ids(review_first(some)) == expected


def test_equals_stay_as_they_stand():
    entries = [entry("b", patient(0.2)), entry("a", patient(0.2)), entry("d"), entry("c")]
    assert ids(review_first(entries)) == ["b", "a", "d", "c"]


def test_slices_by_falling_doubt_then_those_without_a_tumour():
    one = [slice_row(0, None, expected_px=1.0), slice_row(1, 0.2), slice_row(2, 0.4)]
    two = [slice_row(0, 0.3), slice_row(1, None, expected_px=8.0)]
    entries = [entry("A", patient(slices=one)), entry("x"), entry("B", patient(slices=two))]
    assert ids(slices_first(entries)) == ["A-2", "B-0", "A-1", "B-1", "A-0"]
    assert ids(slices_of(entries)) == ["A-0", "A-1", "A-2", "B-0", "B-1"]
    assert slices_first([entry("x"), entry("y", problem="No.")]) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), "ABCD"),
        (Wanted(text="  cbica_a "), "A"),
        (Wanted(text="Test"), "CD"),
        (Wanted(splits=("training",)), "AB"),
        (Wanted(splits=("training", "testing")), "ABCD"),
        (Wanted(only_open=True), "AD"),
        (Wanted(text="b", splits=("training",), only_open=True), "A"),
        (Wanted(text="nobody"), ""),
    ],
)
def test_filters(wanted, expected):
    entries = {
        "A": entry("CBICA_A"),
        "B": entry("TCIA_B", patient()),
        "C": entry("CBICA_C", split="testing"),
        "D": entry("TCIA_D", split="testing"),
    }
    found = listed(entries.values(), wanted, {"TCIA_B", "CBICA_C"})
    assert found == [entries[letter] for letter in expected]


def test_a_least_size_leaves_out_only_what_is_known_to_be_smaller():
    wanted = Wanted(least=5.0, unit="ml")
    assert is_large(patient(size=Size(5.0, "ml")), wanted)
    assert not is_large(patient(size=Size(4.9, "ml")), wanted)
    assert is_large(patient(size=Size(1.0, "cm²")), wanted)
    assert is_large(None, wanted)
    assert not is_large(slice_row(0, size=Size(0.0, "px")), Wanted(least=0.5, unit="px"))


def test_the_most_telling_unit_is_asked_for():
    assert common_unit([Size(1, "px"), Size(1, "cm²")]) == "cm²"
    assert common_unit([Size(1, "cm²"), Size(1, "ml"), Size(1, "px")]) == "ml"
    assert common_unit([]) is None


def test_patients_keep_their_places():
    entries = [entry("new"), entry("a"), entry("b"), entry("c")]
    assert ids(in_places(entries, ["c", "gone", "a", "b"])) == ["c", "a", "b", "new"]
