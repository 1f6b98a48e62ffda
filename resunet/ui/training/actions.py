"""The buttons of a run: stop, go on, look at it, score it, hand it on, delete."""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from resunet.data.cases import find_cases
from resunet.errors import InputError
from resunet.inference.models import default_name, find_model, set_default
from resunet.jobs.launch import launch
from resunet.jobs.lock import is_held
from resunet.jobs.process import Identity
from resunet.jobs.removal import remove
from resunet.jobs.run_folder import ACTIVE, RunFolder
from resunet.jobs.samples import read_samples
from resunet.jobs.stopping import stop
from resunet.storage import models_dir
from resunet.ui.notices import literal, show_error
from resunet.ui.sources import OPEN_CASE
from resunet.ui.training.errands import (
    evaluate,
    evaluation_of,
    folder_of,
    make_default,
    packing_of,
)
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
_MOST_EPOCHS = 100_000


def show_actions(run: RunFolder, status: Mapping[str, Any], *, is_readable: bool) -> None:
    """The buttons, as the run's state allows.

    What bears a run's name in its key is another control for another run: nothing that was opened
    or typed for one is ever taken for the other.

    Args:
        run: The run.
        status: How it stands.
        is_readable: Whether its settings can be read; else it can only be deleted.
    """
    is_active = status.get("state") in ACTIVE
    has_weights = is_readable and run.best_weights.is_file()
    held = is_held(run)
    name = run.path.name
    with st.container(horizontal=True, gap="small"):
        if is_active:
            _stop_button(run, status)
        else:
            is_known = is_readable and "state" in status and status["state"] != "unknown"
            _resume_button(run, status, disabled=held or not is_known)
        _buttons_of_weights(run, has_weights)
        if st.button(
            "Continue with other settings",
            icon=":material/tune:",
            disabled=not is_readable,
            key=f"training_continue/{name}",
            help="Fills in the form for a new run, which begins with this one's best weights.",
        ):
            _attempt(_continue, run, has_weights)
        with st.popover(
            "Delete",
            icon=":material/delete:",
            disabled=is_active or held,
            key=f"training_delete/{name}",
        ):
            _delete_form(run)
    if held:
        st.caption(
            ":material/hourglass: Its process scores the best weights for the card; after that the "
            "run can go on or be deleted."
        )
    path, trouble = st.session_state.get(_TROUBLE, (None, ""))
    if path == run.path:
        show_error(trouble)


def _buttons_of_weights(run: RunFolder, has_weights: bool) -> None:
    """What can be done with the best weights, as soon as there are any."""
    name = run.path.name
    if st.button(
        "Open in viewer",
        icon=":material/neurology:",
        disabled=not has_weights,
        key=f"training_open/{name}",
    ):
        _attempt(_open_in_viewer, run)
    if st.button(
        "Evaluate",
        icon=":material/fact_check:",
        disabled=not has_weights or evaluation_of(run).state == "running",
        key=f"training_evaluate/{name}",
        help="Scores the best weights on the data folder's validating and testing splits.",
    ):
        _attempt(_evaluate, run)
    packing = packing_of(run).state
    with st.popover(
        "Use as default model",
        icon=":material/star:",
        disabled=not has_weights or packing == "running",
        key=f"training_default/{name}/{packing}",  # another one, closed, once it is begun
    ):
        _default_form(run)


def _attempt(action: Callable[..., None], run: RunFolder, *more: Any) -> None:
    """Does what a button asks for; why it cannot be done is shown until the next one is used."""
    st.session_state.pop(_TROUBLE, None)
    try:
        action(run, *more)
    except (InputError, OSError) as error:
        st.session_state[_TROUBLE] = (run.path, str(error))


def _stop_button(run: RunFolder, status: Mapping[str, Any]) -> None:
    """Asks the process to end, and after ten seconds kills it; the page does not wait for that."""
    name = (str(run.path), status.get("pid"))
    asked_name, troubles = st.session_state.get(_ASKED, (None, []))
    asked = asked_name == name and not troubles
    identity = Identity.of(status)
    elsewhere = identity.host if identity is not None and not identity.is_here else ""
    if st.button(
        "Stopping …" if asked else "Stop",
        icon=":material/stop:",
        disabled=asked or bool(elsewhere),
        key=f"training_stop/{run.path.name}",
        help=f"It is trained on {literal(elsewhere)}; stop it there."
        if elsewhere
        else "The step in progress ends and is saved; the run can be resumed.",
    ):
        troubles = []
        st.session_state[_ASKED] = (name, troubles)
        threading.Thread(target=_stop, args=(run, troubles), daemon=True).start()
        st.rerun()
    if asked_name == name and troubles:
        show_error(troubles[0])


def _stop(run: RunFolder, troubles: list[str]) -> None:
    """Stops it, and notes for the page why it cannot."""
    try:
        stop(run)
    except InputError as error:
        if run.read_status().get("state") in ACTIVE:  # else it has ended meanwhile
            troubles.append(str(error))


def _resume_button(run: RunFolder, status: Mapping[str, Any], *, disabled: bool) -> None:
    planned, done = status.get("epochs", 0), status.get("epoch", 0)
    if status.get("state") != "finished":
        if st.button(
            "Resume",
            icon=":material/play_arrow:",
            key=f"training_resume/{run.path.name}",
            disabled=disabled,
        ):
            _attempt(_launch, run)
        return
    is_over = disabled or done >= _MOST_EPOCHS
    name = run.path.name
    with st.popover(
        "Train longer",
        icon=":material/more_time:",
        disabled=is_over,
        key=f"training_longer/{name}",
    ):
        st.caption("The run goes on with its own settings, to more epochs.")
        least = min(done + 1, _MOST_EPOCHS)
        proposed = min(max(planned, done) + 10, _MOST_EPOCHS)
        epochs = st.number_input(
            "Epochs in all", least, _MOST_EPOCHS, proposed, key=f"training_epochs/{name}/{done}"
        )
        if st.button("Go on", type="primary", disabled=planned > done, key=f"training_go/{name}"):
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
    root = folder_of(run)
    samples = read_samples(run)
    wanted = samples.patients[:1] if samples is not None else ()
    cases = [case for case in find_cases(root) if case.split == "validating"]
    cases.sort(key=lambda case: case.patient not in wanted)
    st.session_state["model"] = model
    if cases:  # else whoever is on screen there
        st.session_state[OPEN_CASE] = (root, cases[0], None)
    st.switch_page(_VIEWER)


def _evaluate(run: RunFolder) -> None:
    evaluate(run)
    st.rerun()


def _default_form(run: RunFolder) -> None:
    st.caption(
        "Its best weights go into the models folder with a card: data, settings, scores. The "
        "viewer then uses it, for everybody on this server, unless another model is chosen."
    )
    of_run = run.path.name
    # not the run's own name: a model hides a run that is called alike
    suggested = re.sub(r"[^A-Za-z0-9.-]+", "-", f"model-{of_run}")
    name = st.text_input("Name", suggested, max_chars=80, key=f"training_model_name/{of_run}")
    if (models_dir() / f"{name}.json").is_file():
        st.caption(":material/warning: A model of this name is there; it would be replaced.")
    if st.button(
        "Make it the default", type="primary", disabled=not name, key=f"training_make/{of_run}"
    ):
        _attempt(_make_default, run, name)
    if (default := default_name()) is not None and st.button(
        f"No longer use {literal(default)} by default", key=f"training_no_default/{of_run}"
    ):
        set_default(None)
        st.rerun()


def _make_default(run: RunFolder, name: str) -> None:
    make_default(run, name)
    st.rerun()


def _continue(run: RunFolder, has_weights: bool) -> None:
    config, name = run.read_config()[0], run.path.name
    fill_in(config, name, begins_with=name if has_weights else None)
    st.session_state[WANTED_PART] = NEW_RUN
    st.rerun()


def _delete_form(run: RunFolder) -> None:
    st.markdown(f"Delete **{literal(run.path.name)}** with its weights for good?")
    if st.button(
        "Delete for good",
        type="primary",
        icon=":material/delete_forever:",
        key=f"training_delete_now/{run.path.name}",
    ):
        _attempt(_delete, run)


def _delete(run: RunFolder) -> None:
    remove(run)
    st.toast(f"Deleted {literal(run.path.name)}.")
    st.rerun()
