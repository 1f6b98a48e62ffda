"""What a model's card says of its scores, in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from resunet.export.markdown import is_defined, number, table


def held_out_section(card: Mapping[str, Any]) -> list[str]:
    """What networks of the same settings score on patients that they never saw."""
    found = card["cross_validation"]
    way = way_of(found) + (", averaged with the mirrored slice" if found["flip"] else "")
    names = ("native", "grid")
    rows = [
        [words, *(_estimate(found[name][key]) for name in names)]
        for words, key in (
            ("**mean of patients**", "dice_patient_mean"),
            ("**all, pooled**", "dice_pooled"),
        )
    ]
    by_patient = found["native"]["dice_by_patient"]
    undefined = sorted(name for name, dice in by_patient.items() if not is_defined(dice))
    defined = sorted(by_patient.keys() - undefined, key=lambda name: (by_patient[name], name))
    rows += [
        [patient, *(number(found[name]["dice_by_patient"][patient]) for name in names)]
        for patient in (*defined, *undefined)
    ]
    return [
        f"{found['folds']} networks of these settings were trained, each without one part of the "
        f"{found['patients']} patients of `{found['data']}`, who were scored by it: {way}, "
        f"threshold {found['threshold']:g}. Dice with 95 % intervals over patients, the worst "
        "patient first. None of these networks is the one of this card, which was trained as they "
        "were.",
        table(["", *names], rows),
        "A mask without any error on the network's grid would score "
        f"{_estimate(found['ceiling'])} on the study's own pixels (mean of patients).",
    ]


def scores_section(card: Mapping[str, Any]) -> list[str]:
    """The scores of the model itself, split by split, as paragraphs."""
    if not card["scores"]:
        return [card["scores_reason"]]
    lines = [
        "Dice of these weights at the threshold above; a patient's is pooled over all its "
        "slices. *Native* is on the study's own pixels, *grid* on the network's; *pooled* is over "
        "all pixels of the split. Where neither outline nor prediction holds tumour, Dice is "
        "undefined and left out of means."
    ]
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for score in card["scores"]:
        groups.setdefault((score["data"], score["split"]), []).append(score)
    for (data, split), scores in groups.items():
        lines += _group(f"{data}, {split}" if split else data, scores)
    return lines


def _group(title: str, scores: Sequence[Mapping[str, Any]]) -> list[str]:
    """One split: a column for each resolution and way of predicting, a line a patient."""
    columns = [
        (f"{name}, {way_of(score)}", score[name]) for score in scores for name in ("native", "grid")
    ]
    first = columns[0][1]
    rows = [
        [f"**{words}**", *(number(values[key]) for _, values in columns)]
        for words, key in (
            ("all, pooled", "dice_pooled"),
            ("mean of patients", "dice_patient_mean"),
            ("mean of slices", "dice_slice_mean"),
        )
    ]
    by_patient = first["dice_by_patient"]
    rows += [
        [patient, *(number(values["dice_by_patient"][patient]) for _, values in columns)]
        for patient in sorted(by_patient)
    ]
    defined = {name: dice for name, dice in by_patient.items() if is_defined(dice)}
    used = f"{first['patients']} patients, {first['slices']} slices. {_used(scores[0])}"
    skipped = scores[0].get("files_skipped", 0)  # older cards do not count them
    if skipped:
        used += f" Files left out, as they cannot be used: {skipped}."
    if scores[0].get("excluded"):
        used += f" Slices and patients left out by name: {scores[0]['excluded']}."
    lines = [f"### {title}", used, table(["", *(words for words, _ in columns)], rows)]
    if defined:
        weakest = min(defined, key=defined.__getitem__)
        lines.append(f"Weakest: **{weakest}**, Dice {number(defined[weakest])} ({columns[0][0]}).")
    return [*lines, *_ceiling(first)]


def _ceiling(native: Mapping[str, Any]) -> list[str]:
    """What a perfect mask on the network's grid scores; older cards do not tell."""
    best = {p: d for p, d in native.get("ceiling_by_patient", {}).items() if is_defined(d)}
    if not best:
        return []
    lowest = min(best, key=best.__getitem__)
    return [
        "A perfect mask on the network's grid scores "
        f"{number(native['ceiling_patient_mean'])} natively in the mean of patients, at worst "
        f"{number(best[lowest])} ({lowest})."
    ]


def _used(score: Mapping[str, Any]) -> str:
    """Whether these patients had a part in the making."""
    trained, chosen = score["patients_trained_on"], score["patients_chosen_on"]
    parts = [f"{trained} of them were trained on"] if trained else []
    parts += [f"{chosen} of them chose the epoch"] if chosen else []
    if not parts:
        return "None of them had a part in its training."
    return f"Mind that {' and '.join(parts)}."


def way_of(score: Mapping[str, Any]) -> str:
    """How the network predicted what was scored."""
    return f"mean of {score['samples']} passes" if score["samples"] else "deterministic"


def _estimate(entry: Mapping[str, Any]) -> str:
    if not entry.get("ci"):
        return number(entry["value"])
    low, high = entry["ci"]
    return f"{number(entry['value'])} ({number(low)} to {number(high)})"
