import numpy as np
import pytest

from resunet.jobs.run_folder import RunFolder
from resunet.jobs.samples import MOST_EPOCHS, Samples, read_samples, write_samples


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path / "run")


@pytest.fixture
def samples():
    """Two slices of 3×3 pixels, no epoch yet."""
    images = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    return Samples(
        images, images > 4, ("anna", "bert"), (7, 40), (), np.empty((0, 2, 3, 3), np.uint8)
    )


def probabilities(value):
    return np.full((2, 3, 3), value)


def test_epochs_grow_and_come_back_from_the_file(run, samples):
    grown = samples.with_epoch(1, probabilities(0.0)).with_epoch(2, probabilities(0.5))
    write_samples(run, grown)
    found = read_samples(run)
    assert found.epochs == (1, 2)
    assert (found.patients, found.numbers) == (("anna", "bert"), (7, 40))
    np.testing.assert_array_equal(found.images, samples.images)
    np.testing.assert_array_equal(found.masks, samples.masks)
    assert [int(each.max()) for each in found.probabilities] == [0, 128]


def test_an_epoch_that_is_done_again_replaces_what_was_there_of_it_and_later(samples):
    for epoch in (1, 2, 3):
        samples = samples.with_epoch(epoch, probabilities(0.1 * epoch))
    again = samples.with_epoch(2, probabilities(1.0))
    assert again.epochs == (1, 2)
    assert again.probabilities[1].min() == 255


def test_a_long_run_keeps_its_first_and_its_newest_epochs(samples):
    for epoch in range(1, 101):
        samples = samples.with_epoch(epoch, probabilities(epoch / 100))
    assert len(samples.epochs) == len(samples.probabilities) <= MOST_EPOCHS
    assert (samples.epochs[0], samples.epochs[-1]) == (1, 100)
    assert list(samples.epochs) == sorted(samples.epochs)
    for epoch, each in zip(samples.epochs, samples.probabilities, strict=True):
        assert each.max() == round(2.55 * epoch)


def test_probabilities_out_of_range_are_cut(samples):
    assert samples.with_epoch(1, probabilities(1.7)).probabilities.max() == 255


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_without_a_whole_file_there_are_none(run, samples, content):
    assert read_samples(run) is None
    write_samples(run, samples)
    if content is None:
        content = run.samples_file.read_bytes()[:-30]
    run.samples_file.write_bytes(content)
    assert read_samples(run) is None


@pytest.mark.parametrize(
    "other",
    [
        {"patients": ("anna",)},
        {"numbers": (1, 2, 3)},
        {"masks": np.ones((2, 3, 4), bool)},
        {"images": np.zeros((2, 3, 3), np.float32)},
        {"epochs": (1,)},
        {"images": np.uint8(3)},
    ],
    ids=str,
)
def test_parts_that_do_not_fit_are_no_samples(run, samples, other):
    write_samples(run, Samples(**(vars(samples) | other)))
    assert read_samples(run) is None
