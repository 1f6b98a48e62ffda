"""What can be done with a run: stop, go on, look at it, score it, hand it on, delete."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.data.cases import find_cases, split_names
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

WANTED_PART = "training_wanted_view"
"""Under this key an action leaves the part that the page is to show next."""

_VIEWER = "pages/viewer.py"
_ASKED = "training_asked_to_stop"
_TROUBLE = "training_trouble"
_SCORED = ("validating", "testing")
_MOST_EPOCHS = 100_000


def show_actions(run: RunFolder, status: Mapping[str, Any]) -> None:
    """The buttons, as the run's state allows."""
    is_active, has_weights = status.get("state") in ACTIVE, run.best_weights.is_file()
    process = Identity.of(status)
    is_held = process is not None and process.is_alive  # after its end it writes its card
    with st.container(horizontal=True, gap="small"):
        if is_active:
            _stop_button(run, status)
        else:
            _resume_button(run, status, disabled=is_held)
        if st.button("Open in viewer", icon=":material/neurology:", disabled=not has_weights):
            _attempt(_open_in_viewer, run)
        if st.button(
            "Evaluate",
            icon=":material/fact_check:",
            disabled=not has_weights or evaluation_of(run).state == "running",
            help="Scores the best weights on the data folder's validating and testing splits.",
        ):
            _attempt(_evaluate, run)
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
            _attempt(_continue, run, has_weights)
        with st.popover("Delete", icon=":material/delete:", disabled=is_active or is_held):
            _delete_form(run)
    path, trouble = st.session_state.get(_TROUBLE, (None, ""))
    if path == run.path:
        show_error(trouble)


def _attempt(action: Callable[..., None], run: RunFolder, *more: Any) -> None:
    """Does what a button asks for; why it cannot be done is shown until the next one is used."""
    st.session_state.pop(_TROUBLE, None)
    try:
        action(run, *more)
    except (InputError, OSError) as error:
        st.session_state[_TROUBLE] = (run.path, str(error))


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
    result = evaluation.result or {}
    rows = score_rows(result)
    dice = st.column_config.NumberColumn(format="%.3f")
    st.markdown(f"**Scores** of {literal(str(result.get('model_id')))}")
    st.dataframe(
        rows,
        hide_index=True,
        key="training_scores",
        column_config={name: dice for name in rows[0] if name.startswith("Dice")} if rows else None,
    )


def score_rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scores of an evaluation, one row for each split and kind of pixels."""
    return [
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
        for split, resolutions in _entries(result.get("splits"))
        for resolution, scores in _entries(resolutions)
        if isinstance(scores, dict)
    ]


def _entries(value: Any) -> Iterable[tuple[str, Any]]:
    """Names and values of what ought to be an object."""
    return value.items() if isinstance(value, dict) else ()


def _stop_button(run: RunFolder, status: Mapping[str, Any]) -> None:
    """Asks the process to end, and after ten seconds kills it; the page does not wait for that."""
    name = (str(run.path), status.get("pid"))
    asked = st.session_state.get(_ASKED) == name
    identity = Identity.of(status)
    elsewhere = identity.host if identity is not None and not identity.is_here else ""
    if st.button(
        "Stopping …" if asked else "Stop",
        icon=":material/stop:",
        disabled=asked or bool(elsewhere),
        key="training_stop",
        help=f"It is trained on {literal(elsewhere)}; stop it there."
        if elsewhere
        else "The step in progress ends and is saved; the run can be resumed.",
    ):
        st.session_state[_ASKED] = name
        threading.Thread(target=_stop, args=(run,), daemon=True).start()
        st.rerun()


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
            _attempt(_launch, run)
        return
    is_over = disabled or done >= _MOST_EPOCHS
    with st.popover("Train longer", icon=":material/more_time:", disabled=is_over):
        st.caption("The run goes on with its own settings, to more epochs.")
        least = min(done + 1, _MOST_EPOCHS)
        proposed = min(max(planned, done) + 10, _MOST_EPOCHS)
        epochs = st.number_input("Epochs in all", least, _MOST_EPOCHS, proposed)
        if st.button("Go on", type="primary", disabled=planned > done):
            _attempt(_launch, run, "--epochs", str(epochs))
        if planned > done:
            st.caption("Early stopping has ended it; continue with other settings instead.")


def _launch(run: RunFolder, *more: str) -> None:
    launch(run, more=more)
    st.session_state.pop(_ASKED, None)
    st.rerun()


def _open_in_viewer(run: RunFolder) -> None:
    """Goes to the viewer, with this run as the model and its first sample on screen."""
    model = find_model(run.path)
    root = _folder_of(run)
    samples = read_samples(run)
    wanted = samples.patients[:1] if samples is not None else ()
    cases = [case for case in find_cases(root) if case.split == "validating"]
    cases.sort(key=lambda case: case.patient not in wanted)
    st.session_state["model"] = model
    if cases:  # else whoever is on screen there
        st.session_state[OPEN_CASE] = (root, cases[0], None)
    st.switch_page(_VIEWER)


def _folder_of(run: RunFolder) -> Path:
    """The data folder of a run.

    Raises:
        InputError: If the run does not name it.
    """
    folder = run.read_config()[1].get("folder")
    if not folder:
        raise InputError(f"{run.config_file} names no data folder.")
    return Path(folder)


def _evaluate(run: RunFolder) -> None:
    folder = _folder_of(run)
    there = [split for split in split_names(find_cases(folder)) if split in _SCORED]
    splits = [word for split in there or _SCORED for word in ("--split", split)]
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
    st.rerun()


def _default_form(run: RunFolder) -> None:
    st.caption(
        "Its best weights go into the models folder with a card: data, settings, scores. The "
        "viewer then uses it unless another model is chosen."
    )
    # not the run's own name: a model hides a run that is called alike
    suggested = re.sub(r"[^\w.-]", "-", f"model-{run.path.name}")
    name = st.text_input("Name", suggested, max_chars=80)
    if st.button("Make it the default", type="primary", disabled=not name):
        _attempt(_make_default, run, name)


def _make_default(run: RunFolder, name: str) -> None:
    folder = str(run.read_config()[1].get("folder"))
    words = ["pack", str(run.path), "--id", name, "--default"]
    if Path(folder).is_dir():
        words += ["--score", folder, "validating", "--ranges", folder]
    packing_of(run).start(words)
    st.rerun()


def _continue(run: RunFolder, has_weights: bool) -> None:
    config, _ = run.read_config()
    fill_in(config, begins_with=run.path.name if has_weights else None)
    st.session_state[WANTED_PART] = NEW_RUN
    st.rerun()


def _delete_form(run: RunFolder) -> None:
    st.markdown(f"Delete **{literal(run.path.name)}** with its weights for good?")
    if st.button("Delete for good", type="primary", icon=":material/delete_forever:"):
        _attempt(_delete, run)


def _delete(run: RunFolder) -> None:
    remove(run)
    st.toast(f"Deleted {literal(run.path.name)}.")
    st.rerun()
