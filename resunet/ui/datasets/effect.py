"""What the broken slices do to the score of a trained network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.errors import InputError
from resunet.inference.models import ModelFile, list_models
from resunet.jobs.tasks import Task
from resunet.storage import read_json
from resunet.ui.datasets.request import Request
from resunet.ui.engine import NO_MODEL
from resunet.ui.notices import literal, show_error

LOOK_SECONDS = 3.0
"""Between two looks at the folder."""

_TROUBLE = "datasets_effect_trouble"
_PIXELS = "native"  # the scores on the study's own grid


def show_effect(request: Request, folder: Path, result: Mapping[str, Any]) -> None:
    """The scores where they were asked for, else a button that asks.

    Args:
        request: What is compared.
        folder: Of the comparison.
        result: ``comparison.json``.
    """
    if result.get("effect"):
        _show(result["effect"])
        return
    models = list_models()
    if not models:
        st.info(NO_MODEL, icon=":material/model_training:")
        return
    st.markdown(
        "Scores a network on each set, with all slices and without those that seem broken: how "
        "much of the gap between the sets they explain, with an interval over patients."
    )
    model = st.selectbox(
        "Model",
        models,
        format_func=lambda each: each.name,
        width=380,
        key="datasets_model",
        persist_state="session",
    )
    _watch(request, folder, model)


def effect_of(folder: Path, model: ModelFile) -> Task:
    """The task that scores a comparison's sets with a model as it is now.

    Raises:
        InputError: If its weights cannot be read.
    """
    try:
        changed_ns = model.weights.stat().st_mtime_ns
    except OSError as error:
        raise InputError(f"{model.weights} cannot be read: {error.strerror}.") from error
    return Task(folder / "effects" / f"{model.weights.parent.name}-{changed_ns:x}")


@st.fragment(run_every=LOOK_SECONDS)
def _watch(request: Request, folder: Path, model: ModelFile) -> None:
    if (trouble := st.session_state.pop(_TROUBLE, None)) is not None:
        show_error(trouble)
    try:
        task = effect_of(folder, model)
    except InputError as error:
        show_error(error)
        return
    state = task.state
    if state == "finished":
        _show_finished(task)
        return
    if state == "running":
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(":material/hourglass: Scoring every slice of the sets …")
            st.button("Stop", icon=":material/stop:", on_click=_act, args=(task.stop,))
        return
    if state == "failed":
        show_error(f"The sets could not be scored: {task.message or 'the process was ended.'}")
    words = [*request.words, "--weights", str(model.weights), "--out", str(task.folder.absolute())]
    st.button(
        f"Score with {literal(model.name)}, with and without broken slices",
        icon=":material/play_arrow:",
        type="primary",
        on_click=_act,
        args=(task.start, words),
    )


def _show_finished(task: Task) -> None:
    try:
        effect = read_json(task.folder / "comparison.json").get("effect")
    except InputError as error:
        show_error(error)
        return
    if effect:
        _show(effect)
    else:
        st.info("There was nothing to score: no slice has an outline, or none is broken.")


def _show(effect: Mapping[str, Any]) -> None:
    for sentence in effect.get("sentences", ()):
        st.markdown(literal(str(sentence)))
    rows = effect_rows(effect)
    if rows:
        st.dataframe(rows, hide_index=True, key="datasets_effect")
        st.caption(
            "Mean Dice of the patients on their own pixels, with 95 % intervals. The gap is the "
            f"Dice of {literal(str(effect.get('reference', 'the reference')))} less the set's, in "
            "hundredths; explained is what of it goes with the broken slices."
        )


def effect_rows(effect: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each set: its Dice with and without broken slices, and the gap to the reference.

    Args:
        effect: Of `resunet.evaluation.effect.effect_of_flags`.
    """
    rows = []
    for name, values in effect.get("sets", {}).items():
        dice = values.get(_PIXELS, {})
        gap = effect.get("gaps", {}).get(name, {}).get(_PIXELS, {})
        rows.append(
            {
                "Set": name,
                "Slices": values.get("slices"),
                "Broken": values.get("flagged"),
                "Dice": _written(dice.get("with_flagged", {}), "dice_patient_mean", ".3f"),
                "Without broken": _written(
                    dice.get("without_flagged", {}), "dice_patient_mean", ".3f"
                ),
                "Gap, points": _written(gap.get("gap_points", {}), "value", ".1f"),
                "Gap without broken": _written(gap.get("gap_without_points", {}), "value", ".1f"),
                "Explained": _written(gap.get("explained_points", {}), "value", ".1f"),
            }
        )
    return rows


def _written(entry: Mapping[str, Any], name: str, form: str) -> str:
    """A number with its interval."""
    value, ci = entry.get(name), entry.get("ci")
    if value is None:
        return "–"
    ends = "" if ci is None else f" ({ci[0]:{form}} to {ci[1]:{form}})"
    return f"{value:{form}}{ends}".replace("-", "−")


def _act(action: Any, *arguments: object) -> None:
    try:
        action(*arguments)
    except (InputError, OSError) as error:
        st.session_state[_TROUBLE] = str(error)
