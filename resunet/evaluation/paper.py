"""What the paper reports, and what its table 5 quotes, beside what was found here.

Source: T. Jonsson, "ResU-Net: Image segmentation of brain cancer tumors using a U-Net
architecture with residual connections", Umeå University, 2023: section 4.1, tables 4 and 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SPLITS = {"training": "training", "validating": "validation", "testing": "test"}
"""The splits of a data folder, as the paper calls them."""

DICE = {"training": 0.889, "validating": 0.889, "testing": 0.785}
"""Table 4."""

EPOCHS = 19
TRAINING_MINUTES = 16
DEVICE = "RTX 3060 Ti"
LEARNING_RATE = 6.25e-4
"""Section 4.1."""

DICE_NOTE = (
    "The paper's Dice is on 64×64 pixels of slices of BraTS 2019; it does not say whether it is "
    "smoothed, or summed over batches, either of which would flatter. The nearest here is the one "
    "pooled on the network's grid; on other patients it is not the same question."
)

_VOLUMES = "Three-dimensional: it sees whole volumes, on other patients."
_NOT_SAID = "The paper does not say how many."


@dataclass(frozen=True)
class Published:
    """A line of table 5.

    Attributes:
        model: What it is called.
        dimensions: 2 or 3.
        data: What it was scored on.
        dice: Of the whole tumour, in [0, 1].
        parameters: How many it has; None where the paper does not say.
        comparable: What is, and what is not.
    """

    model: str
    dimensions: int
    data: str
    dice: float
    parameters: int | None
    comparable: str


TABLE_5 = (
    Published("Extension of nnU-Net", 3, "BraTS, validation", 0.894, 41_200_000, _VOLUMES),
    Published("Bag of tricks", 3, "BraTS, validation", 0.904, None, _VOLUMES),
    Published("Segtran (i3d)", 3, "BraTS, validation", 0.895, 166_700_000, _VOLUMES),
    Published(
        "Attention-guided U-Net",
        2,
        "BraTS 2018, validation",
        0.895,
        None,
        "Slice by slice as here, on other patients.",
    ),
    Published(
        "ResU-Net (the paper)",
        2,
        "BraTS 2019, validation",
        0.889,
        6_854_609,
        "The same kind of network on 64×64 pixels; how Dice is summed up is not said.",
    ),
)


def table_4(splits: Mapping[str, Any], training: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The paper's table 4 and what its text tells of the training, ours beside it.

    Args:
        splits: Of ``scores.json``; those that are missing have a reason.
        training: Of `resunet.evaluation.trained.training_of`.

    Returns:
        Lines of ``what``, ``ours`` (of Dice the pooled one on the network's grid),
        ``ours_patient_mean`` (of Dice, on the study's own pixels), ``paper``; what is None has
        its reason.
    """
    lines: list[dict[str, Any]] = []
    for split, name in SPLITS.items():
        found = splits.get(split)
        reason = None if found else f"The split {split} was not scored."
        lines.append(
            {
                "what": f"Dice, {name}",
                "ours": found["grid"]["dice_pooled"] if found else None,
                "ours_patient_mean": found["native"]["dice_patient_mean"] if found else None,
                "ours_reason": reason,
                "paper": DICE[split],
            }
        )
    facts = {
        "Training time in minutes": ("minutes", TRAINING_MINUTES),
        "Epochs": ("epochs", EPOCHS),
        "Final learning rate": ("learning_rate", LEARNING_RATE),
        "Device": ("device", DEVICE),
    }
    for what, (key, paper) in facts.items():
        reason = training.get(f"{key}_reason")
        lines.append(
            {"what": what, "ours": training.get(key), "ours_reason": reason, "paper": paper}
        )
    return lines


def table_5(
    splits: Mapping[str, Any], *, model: str, data: str, size: int, parameters: int
) -> list[dict[str, Any]]:
    """The paper's table 5 with a line for each split that was scored here.

    Args:
        splits: Of ``scores.json``.
        model: What ours is called.
        data: The data folder's name.
        size: Side of the network's grid in pixels.
        parameters: How many ours has.

    Returns:
        Lines of ``model``, ``dimensions``, ``data``, ``dice``, ``parameters``, ``comparable``,
        and ``ours``, whether it is a line of this evaluation.
    """
    lines: list[dict[str, Any]] = [
        {
            "model": each.model,
            "dimensions": each.dimensions,
            "data": each.data,
            "dice": each.dice,
            "parameters": each.parameters,
            "parameters_reason": None if each.parameters else _NOT_SAID,
            "comparable": each.comparable,
            "ours": False,
        }
        for each in TABLE_5
    ]
    for split, found in splits.items():
        native = found["native"]
        lines.append(
            {
                "model": model,
                "dimensions": 2,
                "data": f"{data}, {split}" if split else data,
                "dice": native["dice_patient_mean"],
                "dice_reason": native["undefined_reason"],
                "parameters": parameters,
                "comparable": f"Mean of {native['patients']} patients, hard and unsmoothed, on the "
                f"study's own pixels from {size}×{size}.",
                "ours": True,
            }
        )
    return lines
