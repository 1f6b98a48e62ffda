"""What contrasts tell of each other."""

import numpy as np
import pytest

from resunet.cohort.corruption import mixups, relations
from resunet.cohort.corruption.frame import make_frame

WAYS = ("moved", "turned", "mirrored", "upside_down", "half_turn", "quarter_turn", "three_quarters")


def traits(images):
    found = relations.measure(make_frame(images, None))
    return dict(zip(relations.NAMES, found.tolist(), strict=True))


def with_t2(images, picture):
    changed = images.copy()
    changed[..., 2] = picture
    return traits(changed)


def test_a_copy_correlates_fully_and_real_contrasts_do_not(head):
    images, _ = head
    copied = with_t2(images, images[..., 0] * 3)
    for trait in ("alike", "alike_fine", "alike_finest"):
        assert copied[f"{trait}_t1_t2"] == pytest.approx(1, abs=1e-3)
        assert traits(images)[f"{trait}_t1_t2"] < 0.9
    assert copied["edges_t1_t2"] == pytest.approx(1, abs=1e-3)


def test_edges_agree_whatever_is_brighter(head):
    images, _ = head
    inverted = np.where(images[..., 2] != 0, 1500 - images[..., 2], 0)
    assert with_t2(images, inverted)["edges_here_t2"] == pytest.approx(
        traits(images)["edges_here_t2"], abs=0.05
    )


@pytest.mark.parametrize(
    ("way", "change"),
    [
        ("mirrored", lambda p: mixups.mirror(p, 1)),
        ("upside_down", lambda p: mixups.mirror(p, 0)),
        ("half_turn", lambda p: mixups.turn(p, 180)),
        ("three_quarters", lambda p: mixups.turn(p, 90)),
        ("quarter_turn", lambda p: mixups.turn(p, -90)),
        ("turned", lambda p: mixups.turn(p, 15)),
        ("turned", lambda p: mixups.turn(p, -10)),
        ("moved", lambda p: mixups.move(p, (8, -4))),
    ],
)
def test_what_was_done_is_the_gain_that_undoes_it(head, way, change):
    images, _ = head
    told = with_t2(images, change(images[..., 2]))
    gains = {name: told[f"edges_{name}_gain_t2"] for name in WAYS}
    assert max(gains, key=gains.get) == way
    assert gains[way] > 0.3
    assert told["edges_here_t2"] < traits(images)["edges_here_t2"] - 0.3


def test_a_move_is_measured_in_cells_of_the_64th(head):
    images, _ = head
    told = with_t2(images, mixups.move(images[..., 2], (6, 8)))
    assert told["edges_moved_by_t2"] == pytest.approx(5)  # 3 and 4 cells of 2 pixels


def test_outlines(head):
    images, _ = head
    assert traits(images)["outline_t1_t2"] == pytest.approx(np.log(0.001), abs=1e-3)
    half = np.where(np.arange(128)[:, None] < 64, images[..., 2], 0)
    assert traits(images)["outline_t1_t2"] < with_t2(images, half)["outline_t1_t2"]
