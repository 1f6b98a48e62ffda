"""The settings of a training as controls."""

import dataclasses
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from streamlit.testing.v1 import AppTest
from tiny import tiny_config

from resunet.config import AugmentConfig, Config, LossConfig, PreparationConfig, TrainingConfig
from resunet.errors import InputError
from resunet.presets import PRESETS, preset
from resunet.ui.model.tables import PRINTED_3
from resunet.ui.settings import PARTS, choices_of, help_of, value_of, with_values, written

CONTROLS = [
    control for groups in PARTS.values() for controls in groups.values() for control in controls
]
NAMES = [control.name for control in CONTROLS]
OFFERED = pytest.mark.parametrize("control", CONTROLS, ids=NAMES)


def setting(name):
    """The type of a setting."""
    section, field = name.split(".")
    hints = get_type_hints(get_type_hints(Config)[section])
    return hints[field]


def names_of(section, kind):
    return {f"{section}.{field.name}" for field in dataclasses.fields(kind)}


# Which settings there are


def test_no_setting_has_two_controls():
    assert len(set(NAMES)) == len(NAMES)
    for groups in PARTS.values():
        labels = [(title, control.label) for title in groups for control in groups[title]]
        assert len(set(labels)) == len(labels)


@OFFERED
def test_every_control_is_of_a_setting(control):
    assert value_of(preset("paper"), control.name) is not None
    assert setting(control.name) is not None


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("augment", AugmentConfig),
        ("training", TrainingConfig),
        ("loss", LossConfig),
        ("preparation", PreparationConfig),
    ],
)
def test_every_setting_of_a_part_has_a_control(section, kind):
    assert names_of(section, kind) <= set(NAMES)


def test_all_of_table_3_has_a_control():
    assert {name for _, name, _ in PRINTED_3} <= set(NAMES)


# What a control offers


@OFFERED
def test_a_control_has_what_its_type_needs(control):
    kind = setting(control.name)
    if kind is bool:
        assert (control.range, control.choices) == (None, ())
    elif get_origin(kind) is Literal:
        assert control.range is None
        assert choices_of(control.name) == get_args(kind)
    elif control.choices:
        assert control.range is None
        assert all(type(choice) is kind for choice in control.choices)
    else:
        low, high, step = control.range
        assert low < high
        assert 0 < step < high - low


@pytest.mark.parametrize("name", PRESETS)
@OFFERED
def test_what_a_preset_holds_is_offered(control, name):
    value = value_of(preset(name), control.name)
    if control.range:
        assert control.range[0] <= value <= control.range[1]
    elif not isinstance(value, bool):
        assert value in (control.choices or choices_of(control.name))


@OFFERED
def test_the_ends_of_a_range_are_accepted(control):
    """Alone, beside what the paper has; and what is chosen can be computed with."""
    values = control.choices or choices_of(control.name) or (control.range or ())[:2]
    kind = type(value_of(preset("paper"), control.name))
    for value in values:
        config = with_values(preset("paper"), {control.name: kind(value)})
        assert value_of(config, control.name) == value


@OFFERED
def test_a_number_is_written_so_that_presets_and_steps_can_be_told_apart(control):
    if control.range is None:
        return
    values = {value_of(preset(name), control.name) for name in PRESETS}
    kind = type(min(values))
    shown = control.format or ("%d" if kind is int else "%.2f")  # as Streamlit does
    for value in values:
        assert kind(float(shown % value)) == pytest.approx(value)
        assert shown % value != shown % (value + kind(control.range[2]))


def test_the_choices_of_a_type_are_its_own():
    assert choices_of("training.optimizer") == ("adam", "adamw")
    assert choices_of("loss.focal_variant") == ("lin", "printed")
    assert choices_of("training.epochs") == choices_of("training.xla") == ()


# Help


@OFFERED
def test_help_says_what_it_is_and_what_the_paper_has(control):
    text = help_of(control.name)
    what, _, paper = text.partition(" Preset `paper`: ")
    assert len(what) > 10
    assert paper == f"{written(value_of(preset('paper'), control.name))}."
    assert "``" not in text
    assert "Attributes" not in text


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("training.learning_rate", "Initial learning rate (Table 3). Preset `paper`: 0.01."),
        ("training.epochs", "Most epochs (Table 3). Preset `paper`: 40."),
        ("training.xla", "on one device. Preset `paper`: no."),
        ("preparation.scaling", "Preset `paper`: maximum."),
    ],
)
def test_help_in_words(name, end):
    assert help_of(name).endswith(end)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (1, "1"),
        (0.1, "0.1"),
        (1e-5, "1e-05"),
        ("adam", "adam"),
        ((16, 32), "16, 32"),
        ((), ""),
    ],
)
def test_values_as_people_read_them(value, text):
    assert written(value) == text


# Values


@pytest.mark.parametrize("config", [*(preset(name) for name in PRESETS), tiny_config()])
def test_all_values_put_in_again_are_the_same_configuration(config):
    again = with_values(config, {name: value_of(config, name) for name in NAMES})
    assert again == config
    for name in NAMES:
        assert type(value_of(again, name)) is type(value_of(config, name))


def test_one_value_changes_and_all_others_stay():
    paper = preset("paper")
    changed = with_values(paper, {"training.epochs": 7, "loss.gamma": 2.0})
    assert (changed.training.epochs, changed.loss.gamma) == (7, 2.0)
    back = with_values(changed, {"training.epochs": 40, "loss.gamma": 1.0})
    assert back == paper
    assert with_values(paper, {}) == paper


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"training.learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"network.input_size": 33}, "input_size is 33, where a multiple of 32"),
        ({"network.dropout_encoder": 1.0}, "dropout_encoder is 1.0"),
        ({"augment.gamma": 0.5}, "gamma is 0.5"),
        ({"training.epochs": 3, "training.plateau_factor": 1.0}, "plateau_factor is 1.0"),
    ],
)
def test_what_cannot_be_is_refused_by_name(values, told):
    with pytest.raises(InputError) as caught:
        with_values(preset("paper"), values)
    assert told in str(caught.value)


# On the screen


def form(config):
    """All controls at once; what they return stands in the session."""
    import streamlit as st

    from resunet.ui.settings import PARTS, choose_settings

    for groups in PARTS.values():
        st.session_state["chosen"] = {
            **st.session_state.get("chosen", {}),
            **choose_settings(groups, config, "key"),
        }


UNUSUAL = {
    "training.batch_size": 5000,  # beyond what is offered
    "training.learning_rate": 3.14159e-6,
    "network.input_size": 224,
    "augment.noise_sigma": 0.31623,
    "augment.noise_mean": -0.75,  # below what is offered
}


@pytest.mark.parametrize(
    "config",
    [*(preset(name) for name in PRESETS), with_values(preset("paper"), UNUSUAL)],
    ids=[*PRESETS, "unusual"],
)
def test_untouched_controls_give_back_the_configuration_exactly(config):
    app = AppTest.from_function(form, args=(config,), default_timeout=60).run()
    assert not app.exception
    chosen = app.session_state["chosen"]
    assert list(chosen) == NAMES
    assert with_values(config, chosen) == config
    for name in NAMES:
        assert type(chosen[name]) is type(value_of(config, name))


def test_a_control_changes_its_own_setting():
    app = AppTest.from_function(form, args=(preset("paper"),), default_timeout=60).run()
    app.number_input(key="key/training.epochs").set_value(3)
    app.selectbox(key="key/preparation.scaling").set_value("percentile")
    app.toggle(key="key/augment.per_sample").set_value(True)
    app.run()
    assert with_values(preset("paper"), app.session_state["chosen"]) == with_values(
        preset("paper"),
        {
            "training.epochs": 3,
            "preparation.scaling": "percentile",
            "augment.per_sample": True,
        },
    )
