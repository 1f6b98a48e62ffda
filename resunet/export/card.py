"""A model's card as a page for people, in Markdown."""

from collections.abc import Mapping
from typing import Any

from resunet import DISCLAIMER
from resunet.export.card_scores import held_out_section, scores_section, way_of
from resunet.export.markdown import listed, number, table

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
        **({"Cross-validation": held_out_section(card)} if card.get("cross_validation") else {}),
        "Scores": scores_section(card),
        **({"Calibration": _calibration(card)} if card.get("calibration") else {}),
        "Limits": [card["limits"] or card["limits_reason"]],
        "Terms": [card["terms"]],
        "Citation": [listed(card["citations"])],
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
    calibrated = card["temperature_reason"] or f"The temperature is {temperature:.4g}."
    return [
        f"`{card['id']}` is a ResU-Net that outlines brain tumours (the whole tumour) in axial MRI "
        f"slices of {network['contrasts']} contrasts: T1, T1 with contrast agent, T2 and FLAIR, "
        "skull-stripped and on one grid.",
        f"It sees {side} pixels: {_FRAMING[preparation['framing']]}, and "
        f"{_SCALING[preparation['scaling']]}; statistics are of {scope}.",
        f"It gives a probability for each pixel; above {card['threshold']:.3g} counts as tumour. "
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
    if plan.get("average"):
        lines.append(
            "The weights are a moving average over the steps, each weighed "
            f"{plan['average']:g} of the next."
        )
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
        is_last = plan.get("select") == "last"
        why = (
            "the last one, whatever its validation loss"
            if is_last
            else ("the one of the lowest validation loss")
        )
        lines.append(
            f"The weights are those of epoch {best['epoch']} of {training['epochs']}, {why} "
            f"({number(best['val_loss'], 4)}). Its validation Dice "
            f"was {number(best['val_dice'])}, pooled over the network's own pixels."
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
        lines[0] += _part_of_validating(card)
    if data and data.get("excluded"):
        lines[0] += f" Slices and patients left out by name: {data['excluded']}."
    return [
        *lines,
        listed(f"{name}: {', '.join(map(str, names))}" for name, names in split.items()),
        *_intensities(card),
    ]


def _part_of_validating(card: Mapping[str, Any]) -> str:
    """What the validating patients were for."""
    split = card["split"]
    told = " The validating patients chose the epoch."
    if card["config"]["training"].get("select") == "last":
        told = " The validating patients were looked at while it trained, and chose nothing."
    if set(split["validating"]) <= set(split.get("training", ())):
        told += " They are among those that it was trained on."
    return told


def _intensities(card: Mapping[str, Any]) -> list[str]:
    ranges = card.get("intensities")
    if not ranges:
        return []
    return [
        f"`{card['id']}.json` holds what {ranges['patients']} training patients look like, as the "
        "range of each contrast's intensities and of how contrasts go together; a study that lies "
        "far outside is warned of."
    ]


def _calibration(card: Mapping[str, Any]) -> list[str]:
    """How honest its probabilities are, and when the app says that it is not reliable."""
    record = card["calibration"]
    lines = [
        f"Fitted on {len(record['patients'])} patients of `{record['data']}` that the network was "
        f"not trained on ({way_of(record)}), {_where(record)}: {', '.join(record['patients'])}. "
        f"Near the outlines is within {record['within_mm']:g} mm, in the slice, of the expert's or "
        "the predicted one, inside the brain."
    ]
    header = ["", "before", "after"]
    rows = [
        [f"{words}, {region}", *(number(record[when][name][key], 4) for when in header[1:])]
        for region, name in (("near the outlines", "band"), ("in the brain", "brain"))
        for words, key in (("ECE", "ece"), ("Brier score", "brier"), ("NLL", "nll"))
    ]
    dice = [number(record[when]["dice_patient_mean"]) for when in header[1:]]
    lines.append(table(header, [*rows, ["Dice, mean of patients", *dice]]))
    if record["crossed"]:
        lines.append(
            "Each patient scaled by the temperature of the others, ECE near the outlines is "
            f"**{number(record['crossed']['band']['ece'], 4)}**."
        )
    return [*lines, _reliable(record)]


def _where(record: Mapping[str, Any]) -> str:
    return "in the brain" if record["region"] == "brain" else "near the outlines"


def _reliable(record: Mapping[str, Any]) -> str:
    level, found = record["doubt_level"], record["doubt_level_found"]
    if level is None:
        return (
            f"There is no level of doubt beyond which not to rely: {record['doubt_level_reason']}"
        )
    words = (
        f"Above a doubt of **{level:.3f}** a slice's Dice is more likely below "
        f"{record['bad_dice']:g} than not, and the app says that the model is not reliable there."
    )
    flags = found["crossed"]
    if not flags:
        return words
    return (
        f"{words} Held against the level of the other patients, it flags {flags['flagged']} of "
        f"{flags['outlined']} outlined slices, of which {flags['flagged_bad']} are that bad, of "
        f"{flags['bad']} in all."
    )


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
