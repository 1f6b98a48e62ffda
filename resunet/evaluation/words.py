"""The conventions of the evaluation in sentences, and the reasons why a figure is undefined.

Tools disagree on all of them, so they are printed wherever the figures are.
"""

NO_SPACING = "The pixel spacing is unknown."
EMPTY_BOTH = "Neither outline nor prediction holds tumour."
EMPTY_OUTLINE = "The expert's outline is empty."
EMPTY_PREDICTION = "Nothing is predicted."
NO_FINITE = "In no slice do both outline and prediction hold tumour."
NO_TUMOUR_FREE = "Every slice holds tumour."


def conventions(*, threshold: float, tolerance_mm: float) -> list[str]:
    """How the figures are to be read.

    Args:
        threshold: Probability above which a pixel counts as tumour.
        tolerance_mm: Of the surface Dice.

    Returns:
        Sentences, to be printed with every table.
    """
    return [
        f"A pixel is predicted as tumour where its probability is above {threshold:g}. Dice and "
        "all other overlaps are hard and unsmoothed.",
        "Native figures are on the study's own pixels, grid figures on the network's. A patient's "
        "figure is pooled over its slices; pooled is over all pixels of the split.",
        "Dice, IoU, sensitivity and precision count tumour in the whole picture. Specificity takes "
        "its true negatives inside the brain alone: the easy background would make it nearly 1.",
        "Where neither outline nor prediction holds tumour, Dice, IoU, HD95 and surface Dice are "
        "undefined, left out of means and counted. Where only one does, Dice, IoU and surface Dice "
        "are 0 and HD95 is infinite. Sensitivity is undefined without tumour in the outline, "
        "precision without any in the prediction.",
        "HD95 is the larger of the two directions' 95th percentiles between surface pixels; "
        "infinite ones are left out of means and counted, so that it flatters a model that misses "
        "tumours altogether.",
        f"Surface Dice is the part of both surfaces' pixels that lie within {tolerance_mm:g} mm of "
        "the other surface.",
        "Distances are in three dimensions for stacks without gaps. For others they are in the "
        "slice: a patient's HD95 is the mean over its slices with a finite one, its surface Dice "
        "is pooled over its slices.",
        "Volumes are given for stacks without gaps; for others the areas of all slices are summed "
        "up. An error is the prediction less the outline, so that one too large is positive.",
        "The ceiling is what a perfect mask of whole pixels on the network's grid scores on the "
        "study's own pixels. Probabilities are interpolated between pixels, so that a network can "
        "come somewhat further.",
        "Intervals are 95 %, by a bootstrap over patients (expanded percentile); slices of one "
        "patient are drawn together.",
    ]
