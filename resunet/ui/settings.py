"""The settings of a training as controls: what they are called, and between which values."""

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import streamlit as st

from resunet.config import Config
from resunet.presets import preset
from resunet.records import explained

WIDTH_PX = 146
"""Of a control: four stand side by side where there is room for the whole form."""

_SHARE = (0.0, 1.0, 0.05)


class Control(NamedTuple):
    """One setting on the screen.

    Attributes:
        name: Its dotted name in a configuration.
        label: What it is called.
        range: (lowest, highest, step) of a number; None of a choice or a switch.
        format: How a number is written, as printf does.
        choices: What can be chosen, where the type does not say it.
    """

    name: str
    label: str
    range: tuple[float, float, float] | None = None
    format: str | None = None
    choices: tuple[Any, ...] = ()


Groups = Mapping[str, Sequence[Control]]

PARTS: Mapping[str, Groups] = {
    "Training": {
        "Optimisation": (
            Control("training.optimizer", "Optimizer"),
            Control("training.learning_rate", "Learning rate", (1e-7, 1.0, 1e-4), "%.2e"),
            Control("training.weight_decay", "Weight decay", (0.0, 1.0, 1e-3), "%.4g"),
            Control("training.batch_size", "Batch size", (1, 4096, 1)),
        ),
        "Length": (
            Control("training.epochs", "Epochs, at most", (1, 100_000, 1)),
            Control("training.steps_per_epoch", "Steps an epoch", (1, 100_000, 1)),
            Control("training.early_stopping_patience", "Early stopping, epochs", (0, 10_000, 1)),
        ),
        "Schedule of the learning rate": (
            Control("training.schedule", "Schedule"),
            Control("training.warmup_steps", "Warm-up, steps", (0, 100_000, 1)),
            Control("training.plateau_factor", "Plateau, factor", (0.01, 0.99, 0.05), "%.2f"),
            Control("training.plateau_patience", "Plateau, epochs", (1, 10_000, 1)),
        ),
        "Weights for use": (
            Control("training.average", "Moving average, momentum", (0.0, 0.9999, 0.01), "%.4g"),
            Control("training.select", "Which epoch's"),
        ),
    },
    "Loss and network": {
        "Loss": (
            Control("loss.alpha", "α of the focal loss", (0.0, 10.0, 0.05), "%.4g"),
            Control("loss.gamma", "γ of the focal loss", (0.0, 10.0, 0.25), "%.4g"),
            Control("loss.focal_weight", "Weight of the focal loss", (0.0, 10.0, 0.05), "%.4g"),
            Control("loss.dice_weight", "Weight of the Dice loss", (0.0, 10.0, 0.05), "%.4g"),
            Control("loss.focal_variant", "Focal loss"),
            Control("loss.dice_pool", "Dice loss, one for each"),
            Control("loss.dice_smooth", "Smoothing of Dice, pixels", (0.001, 1e6, 0.5), "%.4g"),
            Control("loss.target", "A pixel is taught"),
        ),
        "Network": (
            Control("network.input_size", "Input, pixels", choices=(32, 64, 96, 128, 160, 192)),
            Control("network.dropout_encoder", "Dropout, encoder", (0.0, 0.95, 0.05), "%.2f"),
            Control("network.dropout_decoder", "Dropout, decoder", (0.0, 0.95, 0.05), "%.2f"),
            Control("network.norm_momentum", "Momentum of statistics", (0.0, 0.999, 0.01), "%.3f"),
            Control("network.residual", "Residual blocks"),
            Control("network.fine_skip", "Fine skip"),
        ),
    },
    "Augmentation": {
        "Draws and flips": (
            Control("augment.flip_up_down", "Up–down, probability", _SHARE),
            Control("augment.flip_left_right", "Left–right, probability", _SHARE),
            Control("augment.per_sample", "Each slice alone"),
        ),
        "Blank patches": (
            Control("augment.patches", "Probability", _SHARE),
            Control("augment.patches_max", "Most at once", (1, 12, 1)),
            Control("augment.patch_side_max", "Longest side, share", (0.0, 0.5, 0.05)),
        ),
        "Noise": (
            Control("augment.noise", "Probability", _SHARE),
            Control("augment.noise_mean", "Mean", (-0.5, 0.5, 0.05)),
            Control("augment.noise_sigma", "Standard deviation", (0.0, 1.0, 0.05)),
        ),
        "Movement": (
            Control("augment.rotation_deg", "Rotation, ± degrees", (0.0, 90.0, 1.0)),
            Control("augment.scale", "Size, ± share", (0.0, 0.5, 0.05)),
            Control("augment.shift", "Shift, ± share", (0.0, 0.5, 0.05)),
        ),
        "Intensities": (
            Control("augment.gain", "Gain, ± share", (0.0, 0.9, 0.05)),
            Control("augment.offset", "Offset, ±", (0.0, 2.0, 0.1)),
            Control("augment.gamma", "Gamma, up to", (1.0, 3.0, 0.05)),
            Control("augment.contrast_dropout", "Lost contrast", _SHARE),
        ),
    },
    "Preparation and device": {
        "Preparation of the slices": (
            Control("preparation.scaling", "Scaling of contrasts"),
            Control("preparation.framing", "Framing"),
            Control("preparation.scope", "Measured over the"),
            Control("preparation.margin", "Margin of the frame", (0.0, 1.0, 0.01), "%.2f"),
        ),
        "Device": (
            Control("training.mixed_precision", "Mixed precision"),
            Control("training.xla", "XLA"),
            Control("training.deterministic", "Bit-equal repetition"),
            Control("training.tensorboard", "TensorBoard events"),
        ),
    },
}
"""Part of the form → group → controls."""


def value_of(config: Config, name: str) -> Any:
    """A setting by its dotted name."""
    section, field = name.split(".")
    return getattr(getattr(config, section), field)


def with_values(config: Config, values: Mapping[str, Any]) -> Config:
    """The configuration with some settings changed, by their dotted names.

    Raises:
        InputError: If one is out of range, or they do not go together.
    """
    changes: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        section, field = name.split(".")
        changes.setdefault(section, {})[field] = value
    sections = {
        section: dataclasses.replace(getattr(config, section), **fields)
        for section, fields in changes.items()
    }
    return dataclasses.replace(config, **sections)


def help_of(name: str) -> str:
    """What a setting is, and what it is in the paper."""
    section, field = name.split(".")
    kind = type(getattr(preset("paper"), section))
    text = explained(kind).get(field, "").replace("``", "`").replace('"', "")
    return f"{text} Preset `paper`: {written(value_of(preset('paper'), name))}."


def written(value: Any) -> str:
    """A setting's value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(written, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def choose_settings(groups: Groups, config: Config, key: str) -> dict[str, Any]:
    """Controls for some settings, which begin as they are in a configuration.

    Args:
        groups: Which.
        config: Where they begin.
        key: What the controls' keys begin with; another one begins anew.

    Returns:
        Dotted name → what is chosen.
    """
    chosen = {}
    for title, controls in groups.items():
        st.markdown(f"**{title}**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for control in controls:
                chosen[control.name] = _choose(control, value_of(config, control.name), key)
    return chosen


def _choose(control: Control, value: Any, key: str) -> Any:
    words: dict[str, Any] = {
        "label": control.label,
        "key": f"{key}/{control.name}",
        "help": help_of(control.name),
        "width": WIDTH_PX,
    }
    if isinstance(value, bool):
        return st.toggle(**words, value=value)
    if control.range is None:
        choices = control.choices or choices_of(control.name)
        options = choices if value in choices else (*choices, value)
        return st.selectbox(**words, options=options, index=options.index(value))
    low, high, step = (type(value)(bound) for bound in control.range)
    # a value from a file may lie beyond what is offered here
    return st.number_input(
        **words,
        min_value=min(low, value),
        max_value=max(high, value),
        value=value,
        step=step,
        format=control.format,
    )


def choices_of(name: str) -> tuple[str, ...]:
    """What a setting of type ``Literal`` can be."""
    section, field = name.split(".")
    hints = typing.get_type_hints(type(getattr(preset("paper"), section)))
    hint = hints[field]
    return typing.get_args(hint) if typing.get_origin(hint) is Literal else ()
