"""What ``evaluate`` prints for people."""

from collections.abc import Mapping
from typing import Any

from resunet.data.exclusion import told
from resunet.evaluation.against import difference_sentences, sentence

_SHOWN = {
    "dice": "Dice",
    "iou": "IoU",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "precision": "precision",
    "surface_dice": "surface Dice",
    "hd95_mm": "HD95 in mm",
}
_WORST = 3  # patients that are named


def lines(result: Mapping[str, Any]) -> list[str]:
    """The scores as a table, what they mean, and what was left out of them.

    Args:
        result: Of `resunet.evaluation.result.make_result`.
    """
    printed: list[str] = []
    for split, summary in result["splits"].items():
        printed += _split(split, summary)
    if "against" in result:
        against = result["against"]
        name = str(against["model_id"])
        printed += [sentence(split, each, name) for split, each in against["splits"].items()]
        printed += difference_sentences(against)
    if result["excluded"].get("count"):
        printed.append(f"Left out by name: {told(result['excluded']['names'])}.")
    return [*printed, "", *result["conventions"]]


def _split(split: str, summary: Mapping[str, Any]) -> list[str]:
    native, tumour_free = summary["native"], summary["tumour_free"]
    found = [
        f"{split or 'all'}: {_count(native['patients'], 'patient')}, "
        f"{_count(native['slices'], 'slice')} "
        f"({native['undefined_slices']} without Dice)",
        f"  {'':<24}{'mean of patients':<26}{'of slices':>10}{'pooled':>10}",
    ]
    for resolution, digits in (("native", 3), ("grid", 3)):
        for key, name in _SHOWN.items():
            ways = summary[resolution]["measures"].get(key)
            if ways is not None:
                found.append(_line(f"{name}, {resolution}", ways, 2 if "mm" in key else digits))
    found.append(_line("ceiling of Dice", summary["ceiling"]["dice"], 3))
    found.append(
        f"  slices without tumour: {tumour_free['slices']}, of which "
        f"{tumour_free['with_false_positives']} with something predicted"
    )
    scored = native["patients"] - native["undefined_patients"]
    worst = summary["patients"][: min(scored, _WORST)]  # those without a Dice come last
    if worst:
        named = ", ".join(f"{each['patient']} {each['native']['dice']:.3f}" for each in worst)
        found.append(f"  worst: {named}")
    return [*found, ""]


def _line(name: str, ways: Mapping[str, Any], digits: int) -> str:
    mean = ways["patient_mean"]
    ci = mean["ci"]
    interval = "" if ci is None else f" ({ci[0]:.{digits}f} to {ci[1]:.{digits}f})"
    first = _number(mean, digits) + interval
    pooled = _number(ways["pooled"], digits) if "pooled" in ways else ""
    return f"  {name:<24}{first:<26}{_number(ways['slice_mean'], digits):>10}{pooled:>10}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _number(entry: Mapping[str, Any], digits: int) -> str:
    return "–" if entry["value"] is None else f"{entry['value']:.{digits}f}"
