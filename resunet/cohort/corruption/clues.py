"""Which traits may tell each kind of break, and how they are said."""

from typing import NamedTuple


class Clue(NamedTuple):
    """One trait that may tell a kind of break.

    Attributes:
        trait: Its name; ``{c}`` stands for the contrast, ``{i}`` and ``{j}`` for a pair.
        sign: 1 where large values speak for the break, −1 where small ones do.
        words: What was measured, up to its value; ``{C}``, ``{I}``, ``{J}`` as above.
        form: How the value is written: ``number``, ``px``, ``log`` (of a ratio), ``mille`` (the
            log of a share in thousandths), ``share``, ``cells`` (of 4 pixels of 256).
    """

    trait: str
    sign: int
    words: str
    form: str = "number"


_EDGES = Clue("edges_here_{c}", -1, "{C}'s edges agree with the other contrasts' by")
_ITSELF = Clue("like_itself_{c}", -1, "{C} correlates with {C} of the slices beside it by")
_BESIDE = Clue(
    "alone_{c}", 1, "where the other contrasts show nothing, {C} shows this share:", "mille"
)
_HOLE = Clue(
    "missing_{c}", 1, "{C} is 0 where the others show brain, in this share of it:", "mille"
)
_FIT = Clue("mask_fit", -1, "FLAIR inside the mask is above its surroundings by (spreads)")
_STEP = Clue("mask_step_flair", -1, "FLAIR inside the mask is above the ring round it by (spreads)")
_LIKE = Clue("mask_like", -1, "the mask overlaps with the masks beside it by (Dice)")

CLUES: dict[str, tuple[Clue, ...]] = {
    "swapped_contrasts": (
        Clue("like_{i}_as_{j}", 1, "{I} correlates with {J} of the slices beside it by"),
        Clue("like_{j}_as_{i}", 1, "{J} correlates with {I} of the slices beside it by"),
        Clue(
            "like_another_more_{i}",
            1,
            "{I} is more like another contrast of the slices beside it, by",
        ),
        Clue("like_itself_{i}", -1, "{I} correlates with {I} of the slices beside it by"),
        Clue("like_itself_{j}", -1, "{J} correlates with {J} of the slices beside it by"),
        Clue("alike_{i}_{j}", -1, "{I} and {J} correlate by"),
    ),
    "same_contrast_twice": (
        Clue("alike_finest_{i}_{j}", 1, "the finest detail of {I} and {J} correlates by"),
        Clue("alike_fine_{i}_{j}", 1, "the detail of {I} and {J} correlates by"),
        Clue("alike_{i}_{j}", 1, "{I} and {J} correlate by"),
    ),
    "other_slice": (_EDGES, _BESIDE, _HOLE, _ITSELF),
    "other_patient": (_EDGES, _BESIDE, _HOLE, _ITSELF),
    "flipped_contrast": (
        Clue(
            "edges_mirrored_gain_{c}",
            1,
            "mirrored left to right, {C}'s edges agree with the others' more, by",
        ),
        Clue(
            "edges_upside_down_gain_{c}",
            1,
            "turned upside down, {C}'s edges agree with the others' more, by",
        ),
        Clue("like_mirrored_more_{c}", 1, "mirrored, {C} is more like the slices beside it, by"),
        Clue(
            "like_upside_down_more_{c}", 1, "upside down, {C} is more like the slices beside it, by"
        ),
        _EDGES,
    ),
    "rotated_contrast": (
        Clue(
            "edges_turned_gain_{c}",
            1,
            "turned a little, {C}'s edges agree with the others' more, by",
        ),
        Clue(
            "edges_quarter_turn_gain_{c}",
            1,
            "turned by a quarter, {C}'s edges agree with the others' more, by",
        ),
        Clue(
            "edges_three_quarters_gain_{c}",
            1,
            "turned by a quarter, {C}'s edges agree with the others' more, by",
        ),
        Clue(
            "edges_half_turn_gain_{c}",
            1,
            "turned by a half, {C}'s edges agree with the others' more, by",
        ),
        _EDGES,
    ),
    "flipped_mask": (
        Clue(
            "mask_mirrored_more",
            1,
            "mirrored left to right, the mask overlaps more with the masks beside it, by (Dice)",
        ),
        Clue(
            "mask_upside_down_more",
            1,
            "upside down, the mask overlaps more with the masks beside it, by (Dice)",
        ),
        Clue(
            "mask_mirrored_gain",
            1,
            "mirrored left to right, the mask fits FLAIR more, by (spreads)",
        ),
        Clue("mask_upside_down_gain", 1, "upside down, the mask fits FLAIR more, by (spreads)"),
        _FIT,
        _LIKE,
    ),
    "rotated_mask": (
        Clue(
            "mask_turned_more",
            1,
            "turned a little, the mask overlaps more with the masks beside it, by (Dice)",
        ),
        Clue(
            "mask_half_turn_more",
            1,
            "turned by a half, the mask overlaps more with the masks beside it, by (Dice)",
        ),
        Clue(
            "mask_quarter_turn_more",
            1,
            "turned by a quarter, the mask overlaps more with the masks beside it, by (Dice)",
        ),
        Clue(
            "mask_three_quarters_more",
            1,
            "turned by a quarter, the mask overlaps more with the masks beside it, by (Dice)",
        ),
        Clue("mask_turned_gain", 1, "turned a little, the mask fits FLAIR more, by (spreads)"),
        _FIT,
        _LIKE,
    ),
    "shifted_mask": (
        Clue(
            "mask_moved_cells",
            1,
            "the mask overlaps most with the masks beside it when moved by (64ths of the picture)",
        ),
        Clue(
            "mask_moved_more",
            1,
            "moved, the mask overlaps more with the masks beside it, by (Dice)",
        ),
        Clue("mask_moved_gain", 1, "moved, the mask fits FLAIR more, by (spreads)"),
        _FIT,
        _STEP,
        _LIKE,
    ),
    "empty_mask": (
        Clue(
            "unmasked_bright",
            1,
            "FLAIR is as bright as a lesion outside the mask in this share of the brain:",
            "mille",
        ),
        Clue("mask_lost_share", 1, "of the masks beside it, this one lacks", "share"),
    ),
    "mask_outside_brain": (
        Clue("mask_outside", 1, "of the mask, this share lies outside the brain:", "share"),
    ),
    "noise": (
        Clue("noise_{c}", 1, "the finest noise of {C}, over the spread of its values, is", "log"),
        Clue(
            "change_of_noise_{c}",
            1,
            "the finest noise of {C}, over that of the slices beside it, is",
            "log",
        ),
    ),
    "ghosts": (
        Clue(
            "echo_rows_{c}",
            1,
            "{C} agrees with itself, moved up or down, beyond chance by (standard deviations)",
            "log",
        ),
        Clue(
            "echo_columns_{c}",
            1,
            "{C} agrees with itself, moved sideways, beyond chance by (standard deviations)",
            "log",
        ),
        Clue(
            "change_of_echo_rows_{c}",
            1,
            "{C} agrees with itself, moved up or down, more than beside it, by a factor of",
            "log",
        ),
        Clue(
            "change_of_echo_columns_{c}",
            1,
            "{C} agrees with itself, moved sideways, more than beside it, by a factor of",
            "log",
        ),
    ),
    "spike": (
        Clue(
            "stripes_{c}",
            1,
            "the strongest stripes of {C} have more power than others as fine, by a factor of",
            "log",
        ),
        Clue(
            "stripes_only_{c}",
            1,
            "the strongest stripes of {C} are stronger than in other contrasts by a factor of",
            "log",
        ),
    ),
    "bias_field": (
        Clue(
            "tint_change_{c}",
            1,
            "{C} is brighter here and darker there than the slices beside it, by",
            "log",
        ),
        Clue("untinted_{c}", 1, "{C}'s brightness varies by (log)"),
    ),
    "clipping": (
        Clue(
            "share_at_top_{c}",
            1,
            "of {C}'s pixels, this share has exactly the highest value:",
            "mille",
        ),
        Clue(
            "tail_{c}", -1, "{C}'s brightest pixel is above the 99.5th centile by (spreads)", "log"
        ),
    ),
    "wrapped_integers": (
        Clue("negative_{c}", 1, "of {C}'s pixels, this share is below 0:", "mille"),
        Clue(
            "jumps_{c}",
            1,
            "of {C}'s neighbouring pixels, this share jumps by most of its range:",
            "mille",
        ),
        Clue(
            "largest_jump_{c}",
            1,
            "{C}'s largest steps between neighbouring pixels are (spreads)",
            "log",
        ),
    ),
    "blur": (
        Clue("curvature_{c}", -1, "{C}'s fine detail, over the spread of its values, is", "log"),
        Clue(
            "change_of_curvature_{c}",
            -1,
            "{C}'s fine detail, over that of the slices beside it, is",
            "log",
        ),
    ),
    "zeroed_block": (
        Clue("zero_square_{c}", 1, "inside the brain {C} is 0 in a square of this side:", "px"),
        Clue(
            "straight_edge_{c}", 1, "what is 0 inside the brain of {C} has a straight edge of", "px"
        ),
        Clue(
            "missing_{c}", 1, "{C} is 0 where the others show brain, in this share of it:", "mille"
        ),
    ),
}
"""What may be said of each kind, the first being said where none "
"stands out."""
