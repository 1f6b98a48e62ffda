"""Predictions of the same slices, epoch by epoch, in one picture."""

import numpy as np
import pytest

from resunet.figures import samples
from resunet.figures.colours import PREDICTION, TRUTH, rgb
from resunet.figures.samples import picture_samples

SIDE, GAP = 80, 6
SIZE = 16


@pytest.fixture
def labels(monkeypatch):
    """What is written on the tiles, in order; the tiles themselves stay bare."""
    written = []
    monkeypatch.setattr(
        samples, "picture_labelled", lambda image, text: written.append(text) or image
    )
    return written


def slices(count, epochs):
    """Grey slices; the expert's outline at the left, the network's at the right."""
    images = np.full((count, SIZE, SIZE), 60, np.uint8)
    masks = np.zeros((count, SIZE, SIZE), bool)
    masks[:, 5:11, 1:6] = True
    probabilities = np.zeros((epochs, count, SIZE, SIZE), np.uint8)
    probabilities[:, :, 5:11, 10:15] = 255
    return images, masks, probabilities


def draw(count, epochs, **options):
    images, masks, probabilities = slices(count, len(epochs))
    names = [f"slice {number}" for number in range(count)]
    return picture_samples(
        images, masks, names, epochs, probabilities, **{"side_px": SIDE, **options}
    )


def tiles(picture):
    """The tiles, by row and column."""
    pixels, step = np.asarray(picture), SIDE + GAP
    return [
        [
            pixels[row + GAP : row + step, column + GAP : column + step]
            for column in range(0, picture.width - GAP, step)
        ]
        for row in range(0, picture.height - GAP, step)
    ]


def has(tile, colour):
    return bool((tile == rgb(colour)).all(axis=-1).any())


@pytest.mark.parametrize(
    ("count", "epochs", "across"), [(1, 1, 2), (3, 2, 3), (2, 7, 8), (4, 8, 8), (1, 24, 8)]
)
def test_a_row_for_each_slice_and_at_most_eight_in_it(count, epochs, across):
    picture = draw(count, range(1, epochs + 1))
    step = SIDE + GAP
    assert picture.mode == "RGB"
    assert picture.size == (across * step + GAP, count * step + GAP)


def test_the_expert_comes_first_and_then_every_epoch(labels):
    draw(2, [1, 2, 5])
    rows = [[f"slice {number}", "epoch 1", "epoch 2", "epoch 5"] for number in range(2)]
    assert labels == [*rows[0], *rows[1]]


@pytest.mark.parametrize("count", [8, 9, 15, 23, 24])
def test_of_many_epochs_first_and_newest_are_among_those_drawn(labels, count):
    epochs = [3 * number + 1 for number in range(count)]
    draw(1, epochs)
    drawn = [int(text.removeprefix("epoch ")) for text in labels[1:]]
    assert len(drawn) == 7
    assert (drawn[0], drawn[-1]) == (epochs[0], epochs[-1])
    assert drawn == sorted(set(drawn))
    steps = np.diff([epochs.index(epoch) for epoch in drawn])
    assert steps.max() - steps.min() <= 1  # evenly


def test_fewer_columns_may_be_asked_for(labels):
    picture = draw(1, range(1, 11), columns=3)
    assert labels == ["slice 0", "epoch 1", "epoch 10"]
    assert picture.width == 3 * (SIDE + GAP) + GAP


def test_red_is_everywhere_blue_only_where_the_network_speaks(labels):
    images, masks, probabilities = slices(2, 2)
    probabilities[0, 1] = 0  # at first nothing in the second slice
    picture = picture_samples(images, masks, ["a", "b"], [1, 2], probabilities, side_px=SIDE)
    rows = tiles(picture)
    assert [[has(tile, TRUTH) for tile in row] for row in rows] == [[True] * 3] * 2
    blue = [[has(tile, PREDICTION) for tile in row] for row in rows]
    assert blue == [[False, True, True], [False, False, True]]
    half = SIDE // 2
    for tile in (tile for row in rows for tile in row):
        assert not has(tile[:, half:], TRUTH)
        assert not has(tile[:, :half], PREDICTION)


def test_a_veil_lies_where_it_is_likely_and_nowhere_else(labels):
    first, second = tiles(draw(1, [1]))[0]
    inside, outside = (40, 62), (12, 40)  # the middle of the network's square; bare brain
    assert first[inside].tolist() == first[outside].tolist() == [60, 60, 60]
    assert second[outside].tolist() == [60, 60, 60]
    red, _, blue = second[inside].astype(int)
    assert blue > red + 40


def test_a_probability_of_a_half_or_less_is_a_veil_without_an_outline(labels):
    images, masks, probabilities = slices(1, 1)
    below = picture_samples(images, masks, ["a"], [1], probabilities // 2, side_px=SIDE)
    assert not has(tiles(below)[0][1], PREDICTION)
    tile = tiles(below)[0][1]
    assert tile[40, 62].astype(int)[2] > tile[40, 62].astype(int)[0] + 20


def test_a_slice_without_tumour_has_no_red(labels):
    images, masks, probabilities = slices(1, 1)
    picture = picture_samples(images, np.zeros_like(masks), ["a"], [1], probabilities, side_px=SIDE)
    assert not has(np.asarray(picture), TRUTH)


def test_names_and_epochs_are_written_in_their_tiles():
    row = tiles(draw(1, [12]))[0]
    assert all(tile[:24].max() > 200 for tile in row)  # the upper left corner is grey else
