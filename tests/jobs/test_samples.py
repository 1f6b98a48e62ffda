import math
import tracemalloc
import zipfile

import numpy as np
import pytest

from resunet.jobs import samples as samples_file
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
        {"masks": np.ones((2, 3, 3))},
        {"patients": (1, 2)},
        {"patients": ("anna", "b" * 1025)},
        {"numbers": (1.0, 2.0)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_parts_that_do_not_fit_are_no_samples(run, samples, other):
    write_samples(run, Samples(**(vars(samples) | other)))
    assert read_samples(run) is None


def write_declared(run, slices=2, side=3, epochs=0, **other):
    """A file whose headers declare a shape, with little or nothing behind them."""
    shape = (slices, side, side)
    parts = {
        "images": ("|u1", shape),
        "masks": ("|b1", shape),
        "patients": ("<U4", (slices,)),
        "numbers": ("<i8", (slices,)),
        "epochs": ("<i8", (epochs,)),
        "probabilities": ("|u1", (epochs, *shape)),
        **other,
    }
    run.path.mkdir()
    with zipfile.ZipFile(run.samples_file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (descr, shape) in parts.items():
            header = {"descr": descr, "fortran_order": False, "shape": shape}
            with archive.open(f"{name}.npy", "w") as part:
                np.lib.format.write_array_header_1_0(part, header)
                size = math.prod(shape) * np.dtype(descr).itemsize
                part.write(bytes(size if 0 <= size < 5_000_000 else 0))


@pytest.fixture
def small_memory():
    """Whoever takes more than a few megabytes is found out."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_what_is_declared_as_it_should_be_is_read(run):
    write_declared(run, slices=64, epochs=24)
    found = read_samples(run)
    assert (len(found.patients), len(found.epochs)) == (64, 24)


@pytest.mark.parametrize(
    "declared",
    [
        {"slices": 10**13},  # 90 TB
        {"slices": 3, "side": 32_768},  # 3 GB
        {"epochs": 10**12},
        {"slices": 64, "side": 1024, "epochs": 24},  # 1.7 GB, where each part may be as long
        {"slices": 65},
        {"side": 1025},
        {"epochs": 25},
        {"slices": 0},
        {"side": 0},
        {"patients": ("<U500000000", (2,))},  # 4 GB
        {"numbers": ("<i8", (10**10,))},
        {"epochs": 0, "probabilities": ("|u1", (0, 10**13, 3, 3))},
        {"images": ("|O", (2, 3, 3))},
        {"images": ("|u1", (-1, 3, 3))},
    ],
    ids=str,
)
def test_too_much_or_nothing_is_no_samples_and_is_not_read(run, declared, small_memory):
    write_declared(run, **declared)
    assert read_samples(run) is None


def test_a_file_that_unpacks_to_too_much_is_not_read(run, monkeypatch, small_memory):
    """Within what each part may be."""
    monkeypatch.setattr(samples_file, "_MOST_BYTES", 100_000)
    write_declared(run, slices=64, side=64)
    assert read_samples(run) is None


@pytest.mark.parametrize("header", [b"(", b"{'descr': (", b"[" * 9000, b"\xff", b"-" * 9000 + b"1"])
def test_a_header_that_is_none_is_no_samples(run, header):
    write_declared(run)
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(run.samples_file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(run.samples_file, "w") as archive:
        for name, part in (parts | {"masks.npy": content}).items():
            archive.writestr(name, part)
    assert read_samples(run) is None
