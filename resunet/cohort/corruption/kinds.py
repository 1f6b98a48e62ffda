"""The ways a slice can be broken, and what each means for whoever has to put it right."""

from typing import NamedTuple


class Kind(NamedTuple):
    """One way of being broken.

    Attributes:
        title: What people call it.
        meaning: What it means and what to do, in one sentence.
    """

    title: str
    meaning: str


KINDS = {
    "unreadable": Kind(
        "Unreadable file",
        "The file cannot be read as a slice: fetch it again from its source, or leave it out.",
    ),
    "missing_contrast": Kind(
        "Missing contrast",
        "A contrast is 0 everywhere although the others show a brain: find its picture, or leave "
        "the slice out.",
    ),
    "constant_contrast": Kind(
        "Constant contrast",
        "A contrast has the same value all over the brain: export it again.",
    ),
    "swapped_contrasts": Kind(
        "Swapped contrasts",
        "Two contrasts stand in each other's place: check which file is which, and put them right.",
    ),
    "same_contrast_twice": Kind(
        "Same contrast twice",
        "One picture stands for two contrasts: find the picture of the other one.",
    ),
    "other_slice": Kind(
        "Contrast from another slice",
        "A contrast shows another level of the same head: check the order of its slices.",
    ),
    "other_patient": Kind(
        "Contrast from another patient",
        "A contrast shows another head: check how the patient's files were put together.",
    ),
    "flipped_contrast": Kind(
        "Flipped contrast",
        "A contrast is mirrored against the others: check the orientation it was read with.",
    ),
    "rotated_contrast": Kind(
        "Rotated contrast",
        "A contrast is turned against the others: check its orientation and registration.",
    ),
    "flipped_mask": Kind(
        "Flipped mask",
        "The mask is mirrored against the pictures: check the orientation it was read with.",
    ),
    "rotated_mask": Kind(
        "Rotated mask",
        "The mask is turned against the pictures: check the orientation it was read with.",
    ),
    "shifted_mask": Kind(
        "Shifted mask",
        "The mask lies beside the lesion: check padding, cropping and the origin it was read with.",
    ),
    "empty_mask": Kind(
        "Empty mask",
        "The mask is empty although FLAIR shows a large lesion: find the outline, or leave it out.",
    ),
    "mask_outside_brain": Kind(
        "Mask outside the brain",
        "The mask reaches where there is no brain: check that it belongs to this slice.",
    ),
    "noise": Kind(
        "Heavy noise",
        "A contrast is much noisier than is usual: leave the slice out if its tumour cannot be "
        "told.",
    ),
    "ghosts": Kind(
        "Motion ghosts",
        "A contrast shows shifted copies of the head, as of a patient who moved: leave it out if "
        "they cross the tumour.",
    ),
    "spike": Kind(
        "Spike (herringbone)",
        "A contrast is crossed by regular stripes, as of a spark in the scanner: leave it out.",
    ),
    "bias_field": Kind(
        "Bias field",
        "A contrast grows brighter from one side to the other: correct its bias field, for example "
        "with N4.",
    ),
    "clipping": Kind(
        "Clipped intensities",
        "The brightest values of a contrast were cut off: export it again with its full range.",
    ),
    "wrapped_integers": Kind(
        "Wrapped integers",
        "The brightest values of a contrast turned dark, as when a number is too large for its "
        "type: convert it again.",
    ),
    "blur": Kind(
        "Blur",
        "A contrast is much less sharp than is usual: check how it was resampled.",
    ),
    "zeroed_block": Kind(
        "Zeroed block",
        "A rectangle inside the brain is 0: fetch the slice again from its source.",
    ),
}
"""Key of a `Flag.kind` → what it means, in the order in which they are shown."""

CERTAIN_KINDS = ("unreadable", "missing_contrast", "constant_contrast")
"""What is known exactly, by the reader or by one look at the values."""

JUDGED_KINDS = tuple(kind for kind in KINDS if kind not in CERTAIN_KINDS)
"""What is told by measurement: the columns of a detector's scores."""

MASK_KINDS = (
    "flipped_mask",
    "rotated_mask",
    "shifted_mask",
    "empty_mask",
    "mask_outside_brain",
)
"""What can only be told where there is a mask."""

ONE_CONTRAST_KINDS = tuple(
    kind
    for kind in JUDGED_KINDS
    if kind not in (*MASK_KINDS, "swapped_contrasts", "same_contrast_twice")
)
"""What concerns one contrast."""
