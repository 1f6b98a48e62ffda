import math

import numpy as np
import pytest
from bright import BLOCK, BrightEngine, write

from resunet.data.preprocess import Frame
from resunet.data.readers import read_case
from resunet.evaluation.seen import OneNetwork, SeenSlice, seen_slices
from resunet.evaluation.slices import measure_slice
from resunet.metrics import BrainCounts, OverlapCounts


def slice_of(truth, predicted, *, spacing_mm=(1.0, 1.0)):
    """A slice of 8×8 pixels on a grid of 4×4, all brain but the last row."""
    masks = []
    for place in (truth, predicted):
        mask = np.zeros((8, 8), bool)
        if place is not None:
            mask[place] = True
        masks.append(mask)
    brain = np.ones((8, 8), bool)
    brain[-1] = False
    # more than half of a grid pixel
    grid = [mask.reshape(4, 2, 4, 2).mean(axis=(1, 3)) > 0.5 for mask in masks]
    return SeenSlice(
        index=0,
        number=5,
        frame=Frame(0.0, 0.0, 8.0, 8.0),
        spacing_mm=spacing_mm,
        threshold=0.5,
        passes=grid[1][None].astype(np.float32),
        grid_brain=np.ones((4, 4), bool),
        grid_truth=grid[0],
        probability=masks[1].astype(np.float32),
        truth=masks[0],
        brain=brain,
    )


SQUARE = (slice(2, 4), slice(2, 4))


def test_counts_and_distances_by_hand():
    # the square moved by two columns: nothing shared, every pixel two away or three
    found = measure_slice(slice_of(SQUARE, (slice(2, 4), slice(4, 6))), tolerance_mm=1.0)
    assert found.number == 5
    assert found.native == BrainCounts(0, 4, 4, 7 * 8 - 8)
    assert found.grid == BrainCounts(0, 1, 1, 14)
    # from columns 2, 2, 3, 3 to column 4: 2, 2, 1, 1, of which the 95th percentile is 2
    assert found.hd95_mm == pytest.approx(2.0)
    assert (found.near_px, found.surface_px) == (4, 8)
    assert found.surface_dice == 0.5


def test_distances_are_in_mm():
    seen = slice_of(SQUARE, (slice(2, 4), slice(4, 6)), spacing_mm=(1.0, 0.5))
    assert measure_slice(seen, tolerance_mm=1.0).hd95_mm == pytest.approx(1.0)
    assert measure_slice(seen, tolerance_mm=1.0).surface_dice == 1.0
    assert measure_slice(seen, tolerance_mm=0.4).near_px == 0


def test_without_spacing_there_is_no_distance():
    found = measure_slice(slice_of(SQUARE, SQUARE, spacing_mm=None), tolerance_mm=1.0)
    assert math.isnan(found.hd95_mm)
    assert math.isnan(found.surface_dice)
    assert found.native.dice == 1.0


def test_one_empty_is_infinite_and_both_empty_undefined():
    for masks in ((SQUARE, None), (None, SQUARE)):
        found = measure_slice(slice_of(*masks), tolerance_mm=1.0)
        assert found.hd95_mm == math.inf
        assert (found.native.dice, found.surface_dice) == (0.0, 0.0)
    found = measure_slice(slice_of(None, None), tolerance_mm=1.0)
    assert math.isnan(found.hd95_mm)
    assert math.isnan(found.surface_dice)
    assert (found.near_px, found.surface_px) == (0, 0)
    assert found.ceiling == OverlapCounts()


def test_the_ceiling_is_what_a_perfect_mask_on_the_grid_gives():
    # 2×2 pixels are one of the grid, whose tent, cut at one half, is wide as that pixel: from
    # its centre 1 at 3, to 0.75 at 2.5 and 3.5: 0.75² > 0.5 there, 0.25 · 0.75 at the next
    found = measure_slice(slice_of(SQUARE, None), tolerance_mm=1.0)
    assert found.ceiling == OverlapCounts(4, 4, 4)
    # a pixel alone is a quarter of a grid pixel, and lost
    found = measure_slice(slice_of((slice(2, 3), slice(2, 3)), None), tolerance_mm=1.0)
    assert found.ceiling == OverlapCounts(0, 1, 0)
    assert found.ceiling.dice == 0.0


def test_a_perfect_network_reaches_the_ceiling(tmp_path):
    """On real preparation: what it finds is what a perfect mask gives, and no more."""
    (case,) = write(tmp_path, {"anna": {3: (BLOCK, BLOCK)}})
    (seen,) = seen_slices(case, read_case(case), OneNetwork(BrightEngine()))
    found = measure_slice(seen, tolerance_mm=1.0)
    counts = found.native
    assert found.ceiling == OverlapCounts(counts.intersection, counts.true, counts.pred)
