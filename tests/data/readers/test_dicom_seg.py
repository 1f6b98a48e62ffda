import hashlib
from dataclasses import replace

import numpy as np
import pytest
from dicom_files import PLANES, placed, write_series
from dicom_segmentations import write_segmentation
from pydicom import Dataset, dcmread
from synthetic import make_study

from resunet.data.grids import grid_of
from resunet.data.readers.dicom.segmentation import (
    find_segmentations,
    place_labels,
    read_segmentation,
)
from resunet.data.readers.dicom.series import find_series
from resunet.errors import InputError

# sizes that make frames of binary segmentations begin within a byte
STUDY = make_study(slices=6, height=15, width=11)
CLASSES = np.where(STUDY.labels == 4, 3, STUDY.labels)
"""Segments are numbered without gaps: 1 core, 2 oedema, 3 ring."""

SPACING = (2.0, 1.5, 0.75)


def series(folder, *, habit="plain", plane="axial", oblique_deg=0.0, spacing_mm=SPACING):
    """A series, and how labels on study axes are stacked on its planes."""
    how = {"plane": plane, "oblique_deg": oblique_deg, "spacing_mm": spacing_mm}
    paths = write_series(folder, *placed(STUDY.images[..., 3].astype(int), **how), habit=habit)
    return paths, lambda labels: placed(labels, **how).array


def grid_of_series(paths):
    (volume,) = find_series(paths)
    return volume.grid


@pytest.fixture
def axial(tmp_path):
    return series(tmp_path / "series")


# Labels come back onto the voxels that they were drawn on


@pytest.mark.parametrize("habit", ["plain", "enhanced"])
@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("oblique_deg", [0.0, 17.0])
def test_segments_come_back_onto_their_voxels(tmp_path, plane, oblique_deg, habit):
    paths, stack = series(tmp_path / "a", habit=habit, plane=plane, oblique_deg=oblique_deg)
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack(CLASSES), numbers=(1, 2, 3))
    volume = read_segmentation(path)
    assert (volume.format, volume.guess.contrast, volume.name) == (
        "dicom-seg",
        "labels",
        "seg.dcm",
    )
    labels = place_labels(volume, grid_of_series(paths))
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, CLASSES)


@pytest.mark.parametrize("omit_empty", [True, False])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_every_kind_of_segmentation_is_read(tmp_path, axial, kind, omit_empty):
    paths, stack = axial
    labels = stack((STUDY.labels > 0).astype(np.uint8))
    if kind == "FRACTIONAL":
        labels = np.where(labels > 0, 0.51, 0.49) * (stack(STUDY.images[..., 3]) > 0)
    path = write_segmentation(tmp_path / "seg.dcm", paths, labels, kind=kind, omit_empty=omit_empty)
    placed_labels = place_labels(read_segmentation(path), grid_of_series(paths))
    np.testing.assert_array_equal(placed_labels, STUDY.labels > 0)


def test_a_label_map_has_the_numbers_of_its_segments(tmp_path, axial):
    paths, stack = axial
    path = write_segmentation(
        tmp_path / "seg.dcm", paths, stack(CLASSES), kind="LABELMAP", numbers=(1, 2, 3)
    )
    volume = read_segmentation(path)
    assert volume.guess.reason == 'a DICOM segmentation of "Part 1", "Part 2", "Part 3"'
    np.testing.assert_array_equal(place_labels(volume, grid_of_series(paths)), CLASSES)


def test_where_segments_overlap_the_higher_one_is_taken(tmp_path, axial):
    paths, stack = axial
    whole, core = (stack((CLASSES > 0).astype(np.uint8)), stack((CLASSES == 1).astype(np.uint8)))
    for first, second in ((whole, core), (core, whole)):
        both = np.stack([first, second], axis=-1)
        path = write_segmentation(tmp_path / "seg.dcm", paths, both, numbers=(1, 2))
        values = read_segmentation(path).load()
        np.testing.assert_array_equal(values, np.where(second, 2, first)[1:5])


def test_a_compressed_segmentation_is_read(tmp_path, axial):
    paths, stack = axial
    path = write_segmentation(
        tmp_path / "seg.dcm",
        paths,
        stack(CLASSES),
        kind="LABELMAP",
        numbers=(1, 2, 3),
        compress=True,
    )
    labels = place_labels(read_segmentation(path), grid_of_series(paths))
    np.testing.assert_array_equal(labels, CLASSES)


def test_an_empty_segmentation_is_all_background(tmp_path, axial):
    paths, stack = axial
    path = write_segmentation(
        tmp_path / "seg.dcm", paths, stack(np.zeros_like(CLASSES)), omit_empty=False
    )
    labels = place_labels(read_segmentation(path), grid_of_series(paths))
    assert labels.shape == STUDY.shape
    assert not labels.any()


# Planes without a frame


def only_planes(*planes):
    """The classes on some planes, none on the others."""
    return CLASSES * np.isin(np.arange(6), planes)[:, None, None].astype(np.uint8)


def test_planes_without_a_frame_are_background(tmp_path, axial):
    paths, stack = axial
    labels = only_planes(1, 4)
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack(labels), numbers=(1, 2, 3))
    assert len({str(f.PlanePositionSequence) for f in per_frame(dcmread(path))}) == 2
    volume = read_segmentation(path)
    assert volume.shape == (4, 15, 11)  # from the second plane to the fifth
    assert volume.load()[1:3].max() == 0
    np.testing.assert_array_equal(place_labels(volume, grid_of_series(paths)), labels)


def per_frame(ds):
    return ds.PerFrameFunctionalGroupsSequence


def measures(ds):
    return ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]


def rewritten(path, change):
    ds = dcmread(path)
    change(ds)
    ds.save_as(path)
    return path


def test_without_a_stated_distance_the_smallest_one_counts(tmp_path, axial):
    paths, stack = axial
    labels = only_planes(1, 2, 4)
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack(labels), numbers=(1, 2, 3))

    def forget(ds):
        del measures(ds).SpacingBetweenSlices
        measures(ds).SliceThickness = "1.3"  # the planes do not touch: 2 mm apart

    volume = read_segmentation(rewritten(path, forget))
    assert volume.grid.affine[2, 0] == pytest.approx(2.0)
    np.testing.assert_array_equal(place_labels(volume, grid_of_series(paths)), labels)


def test_a_single_frame_needs_no_distance(tmp_path, axial):
    paths, stack = axial
    labels = (only_planes(3) > 0).astype(np.uint8)
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack(labels))

    def forget(ds):
        del measures(ds).SpacingBetweenSlices, measures(ds).SliceThickness

    volume = read_segmentation(rewritten(path, forget))
    assert volume.shape == (1, 15, 11)
    np.testing.assert_array_equal(place_labels(volume, grid_of_series(paths)), labels)


def test_frames_at_irregular_distances_are_refused(tmp_path, axial):
    paths, stack = axial
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack((CLASSES > 0).astype(np.uint8)))

    def move(ds):
        position = per_frame(ds)[1].PlanePositionSequence[0].ImagePositionPatient
        position[2] += 0.7

    with pytest.raises(InputError) as caught:
        read_segmentation(rewritten(path, move))
    assert str(caught.value) == (
        f"{path} holds frames at irregular distances, where even ones are accepted."
    )


def test_frames_that_span_kilometres_are_refused(tmp_path, axial):
    paths, stack = axial
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack((CLASSES > 0).astype(np.uint8)))

    def move(ds):
        per_frame(ds)[-1].PlanePositionSequence[0].ImagePositionPatient[2] = "2e8"

    with pytest.raises(InputError, match="where up to 134217728 are accepted"):
        read_segmentation(rewritten(path, move))


# Placing


def labelled(shape, corner=(0, 0, 0), spacing=(1.0, 1.0, 1.0), values=None):
    """A segmentation of ones whose first voxel lies at a place of a grid of 1 mm."""
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = corner
    values = np.ones(shape, np.float32) if values is None else values
    return affine, values


def as_volume(volume, affine, values):
    return replace(
        volume, grid=grid_of(values.shape, affine), shape=values.shape, load=lambda: values
    )


@pytest.fixture
def volume(tmp_path, axial):
    paths, stack = axial
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack((CLASSES > 0).astype(np.uint8)))
    return read_segmentation(path)


TARGET = grid_of((5, 6, 7), np.eye(4))  # axes to right, front and up


def test_a_part_is_put_where_it_belongs(volume):
    values = np.arange(1, 9, dtype=np.float32).reshape(2, 2, 2)
    affine, _ = labelled((2, 2, 2), corner=(1, 2, 3))
    labels = TARGET.to_file(place_labels(as_volume(volume, affine, values), TARGET))
    np.testing.assert_array_equal(labels[1:3, 2:4, 3:5], values)
    assert np.count_nonzero(labels) == 8


def test_a_part_that_is_stored_the_other_way_round_is_put_where_it_belongs(volume):
    # planes run down instead of up, and are the file's first axis
    values = np.arange(1, 9, dtype=np.float32).reshape(2, 2, 2)
    affine = np.array([[0, 0, 1, 1], [0, 1, 0, 2], [-1, 0, 0, 4], [0, 0, 0, 1.0]])
    labels = TARGET.to_file(place_labels(as_volume(volume, affine, values), TARGET))
    np.testing.assert_array_equal(labels[1:3, 2:4, 3:5], values.transpose(2, 1, 0)[:, :, ::-1])


def test_what_is_empty_may_lie_outside_of_the_pictures(volume):
    values = np.zeros((9, 9, 9), np.float32)
    values[4, 4, 4] = 3
    affine, _ = labelled(values.shape, corner=(-2, -2, -2))
    labels = TARGET.to_file(place_labels(as_volume(volume, affine, values), TARGET))
    assert labels[2, 2, 2] == 3
    assert np.count_nonzero(labels) == 1


def test_labels_outside_of_the_pictures_are_refused(volume):
    for corner in ((4, 0, 0), (-1, 0, 0), (50, 50, 50), (-50, 0, 0)):
        with pytest.raises(InputError, match=r"seg\.dcm labels \d+ voxels outside of the pictures"):
            place_labels(as_volume(volume, *labelled((2, 2, 2), corner)), TARGET)


@pytest.mark.parametrize(
    "affine",
    [
        np.diag([1.0, 1.0, 1.1, 1.0]),
        np.diag([2.0, 2.0, 2.0, 1.0]),
        np.eye(4) + 0.5 * np.eye(4, k=3),
        np.array([[1, 0.1, 0, 0], [-0.1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    ],
    ids=["another step", "twice as coarse", "half a voxel aside", "turned"],
)
def test_other_voxels_than_those_of_the_pictures_are_refused(volume, affine):
    values = np.ones((3, 3, 3), np.float32)
    with pytest.raises(InputError) as caught:
        place_labels(as_volume(volume, affine, values), TARGET)
    assert str(caught.value) == (
        "seg.dcm has voxels that do not fall on those of the pictures (3×3×3 on 7×6×5); a "
        "segmentation of these pictures is accepted."
    )


def test_rounding_in_headers_does_not_matter(volume):
    affine, values = labelled((3, 3, 3), corner=(1.01, 0.99, 1.0), spacing=(1.001, 1.0, 1.0))
    assert place_labels(as_volume(volume, affine, values), TARGET).sum() == 27


# What it is called, what warns


def test_the_digest_is_that_of_the_file(tmp_path, volume):
    content = (tmp_path / "seg.dcm").read_bytes()
    assert volume.digest() == hashlib.sha256(content).hexdigest()
    assert volume.warnings == ()
    assert volume.stack is None


@pytest.mark.parametrize("made_by", ["AUTOMATIC", "SEMIAUTOMATIC"])
def test_a_segmentation_by_a_program_warns(tmp_path, axial, made_by):
    paths, stack = axial
    labels = stack((CLASSES > 0).astype(np.uint8))
    path = write_segmentation(tmp_path / "seg.dcm", paths, labels, made_by=made_by)
    sentence = "seg.dcm was made by a program, not by an expert."
    assert read_segmentation(path).warnings == ((sentence,) if made_by == "AUTOMATIC" else ())


def test_segmentations_are_found_among_pictures(tmp_path, axial):
    paths, stack = axial
    (tmp_path / "notes.txt").write_text("Segmentation Storage")
    found = [
        write_segmentation(
            tmp_path / f"{kind}.dcm", paths, stack((CLASSES > 0).astype(np.uint8)), kind=kind
        )
        for kind in ("BINARY", "LABELMAP")
    ]
    everything = [*found, *paths, tmp_path / "notes.txt", tmp_path / "missing.dcm"]
    assert find_segmentations(everything) == found
    assert len(find_series([*found, *paths])) == 1  # they are no pictures


def test_a_segmentation_without_preamble_is_found(tmp_path, volume):
    path = tmp_path / "seg.dcm"
    bare, expected = Dataset(dcmread(path)), volume.load()
    with path.open("wb") as file:
        bare.save_as(file, implicit_vr=True, little_endian=True)
    assert find_segmentations([path]) == [path]
    np.testing.assert_array_equal(read_segmentation(path).load(), expected)


# What is refused


def without(keyword):
    return lambda ds: delattr(ds, keyword)


def put(keyword, value):
    return lambda ds: setattr(ds, keyword, value)


BAD = {
    "type": (
        put("SegmentationType", "PAINTED"),
        'is a segmentation of type "PAINTED", where BINARY, FRACTIONAL, LABELMAP are accepted',
    ),
    "no whole": (
        put("SegmentationType", "FRACTIONAL"),
        "does not say what a whole is (MaximumFractionalValue)",
    ),
    "frames without places": (
        without("PerFrameFunctionalGroupsSequence"),
        "holds 4 frames without their places, where enhanced files are accepted",
    ),
    "too many frames": (
        put("NumberOfFrames", 10**6),
        "states 1000000×15×11 pixels, where 1 to 134217728 are accepted",
    ),
    "bytes missing": (
        put("PixelData", b"\0" * 80),
        "holds 80 bytes of pixels, where 83 are accepted for 4×15×11 pixels",
    ),
    "24 bits": (
        put("BitsAllocated", 24),
        "stores 1 of 24 bits a pixel, where 1, 8, 16 are accepted",
    ),
    "no spacing": (
        lambda ds: delattr(measures(ds), "PixelSpacing"),
        "does not say how large a pixel is (PixelSpacing)",
    ),
}


@pytest.mark.parametrize(("change", "problem"), BAD.values(), ids=BAD)
def test_bad_segmentations_are_refused_in_one_sentence(tmp_path, volume, change, problem):
    path = rewritten(tmp_path / "seg.dcm", change)
    with pytest.raises(InputError) as caught:
        read_segmentation(path)
    assert str(caught.value) == f"{path} {problem}."


@pytest.mark.parametrize("number", [0, 300, None])
def test_frames_of_no_segment_are_refused(tmp_path, axial, number):
    paths, stack = axial
    path = write_segmentation(tmp_path / "seg.dcm", paths, stack(CLASSES), numbers=(1, 2, 3))

    def renumber(ds):
        for groups in per_frame(ds):
            if number is None:
                del groups.SegmentIdentificationSequence
            else:
                groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber = number

    with pytest.raises(InputError, match="holds frames of no segment from 1 to 255"):
        read_segmentation(rewritten(path, renumber))


def test_a_label_map_of_large_numbers_is_refused(tmp_path, axial):
    paths, stack = axial
    path = write_segmentation(
        tmp_path / "seg.dcm", paths, stack(CLASSES), kind="LABELMAP", numbers=(1, 2, 3)
    )

    def enlarge(ds):
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
        labels = np.frombuffer(ds.PixelData, np.uint8)[: 4 * 15 * 11]
        ds.PixelData = (labels.astype("<u2") * 200).tobytes()
        ds["PixelData"].VR = "OW"

    volume = read_segmentation(rewritten(path, enlarge))
    with pytest.raises(InputError, match="holds other values than labels 0 to 255"):
        volume.load()


def test_a_picture_is_no_segmentation(axial):
    paths, _ = axial
    with pytest.raises(InputError) as caught:
        read_segmentation(paths[0])
    assert str(caught.value) == f"{paths[0]} is no DICOM segmentation, where one is accepted."


@pytest.mark.parametrize("content", [b"", b"text" * 99, bytes(128) + b"DICM"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "seg.dcm"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_segmentation(path)
    assert str(path) in str(caught.value)


def test_random_damage_is_refused_or_read_but_nothing_else(tmp_path, axial, volume):
    path, rng = tmp_path / "seg.dcm", np.random.default_rng(0)
    good, grid, refused = path.read_bytes(), grid_of_series(axial[0]), []
    for index in range(100):
        content = bytearray(good)
        for at in rng.integers(132, len(good), rng.integers(1, 5)):
            content[at] = rng.integers(0, 256)
        path.write_bytes(content[: rng.integers(0, len(good))] if index % 4 == 0 else content)
        try:
            place_labels(read_segmentation(path), grid)
        except InputError as error:
            refused.append(str(error))
    assert 20 < len(refused) < 100
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in refused)
