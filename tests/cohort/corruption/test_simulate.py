"""Breaking a slice on purpose: one break at a time, by the strength asked for."""

import numpy as np
import pytest

from resunet.cohort.corruption.kinds import KINDS, MASK_KINDS, ONE_CONTRAST_KINDS
from resunet.cohort.corruption.simulate import LEVELS, corrupt, level
from resunet.errors import InputError

SIMULATED = [kind for kind in KINDS if kind != "unreadable"]


@pytest.fixture(scope="module")
def broken(head, heads):
    """Breaks the drawn head; neighbours and strangers are at hand."""

    def make(kind, strength=2, seed=0):
        return corrupt(
            *head,
            kind,
            strength,
            np.random.default_rng(seed),
            neighbour=heads(level=0.5)[0],
            stranger=heads(seed=9)[0],
        )

    return make


@pytest.mark.parametrize("kind", SIMULATED)
@pytest.mark.parametrize("strength", [1, 2, 3])
def test_only_what_is_named_changes_and_the_arguments_do_not(head, broken, kind, strength):
    images, mask = head
    before = images.copy(), mask.copy()
    made = broken(kind, strength)
    changed = [c for c in range(4) if not np.array_equal(made.images[..., c], images[..., c])]
    if kind in MASK_KINDS:
        assert (changed, made.contrasts) == ([], ())
        assert not np.array_equal(made.mask, mask)
    else:
        assert changed
        assert set(changed) <= set(made.contrasts)
        assert np.array_equal(made.mask, mask)
    two = kind in ("same_contrast_twice", "swapped_contrasts")
    assert len(made.contrasts) == (0 if kind in MASK_KINDS else 1 + two)
    assert made.images.dtype == np.float32
    assert made.mask.dtype == bool
    assert np.array_equal(images, before[0])
    assert np.array_equal(mask, before[1])


@pytest.mark.parametrize("kind", SIMULATED)
def test_the_same_seed_breaks_alike(broken, kind):
    first, second = broken(kind, 2, seed=5), broken(kind, 2, seed=5)
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.mask, second.mask)


@pytest.mark.parametrize(
    "kind", ["noise", "ghosts", "spike", "bias_field", "clipping", "wrapped_integers", "blur"]
)
def test_artefacts_grow_with_strength(head, broken, kind):
    change = [
        np.mean([np.abs(broken(kind, s, seed).images - head[0]).mean() for seed in range(6)])
        for s in (1, 2, 3)
    ]
    assert change[0] < change[1] < change[2]


def test_shifts_have_the_length_asked_for(head, broken):
    for strength, length in ((1, 6), (2, 12), (3, 24)):
        made = broken("shifted_mask", strength)
        centres = [np.argwhere(m).mean(axis=0) for m in (head[1], made.mask)]
        assert np.hypot(*(centres[1] - centres[0])) == pytest.approx(length, abs=1.5)


def test_swaps_by_strength(broken):
    assert broken("swapped_contrasts", 1).contrasts == (0, 1)
    for seed in range(6):
        first, second = broken("swapped_contrasts", 3, seed).contrasts
        assert first in (0, 1)
        assert second in (2, 3)


def test_a_strong_copy_is_exact_and_a_weak_one_is_not(broken):
    exact, weak = broken("same_contrast_twice", 3), broken("same_contrast_twice", 1)
    for made, same in ((exact, True), (weak, False)):
        pictures = [made.images[..., c] for c in made.contrasts]
        assert np.array_equal(*pictures) == same


def test_levels_pass_through_weak_middle_and_strong():
    for kind, levels in LEVELS.items():
        assert [level(kind, s) for s in (1, 2, 3)] == pytest.approx(levels)
    assert 6 < level("shifted_mask", 1.5) < 12


def test_what_is_needed_is_asked_for(head):
    images, mask = head
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="kind is torn"):
        corrupt(images, mask, "torn", 2, rng)
    with pytest.raises(InputError, match="without a mask"):
        corrupt(images, None, "flipped_mask", 2, rng)
    with pytest.raises(InputError, match="neighbour is None"):
        corrupt(images, mask, "other_slice", 2, rng)
    with pytest.raises(InputError, match="stranger is None"):
        corrupt(images, mask, "other_patient", 2, rng)


def test_a_slice_without_a_mask_keeps_none(head):
    made = corrupt(head[0], None, "noise", 2, np.random.default_rng(0))
    assert made.mask is None
    assert set(ONE_CONTRAST_KINDS) <= set(KINDS)
