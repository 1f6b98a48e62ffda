"""The kinds: each has a title and a sentence, and belongs where it should."""

from resunet.cohort.corruption.kinds import (
    CERTAIN_KINDS,
    JUDGED_KINDS,
    KINDS,
    MASK_KINDS,
    ONE_CONTRAST_KINDS,
)

FIXED = [
    "unreadable",
    "missing_contrast",
    "constant_contrast",
    "swapped_contrasts",
    "same_contrast_twice",
    "other_slice",
    "other_patient",
    "flipped_contrast",
    "rotated_contrast",
    "flipped_mask",
    "rotated_mask",
    "shifted_mask",
    "empty_mask",
    "mask_outside_brain",
    "noise",
    "ghosts",
    "spike",
    "bias_field",
    "clipping",
    "wrapped_integers",
    "blur",
    "zeroed_block",
]


def test_keys_are_those_that_files_hold():
    assert list(KINDS) == FIXED


def test_every_kind_is_told_in_a_sentence_that_says_what_to_do():
    for kind in KINDS.values():
        assert kind.title[0].isupper()
        assert kind.meaning.endswith(".")
        assert ": " in kind.meaning
        assert kind.meaning.count(". ") == 0


def test_kinds_are_parted():
    assert set(CERTAIN_KINDS) | set(JUDGED_KINDS) == set(KINDS)
    assert not set(CERTAIN_KINDS) & set(JUDGED_KINDS)
    assert len(MASK_KINDS) + len(ONE_CONTRAST_KINDS) + 2 == len(JUDGED_KINDS) == 19
