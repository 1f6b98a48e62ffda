import json

import numpy as np
import pytest
from cohort.sets_of_patients import pictures_of, survey, write_patient

from resunet.cohort.comparison import compare_sets, comparison_json
from resunet.cohort.stored import read_comparison
from resunet.cohort.storing import write_comparison
from resunet.errors import InputError
from resunet.storage import dump_json

FEW = {"permutations": 99, "bootstraps": 50}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("comparison")
    for number in range(6):
        split = "training" if number < 4 else "testing"
        write_patient(root / split, f"Brats18_2013_{number}_1", *pictures_of(number))
    (root / "testing/Brats18_2013_4_1_9.npz").write_bytes(b"bad")
    write_patient(root / "unlabelled", "x", pictures_of(9)[0], None)
    return root


@pytest.fixture(scope="module")
def compared(data):
    return compare_sets(list(survey(data).values()), **FEW)


def test_each_set_and_each_pair_is_told(compared):
    result = comparison_json(compared)
    assert list(result["sets"]) == ["training", "testing", "unlabelled"]
    assert [(pair["a"], pair["b"]) for pair in result["pairs"]] == [
        ("training", "testing"),
        ("training", "unlabelled"),
        ("testing", "unlabelled"),
    ]
    training = result["sets"]["training"]
    assert (training["patients"], training["slices"], training["tumour_slices"]) == (4, 12, 4)
    assert training["empty_share"] == pytest.approx(8 / 12)
    assert sum(training["quadrants"].values()) == pytest.approx(1)
    assert sum(q["share"] for q in training["quadrant_mass"].values()) == pytest.approx(1)
    assert training["sites"] == {"2013": 4}
    assert result["sets"]["unlabelled"]["mean_area_px"] is None
    assert "No slice has an outline" in result["sets"]["unlabelled"]["mean_area_px_reason"]
    assert result["reference"] == "training"
    assert (result["seed"], result["permutations"], result["alpha"]) == (0, 99, 0.05)


def test_the_mean_masks_are_described(compared):
    pair = comparison_json(compared)["pairs"][0]
    training, testing = (survey.distribution.mean for survey in compared.surveys[:2])
    assert pair["max_abs_mean_difference"] == np.abs(training - testing).max()
    expected = np.corrcoef(training.ravel(), testing.ravel())[0, 1]
    assert pair["correlation_of_means"] == pytest.approx(expected)


def test_files_that_cannot_be_used_are_flags(compared):
    result = comparison_json(compared)
    (flag,) = result["flags"]
    assert flag["set"] == "testing"
    assert flag["file"] == "testing/Brats18_2013_4_1_9.npz"
    assert (flag["kind"], flag["score"], flag["number"]) == ("unreadable", 1.0, 9)
    assert result["sets"]["testing"]["unusable_files"] == 1
    assert result["checked"] is False
    assert result["flags_summary"] == ["1 file cannot be used as it is: unreadable file (1)."]


def test_json_can_be_written(compared):
    assert json.loads(dump_json(comparison_json(compared)))["schema"] == 1


def test_one_set_alone_is_described(data):
    result = comparison_json(compare_sets([survey(data)["testing"]], **FEW))
    assert list(result["sets"]) == ["testing"]
    assert result["pairs"] == []
    assert "Fewer than two sets" in result["pairs_reason"]
    mass = result["sets"]["testing"]["quadrant_mass"]["left_posterior"]
    assert mass["ci"][0] <= mass["mean"] <= mass["ci"][1]


def test_no_set_two_of_one_name_and_an_unknown_reference_are_refused(data):
    testing = survey(data)["testing"]
    with pytest.raises(InputError, match="surveys is empty"):
        compare_sets([])
    with pytest.raises(InputError, match="different names are due"):
        compare_sets([testing, testing])
    with pytest.raises(InputError, match="reference is 'x', where one of testing is accepted"):
        compare_sets([testing], reference="x")


def test_what_is_stored_is_read_again(compared, tmp_path):
    written, read = write_comparison(tmp_path, compared), read_comparison(tmp_path)
    assert read.result == json.loads(dump_json(written.result))
    for ours, theirs in zip(written.sets, read.sets, strict=True):
        assert (ours.name, ours.patients) == (theirs.name, theirs.patients)
        assert list(ours.values) == list(theirs.values)
        for name, values in ours.values.items():
            np.testing.assert_array_equal(values, theirs.values[name])
        np.testing.assert_array_equal(ours.measures, theirs.measures)
        np.testing.assert_array_equal(ours.intensities, theirs.intensities)
    np.testing.assert_array_equal(written.sets[0].distribution.mean, read.sets[0].distribution.mean)
    assert read.sets[0].distribution.slices == 12
    assert read.sets[2].distribution is None
    for ours, theirs in zip(written.pairs, read.pairs, strict=True):
        np.testing.assert_array_equal(ours.difference, theirs.difference)
        np.testing.assert_array_equal(ours.significant, theirs.significant)


def test_a_damaged_comparison_is_told(compared, tmp_path):
    write_comparison(tmp_path, compared)
    (tmp_path / "arrays.npz").write_bytes((tmp_path / "arrays.npz").read_bytes()[:500])
    with pytest.raises(InputError, match="holds no whole comparison"):
        read_comparison(tmp_path)
    with pytest.raises(InputError):
        read_comparison(tmp_path / "no")
