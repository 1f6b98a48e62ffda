import tracemalloc

import numpy as np
import pytest
from cohort.sets_of_patients import pictures_of, survey, write_patient

from resunet.cohort.quantities import patient_values
from resunet.cohort.sets import find_sets
from resunet.cohort.survey import survey_sets
from resunet.cohort.workers import LocalWorkers


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("survey")
    for number, (split, patient) in enumerate(
        [("training", "a"), ("training", "b"), ("training", "c"), ("testing", "d")]
    ):
        write_patient(root / split, patient, *pictures_of(number))
    return root


class Refusing:
    """Workers that are given nothing to do."""

    def map(self, function, items):
        assert not items
        return iter(())


def test_sets_come_in_order_with_their_patients(data):
    found = survey(data)
    assert {name: list(each.patients) for name, each in found.items()} == {
        "training": ["a", "b", "c"],
        "testing": ["d"],
    }
    distribution = found["training"].distribution
    assert (distribution.slices, distribution.tumour_slices) == (9, 3)
    assert distribution.patients == {"a", "b", "c"}


def same(a, b):
    assert list(a.patients) == list(b.patients)
    np.testing.assert_array_equal(a.hits, b.hits)
    for name, counts in a.patients.items():
        other = b.patients[name]
        order, other_order = np.argsort(counts.numbers), np.argsort(other.numbers)
        np.testing.assert_array_equal(counts.cells, other.cells)
        np.testing.assert_array_equal(counts.intensities, other.intensities)
        np.testing.assert_array_equal(counts.measures[order], other.measures[other_order])
        np.testing.assert_array_equal(counts.prints[order], other.prints[other_order])
        values, others = patient_values(counts), patient_values(other)
        assert values == pytest.approx(others, nan_ok=True, rel=1e-12)


def test_two_halves_add_up_to_the_whole(data, tmp_path):
    # patients whole, and one whose slices lie in both halves
    whole = survey(data)["training"]
    for half, files in enumerate(
        (["a_0", "a_1", "a_2", "b_0"], ["b_1", "b_2", "c_0", "c_1", "c_2"])
    ):
        folder = tmp_path / f"half{half}/training"
        folder.mkdir(parents=True)
        for file in files:
            (folder / f"{file}.npz").write_bytes((data / f"training/{file}.npz").read_bytes())
    first, second = (survey(tmp_path / f"half{half}")["training"] for half in (0, 1))
    same(first + second, whole)
    same(second + first, whole)


def test_a_second_survey_reads_no_picture(data):
    first = survey(data)["training"]
    same(survey(data, workers=Refusing())["training"], first)


def test_a_changed_file_is_read_again(data, tmp_path):
    write_patient(tmp_path / "training", "a", *pictures_of(0))
    before = survey(tmp_path)["training"]
    write_patient(tmp_path / "training", "a", *pictures_of(5))
    assert not np.array_equal(survey(tmp_path)["training"].hits, before.hits)


def test_a_damaged_cache_is_made_anew(data, home):
    first = survey(data)["training"]
    for file in (home / "cache/surveys").iterdir():
        file.write_bytes(file.read_bytes()[:100])
    same(survey(data)["training"], first)


def test_processes_find_the_same(data, tmp_path):
    told = []
    sets = find_sets([data])
    found = survey_sets(
        sets, checked=False, workers=LocalWorkers(2), folder=tmp_path, on_case=told.append
    )
    same(found[0], survey(data)["training"])
    assert sorted(case.patient for case in told) == ["a", "b", "c", "d"]


def test_a_set_without_outlines_has_no_distribution(tmp_path):
    images, _ = pictures_of(1)
    write_patient(tmp_path, "p", images, None)
    found = survey(tmp_path)["all"]
    assert found.distribution is None
    assert np.isnan(patient_values(found.patients["p"])["mean_area_px"])


def test_no_picture_is_kept(tmp_path):
    """Of 24 more slices of 64 KiB and more each, some 4 KiB stay, and little more for a time."""

    def peak(slices):
        root = tmp_path / str(slices)
        write_patient(root, "p", *pictures_of(2, slices=slices))
        tracemalloc.start()
        survey(root)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    survey_warm = tmp_path / "warm"
    write_patient(survey_warm, "p", *pictures_of(2))
    survey(survey_warm)
    assert peak(32) - peak(8) < 24 * 8 * 1024
