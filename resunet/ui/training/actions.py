"""What can be done with a run: stop, go on, look at it, score it, hand it on, delete."""

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.data.cases import find_cases
from resunet.errors import InputError
from resunet.inference.models import default_name, find_model
from resunet.jobs.launch import launch
from resunet.jobs.process import Identity
from resunet.jobs.removal import remove
from resunet.jobs.run_folder import ACTIVE, RunFolder
from resunet.jobs.samples import read_samples
from resunet.jobs.stopping import stop
from resunet.jobs.tasks import Task
from resunet.ui.notices import literal, show_error
from resunet.ui.sources import OPEN_CASE
from resunet.ui.training.form import fill_in

NEW_RUN = "New run"
"""The part of the page with the form."""

PART = "training_view"
"""Under this key of the session stands which part of the page is shown."""

_VIEWER = "pages/viewer.py"
_ASKED = "training_asked_to_stop"
_SCORED = ("validating", "testing")


def show_actions(run: RunFolder, status: Mapping[str, Any]) -> None:
    """The buttons, as the run's state allows."""
    is_active, has_weights = status.get("state") in ACTIVE, run.best_weights.is_file()
    process = Identity.of(status)
    is_held = process is not None and process.is_alive  # after its end it writes its card
    try:
        with st.container(horizontal=True, gap="small"):
            if is_active:
                _stop_button(run, status)
            else:
                _resume_button(run, status, disabled=is_held)
            if st.button("Open in viewer", icon=":material/neurology:", disabled=not has_weights):
                _open_in_viewer(run)
            if st.button(
                "Evaluate",
                icon=":material/fact_check:",
                disabled=not has_weights or evaluation_of(run).state == "running",
                help="Scores the best weights on the data folder's validating and testing splits.",
            ):
                _evaluate(run)
            packing = packing_of(run).state
            with st.popover(
                "Use as default model",
                icon=":material/star:",
                disabled=not has_weights or packing == "running",
                key=f"training_default_{packing}",  # another one, closed, once it is begun
            ):
                _default_form(run)
            if st.button(
                "Continue with other settings",
                icon=":material/tune:",
                help="Fills in the form for a new run, which begins with this one's best weights.",
            ):
                _continue(run, has_weights)
            with st.popover("Delete", icon=":material/delete:", disabled=is_held):
                _delete_form(run)
    except (InputError, OSError) as error:
        show_error(error)


def evaluation_of(run: RunFolder) -> Task:
    """The task that scores a run."""
    return Task(run.path / "evaluation")


def packing_of(run: RunFolder) -> Task:
    """The task that makes a model of a run."""
    return Task(run.path / "model")


def show_errands(run: RunFolder) -> None:
    """How evaluating and making it the default go on, where they were asked for."""
    evaluation, packing = evaluation_of(run), packing_of(run)
    if evaluation.state == "running":
        st.caption(":material/hourglass: Scoring the validating and testing splits …")
    elif evaluation.state == "failed":
        show_error(f"It could not be scored: {evaluation.message}")
    if packing.state == "running":
        st.caption(":material/hourglass: Making it the default model, with its card and scores …")
    elif packing.state == "failed":
        show_error(f"It could not be made the default model: {packing.message}")
    elif packing.state == "finished":
        name = (packing.result or {}).get("id")
        if name is not None and name == default_name():
            st.caption(f":material/star: The app's default model: {literal(str(name))}")


def show_scores(run: RunFolder) -> None:
    """What its best weights scored, where that was asked for."""
    evaluation = evaluation_of(run)
    if evaluation.state != "finished":
        return
    rows, result = [], evaluation.result or {}
    for split, resolutions in result.get("splits", {}).items():
        for resolution, scores in resolutions.items():
            rows.append(
                {
                    "Split": split,
                    "Pixels": {"native": "the study's own", "grid": "the network's"}.get(
                        resolution, resolution
                    ),
                    "Patients": scores.get("patients"),
                    "Dice, pooled": scores.get("dice_pooled"),
                    "Dice, mean of patients": scores.get("dice_patient_mean"),
                    "Dice, mean of slices": scores.get("dice_slice_mean"),
                }
            )
    dice = st.column_config.NumberColumn(format="%.3f")
    st.markdown(f"**Scores** of {literal(str(result.get('model_id')))}")
    st.dataframe(
        rows,
        hide_index=True,
        key="training_scores",
        column_config={name: dice for name in rows[0] if name.startswith("Dice")} if rows else None,
    )


def _stop_button(run: RunFolder, status: Mapping[str, Any]) -> None:
    """Asks the process to end, and after ten seconds kills it; the page does not wait for that."""
    name = (str(run.path), status.get("pid"))
    asked = st.session_state.get(_ASKED) == name
    if st.button(
        "Stopping …" if asked else "Stop",
        icon=":material/stop:",
        disabled=asked,
        key="training_stop",
        help="The step in progress ends and is saved; the run can be resumed.",
    ):
        st.session_state[_ASKED] = name
        threading.Thread(target=_stop, args=(run,), daemon=True).start()
        st.rerun(scope="fragment")


def _stop(run: RunFolder) -> None:
    try:
        stop(run)
    except InputError:  # it has ended meanwhile, which its status says
        return


def _resume_button(run: RunFolder, status: Mapping[str, Any], *, disabled: bool) -> None:
    planned, done = status.get("epochs", 0), status.get("epoch", 0)
    if status.get("state") != "finished":
        if st.button(
            "Resume", icon=":material/play_arrow:", key="training_resume", disabled=disabled
        ):
            _launch(run)
        return
    with st.popover("Train longer", icon=":material/more_time:", disabled=disabled):
        st.caption("The run goes on with its own settings, to more epochs.")
        epochs = st.number_input("Epochs in all", done + 1, 100_000, max(planned, done) + 10)
        if st.button("Go on", type="primary", disabled=planned > done):
            _launch(run, "--epochs", str(epochs))
        if planned > done:
            st.caption("Early stopping has ended it; continue with other settings instead.")


def _launch(run: RunFolder, *more: str) -> None:
    launch(run, more=more)
    st.session_state.pop(_ASKED, None)
    st.rerun(scope="fragment")


def _open_in_viewer(run: RunFolder) -> None:
    """Goes to the viewer, with this run as the model and its first sample on screen."""
    model = find_model(run.path)
    data = run.read_config()[1]
    root = Path(str(data.get("folder", "")))
    samples = read_samples(run)
    wanted = None if samples is None else samples.patients[0]
    cases = [case for case in find_cases(root) if case.split == "validating"]
    case = next((case for case in cases if case.patient == wanted), cases[0])
    st.session_state["model"] = model
    st.session_state[OPEN_CASE] = (root, case, None)
    st.switch_page(_VIEWER)


def _evaluate(run: RunFolder) -> None:
    folder = run.read_config()[1].get("folder")
    splits = [word for split in _SCORED for word in ("--split", split)]
    task = evaluation_of(run)
    task.start(
        [
            "evaluate",
            *("--data", str(folder)),
            *("--weights", str(run.path)),
            *("--out", str(task.folder)),
            *splits,
        ]
    )
    st.rerun(scope="fragment")


def _default_form(run: RunFolder) -> None:
    st.caption(
        "Its best weights go into the models folder with a card: data, settings, scores. The "
        "viewer then uses it unless another model is chosen."
    )
    # not the run's own name: a model hides a run that is called alike
    suggested = re.sub(r"[^\w.-]", "-", f"model-{run.path.name}")
    name = st.text_input("Name", suggested, max_chars=80)
    if st.button("Make it the default", type="primary", disabled=not name):
        folder = str(run.read_config()[1].get("folder"))
        words = ["pack", str(run.path), "--id", name, "--default"]
        if Path(folder).is_dir():
            words += ["--score", folder, "validating", "--ranges", folder]
        packing_of(run).start(words)
        st.rerun(scope="fragment")


def _continue(run: RunFolder, has_weights: bool) -> None:
    config, _ = run.read_config()
    fill_in(config, begins_with=run.path.name if has_weights else None)
    st.session_state[PART] = NEW_RUN
    st.rerun()


def _delete_form(run: RunFolder) -> None:
    st.markdown(f"Delete **{literal(run.path.name)}** with its weights for good?")
    if st.button("Delete for good", type="primary", icon=":material/delete_forever:"):
        remove(run)
        st.toast(f"Deleted {literal(run.path.name)}.")
        st.rerun()
