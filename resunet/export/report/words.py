"""What a report says besides its numbers: titles, settings, how to read it."""

from collections.abc import Mapping
from typing import Any

from resunet import DISCLAIMER

TITLE = "Tumour segmentation, research report"
NOTICE = f"{DISCLAIMER}."
CITATION = (
    "T. Jonsson: ResU-Net: Image segmentation of brain cancer tumors using a U-Net architecture "
    "with residual connections. Umeå University, 2023."
)
"""The paper, as `resunet.inference.cards.PAPER`."""


def reading(values: Mapping[str, Any]) -> str:
    """Who has looked at the outline; of one corrected by hand the program cannot know."""
    if values["correction"] is not None:
        return "Computed by a program, corrected by hand."
    return "Computed by a program; not read by a physician."


def settings(values: Mapping[str, Any], shape: tuple[int, int, int]) -> list[tuple[str, str]]:
    """How the result was made, apart from names and digests; an even number of pairs."""
    spacing, step, passes = values["spacing_mm"], values["slice_step_mm"], values["samples"]
    slices, rows_, columns = shape
    way = f"{passes}, dropout seed {values['seed']}" if passes else "one, without dropout"
    return [
        ("Program", f"{values['program']} {values['version']}"),
        ("Engine", values["engine"]),
        ("Passes", way),
        ("Threshold", f"{values['threshold']:g}"),
        ("Input", f"{values['input_format']}, {count(slices, 'slice')} of {rows_} × {columns}"),
        ("Pixel spacing", f"{spacing[0]:g} × {spacing[1]:g} mm" if spacing else "unknown"),
        ("Slice step", f"{step:g} mm" if step else "none: single, uneven or with gaps"),
        ("Interval", values["interval_reason"] or f"{percent(values)} of the passes"),
    ]


def digests(values: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """What is best compared letter by letter, the study's name first."""
    return [
        ("Identifier", name),
        ("Model", values["model_id"]),
        ("Model SHA-256", values["model_sha256"] or "unknown"),
        ("Input SHA-256", values["input_sha256"] or "unknown"),
    ]


def interval_head(values: Mapping[str, Any]) -> str:
    """The head of the column of intervals."""
    return f"{percent(values)} of passes"


def explanation(values: Mapping[str, Any]) -> list[str]:
    """How to read the report, and how not to."""
    if values["samples"] < 2:
        doubt = (
            "One pass was computed. So there is no uncertainty and no interval, "
            "which does not mean that the result is certain."
        )
    else:
        low, high = values["interval_percent"]
        doubt = (
            f"The uncertainty is the standard deviation of a pixel's tumour probability over "
            f"{values['samples']} passes, in each of which other parts of the network are left "
            "out at random; it shows where the network disagrees with itself. An interval leaves "
            f"out the lowest {low:g} % and the highest {100 - high:g} % of the passes. Neither "
            "bounds the distance to the truth: where all passes are wrong alike both are small, "
            "and pictures unlike those the network was trained on can be segmented wrongly with "
            "little uncertainty. The outline is of the passes' mean probability, so its size may "
            "lie outside the interval."
        )
    tumour = (
        "Tumour is the whole tumour with its oedema. Diameters are taken of it in axial slices, "
        "as RANO asks for low-grade glioma; of high-grade glioma RANO asks for the enhancing part, "
        "which is not measured here."
    )
    if values["expert"] is None:
        return [doubt, tumour]
    compared = (
        "Errors are the prediction less the expert's outline. HD95: 95 % of either outline's "
        "surface lies at most so far from the other's."
    )
    return [doubt, tumour, compared]


def percent(values: Mapping[str, Any]) -> str:
    """The percentiles that bound the intervals."""
    low, high = values["interval_percent"]
    return f"{low:g} % to {high:g} %"


def count(many: int, what: str) -> str:
    """So many of something, one of it in the singular."""
    return f"{many} {what}" if many == 1 else f"{many} {what}s"
