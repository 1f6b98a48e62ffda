"""How like real patients a set of synthetic ones is, in what a network sees of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resunet.data.preprocess import intensity_line
from resunet.phantom.tumour import ENHANCING, NECROSIS, OEDEMA
from resunet.study import CONTRASTS, Study

REGIONS = {"healthy": (0,), "core": (NECROSIS,), "oedema": (OEDEMA,), "rim": (ENHANCING, 3)}
QUANTILES = (0.1, 0.5, 0.9)
_FEWEST = 50  # pixels of a region from which quantiles are taken


@dataclass(frozen=True)
class Comparison:
    """One quantity over the patients of two sets.

    Attributes:
        quantity: Its name, such as ``"flair, oedema, 50 %"``.
        real: Its 10th, 50th and 90th percentile over the real patients.
        synthetic: The same of the synthetic ones.
    """

    quantity: str
    real: tuple[float, float, float]
    synthetic: tuple[float, float, float]

    @property
    def differs(self) -> bool:
        """Whether the usual synthetic patient lies outside 10–90 % of the real ones."""
        return not self.real[0] <= self.synthetic[1] <= self.real[2]


def describe(study: Study) -> dict[str, float]:
    """What a patient looks like, in numbers.

    Intensities are given as the default preparation has them: less the mean, over the
    standard deviation, of the brain's pixels between the 1st and 99th percentile of each
    contrast.

    Args:
        study: With labels of BraTS's classes.

    Returns:
        Quantity → value. Quantiles of the intensity in each region that has at least 50
        pixels; tumour as a share of the brain; shares of the classes in the tumour; the
        tumour's centre as a share of the brain's breadth and length, towards the patient's
        right and towards anterior, from −1 to 1; how many slices hold tumour.
    """
    if study.labels is None:
        return {}
    brain = study.brain
    labels = study.labels[brain]
    values = study.images[brain]
    out: dict[str, float] = {}
    for c, contrast in enumerate(CONTRASTS):
        zero, unit = intensity_line(values[:, c], "standardise")
        scaled = (values[:, c] - zero) / unit
        for region, classes in REGIONS.items():
            inside = scaled[np.isin(labels, classes)]
            if inside.size >= _FEWEST:
                for q, value in zip(QUANTILES, np.quantile(inside, QUANTILES), strict=True):
                    out[f"{contrast}, {region}, {100 * q:.0f} %"] = float(value)
    tumour = labels > 0
    out["tumour / brain"] = float(tumour.mean())
    out["slices with tumour"] = float((study.labels > 0).any((1, 2)).mean())
    if tumour.any():
        for region in ("core", "oedema", "rim"):
            out[f"{region} / tumour"] = float(np.isin(labels[tumour], REGIONS[region]).mean())
        anterior, right = _centre(study.labels > 0, brain)
        out["centre towards right"], out["centre towards anterior"] = right, anterior
    return out


def compare(
    real: Sequence[dict[str, float]], synthetic: Sequence[dict[str, float]]
) -> list[Comparison]:
    """Sets side by side, over the quantities that both have.

    Args:
        real: Of `describe`, one for each patient.
        synthetic: The same.
    """
    names = [
        name
        for name in dict.fromkeys(name for patient in real for name in patient)
        if any(name in patient for patient in synthetic)
    ]
    return [Comparison(name, _spread(real, name), _spread(synthetic, name)) for name in names]


def _spread(patients: Sequence[dict[str, float]], name: str) -> tuple[float, float, float]:
    values = [patient[name] for patient in patients if name in patient]
    low, middle, high = np.quantile(values, QUANTILES)
    return float(low), float(middle), float(high)


def _centre(mask: NDArray[np.bool_], brain: NDArray[np.bool_]) -> tuple[float, float]:
    """Of the tumour, in the brain's box: (towards anterior, towards right), −1 to 1."""
    out = []
    for axis in (1, 2):
        others = tuple(i for i in range(3) if i != axis)
        box = np.flatnonzero(brain.any(others))
        weight = mask.sum(others)
        at = float((weight * np.arange(weight.size)).sum() / weight.sum())
        out.append(1 - 2 * (at - box[0]) / max(box[-1] - box[0], 1))
    return out[0], out[1]
