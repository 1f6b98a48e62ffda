"""A model's card as a page for people, in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resunet import DISCLAIMER

_SCALING = {
    "maximum": "each contrast is divided by its maximum",
    "percentile": "each contrast's 1st to 99th percentile inside the brain is mapped to 0–1",
    "standardise": "each contrast is standardised by mean and standard deviation inside the brain "
    "(between its 1st and 99th percentile)",
}
_FRAMING = {"resize": "the whole picture is shrunk", "crop": "the square round the brain is shrunk"}


def card_text(card: Mapping[str, Any]) -> str:
    """Writes the page from the card alone.

    Args:
        card: As `resunet.inference.cards.make_card` gives it.

    Returns:
        Markdown, ending in a line feed.
    """
    sections = {
        "What it is": _what(card),
        "How it was trained": _training(card),
        "Data": _data(card),
        "Scores": _scores(card),
        "Limits": [card["limits"] or card["limits_reason"]],
        "Terms": [card["terms"]],
        "Citation": [_list(card["citations"])],
        "Files": _files(card),
    }
    lines = [f"# {card['title']}", f"**{DISCLAIMER}.**"]
    for title, paragraphs in sections.items():
        lines += [f"## {title}", *paragraphs]
    return "\n\n".join(lines) + "\n"


def _what(card: Mapping[str, Any]) -> list[str]:
    network, preparation = card["config"]["network"], card["preparation"]
    side = f"{network['input_size']}×{network['input_size']}"
    scope = "each slice by itself" if preparation["scope"] == "slice" else "the whole study"
    temperature = card["temperature"]
    calibrated = card["temperature_reason"] or f"The temperature is {temperature:g}."
    return [
        f"`{card['id']}` is a ResU-Net that outlines brain tumours (the whole tumour) in axial MRI "
        f"slices of {network['contrasts']} contrasts: T1, T1 with contrast agent, T2 and FLAIR, "
        "skull-stripped and on one grid.",
        f"It sees {side} pixels: {_FRAMING[preparation['framing']]}, and "
        f"{_SCALING[preparation['scaling']]}; statistics are of {scope}.",
        f"It gives a probability for each pixel; above {card['threshold']:g} counts as tumour. "
        f"{calibrated} Its uncertainty is the spread over passes in which feature maps are "
        f"dropped at random (probability {network['dropout_encoder']:g} in the encoder, "
        f"{network['dropout_decoder']:g} in the decoder).",
    ]


def _training(card: Mapping[str, Any]) -> list[str]:
    training, config = card["training"], card["config"]
    plan = config["training"]
    lines = [
        f"Preset `{config['preset']}`, seed {card['seed']}, optimizer {plan['optimizer']}, "
        f"learning rate {plan['learning_rate']:g} ({plan['schedule']}), {plan['batch_size']} "
        f"slices a step, {plan['steps_per_epoch']} steps an epoch, up to {plan['epochs']} epochs. "
        "All settings are in the JSON file beside this page."
    ]
    if training is None:
        return [*lines, card["training_reason"]]
    if training.get("begins_with"):
        lines.append(f"It began with the weights of `{training['begins_with']}`.")
    if training.get("versions"):
        lines.append(f"It was trained with {_words(training['versions'])}.")
    best = training["best"]
    if best is None:
        lines.append(training["best_reason"])
    else:
        lines.append(
            f"The weights are those of epoch {best['epoch']} of {training['epochs']}, the one of "
            f"the lowest validation loss ({_number(best['val_loss'], 4)}). Its validation Dice "
            f"was {_number(best['val_dice'])}, pooled over the network's own pixels."
        )
    if training["command"] is None:
        return [*lines, f"No one command gives these settings: {training['command_reason']}"]
    return [*lines, f"```sh\n{training['command']}\n```"]


def _data(card: Mapping[str, Any]) -> list[str]:
    data, split = card["data"], card["split"]
    lines = [card["data_reason"] or f"Data folder `{data['folder']}`."]
    if not split:
        return [*lines, card["split_reason"], *_intensities(card)]
    counts = " and ".join(f"{len(names)} {split_name}" for split_name, names in split.items())
    lines[0] += f" Split by patient: {counts}."
    if "validating" in split:
        lines[0] += " The validating patients chose the epoch."
    return [
        *lines,
        _list(f"{name}: {', '.join(map(str, names))}" for name, names in split.items()),
        *_intensities(card),
    ]


def _intensities(card: Mapping[str, Any]) -> list[str]:
    ranges = card.get("intensities")
    if not ranges:
        return []
    return [
        f"`{card['id']}.json` holds what {ranges['patients']} training patients look like, as the "
        "range of each contrast's intensities and of how contrasts go together; a study that lies "
        "far outside is warned of."
    ]


def _scores(card: Mapping[str, Any]) -> list[str]:
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
        (f"{name}, {_way(score)}", score[name]) for score in scores for name in ("native", "grid")
    ]
    first = columns[0][1]
    rows = [
        [f"**{words}**", *(_number(values[key]) for _, values in columns)]
        for words, key in (
            ("all, pooled", "dice_pooled"),
            ("mean of patients", "dice_patient_mean"),
            ("mean of slices", "dice_slice_mean"),
        )
    ]
    by_patient = first["dice_by_patient"]
    rows += [
        [patient, *(_number(values["dice_by_patient"][patient]) for _, values in columns)]
        for patient in sorted(by_patient)
    ]
    defined = {name: dice for name, dice in by_patient.items() if _is_defined(dice)}
    used = f"{first['patients']} patients, {first['slices']} slices. {_used(scores[0])}"
    skipped = scores[0].get("files_skipped", 0)  # older cards do not count them
    if skipped:
        used += f" Files left out, as they cannot be used: {skipped}."
    lines = [f"### {title}", used, _table(["", *(words for words, _ in columns)], rows)]
    if defined:
        weakest = min(defined, key=defined.__getitem__)
        lines.append(f"Weakest: **{weakest}**, Dice {_number(defined[weakest])} ({columns[0][0]}).")
    return lines


def _used(score: Mapping[str, Any]) -> str:
    """Whether these patients had a part in the making."""
    trained, chosen = score["patients_trained_on"], score["patients_chosen_on"]
    parts = [f"{trained} of them were trained on"] if trained else []
    parts += [f"{chosen} of them chose the epoch"] if chosen else []
    if not parts:
        return "None of them had a part in its training."
    return f"Mind that {' and '.join(parts)}."


def _files(card: Mapping[str, Any]) -> list[str]:
    weights, versions = card["weights"], _words(card["versions"])
    change = weights["largest_probability_change"]
    about = f"`{weights['file']}`: {weights['values']:,} values in {weights['bytes']:,} bytes, "
    digest = f"SHA-256 `{card['sha256']}`."
    if change is None:
        about += f"in 32 bits, as they were trained. {digest} The card was made with {versions}."
    else:
        about += (
            "kernels in 16 bits. Rounding changed no probability by more than "
            f"{change:.1e} on fixed random slices. {digest} Packed and scored with {versions}."
        )
    return [
        about,
        f"```sh\npython -m resunet predict INPUT --weights {weights['file']} --out DIR\n```",
    ]


def _words(versions: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name} {number or 'unknown'}" for name, number in versions.items())


def _way(score: Mapping[str, Any]) -> str:
    return f"mean of {score['samples']} passes" if score["samples"] else "deterministic"


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _is_defined(value: float | None) -> bool:
    return value is not None and value == value  # NaN is not equal to itself


def _number(value: float | None, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if value is not None and _is_defined(value) else "undefined"
