"""The form that starts a training: settings, data, how long it will take."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from resunet.config import Config
from resunet.data.cases import Case
from resunet.errors import InputError
from resunet.inference.beginning import begin_with
from resunet.inference.models import ModelFile, list_models
from resunet.jobs.launch import launch
from resunet.jobs.run_folder import RunFolder, new_run
from resunet.presets import PRESETS, preset
from resunet.storage import runs_dir
from resunet.ui.notices import literal, show_error
from resunet.ui.settings import PARTS, WIDTH_PX, choose_settings, value_of, with_values, written
from resunet.ui.training.folder import FolderCheck, check_folder
from resunet.ui.training.pace import show_pace
from resunet.ui.training.preview import show_preview

_FORM = "training_form"
_RANDOM = "Random weights"

STARTED = "training_started"
"""Under this key of the session stands the name of a run that was started this moment."""

_SETTINGS_PX, _OUTCOME_PX = 640, 340  # side by side where there is room


@dataclass
class Form:
    """What has been filled in.

    Attributes:
        config: The settings.
        origin: What they began as: a preset's name, or a run's that is gone on with.
        start: The settings they began as.
        begins_with: Name of the model whose weights the training begins with, or None.
        version: Counts new beginnings, with which the controls begin anew.
    """

    config: Config
    origin: str
    start: Config
    begins_with: str | None = None
    version: int = 0


def fill_in(config: Config, origin: str, *, begins_with: str | None) -> None:
    """Begins the form anew with these settings.

    Args:
        config: The settings.
        origin: The preset or the run that has them.
        begins_with: Name of the model whose weights the training begins with, or None.
    """
    _fill_in(Form(config, origin, config, begins_with))


def _fill_in(form: Form) -> None:
    st.session_state[_FORM] = replace(form, version=the_form().version + 1)


def the_form() -> Form:
    """The form of this session."""
    if _FORM not in st.session_state:
        st.session_state[_FORM] = Form(preset("small-data"), "small-data", preset("small-data"))
    return st.session_state[_FORM]


def show_form(root: Path, cases: Sequence[Case]) -> None:
    """The whole form; `STARTED` in the session names the run that it starts.

    Args:
        root: The data folder.
        cases: Its patients.
    """
    form = the_form()
    with st.container(horizontal=True):
        left = st.container(width=_SETTINGS_PX)
        right = st.container(width=_OUTCOME_PX)
    with left:
        _choose_start(form)
        part = st.segmented_control(
            "Part",
            list(PARTS),
            default=next(iter(PARTS)),
            required=True,
            key="training_part",
            persist_state="session",
            label_visibility="collapsed",
        )
        # above the settings, so that it is in sight while they change
        above = st.container()
        is_valid = _choose_part(form, part)
        _tell_changes(form)
    with right:
        st.markdown(f"**{literal(root.name)}**")
        check = check_folder(root, cases)
        show_pace(form.config, root, check.validation_slices, disabled=bool(check.obstacle))
        _start(form, root, check, is_valid)
    if part == "Augmentation" and is_valid:
        with above:
            show_preview(cases, form.config)


def _choose_start(form: Form) -> None:
    """What the settings begin as, seed, name and first weights."""
    options = [*PRESETS, *([form.origin] if form.origin not in PRESETS else [])]
    models = [model.name for model in list_models()]
    names = [_RANDOM, *models]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Preset",
            options,
            index=options.index(form.origin),
            key=f"{form.version}/preset",
            on_change=_take_preset,
            args=(form.version,),
            help="`paper` is Tables 1–3 of the paper; `small-data` is for some tens of patients.",
            width=WIDTH_PX,
        )
        begins = st.selectbox(
            "Begin with",
            names,
            index=names.index(form.begins_with) if form.begins_with in names else 0,
            key=f"{form.version}/begins",
            help="Weights of another model to go on from, on the same grid and preparation.",
            width=WIDTH_PX,
        )
        st.text_input(
            "Name",
            key=f"{form.version}/name",
            persist_state="session",
            max_chars=60,
            placeholder=form.config.preset,
            help="The run folder is called by date and name.",
            width=WIDTH_PX,
        )
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, form.config.seed, key=f"{form.version}/seed", width=WIDTH_PX
        )
    form.begins_with = None if begins == _RANDOM else begins
    form.config = replace(form.config, seed=int(seed))


def _take_preset(version: int) -> None:
    name = st.session_state[f"{version}/preset"]
    if name in PRESETS:
        config = replace(preset(name), seed=the_form().config.seed)
        fill_in(config, name, begins_with=the_form().begins_with)


def _choose_part(form: Form, part: str) -> bool:
    """The settings of one part; whether they go together."""
    chosen = choose_settings(PARTS[part], form.config, f"{form.version}")
    try:
        form.config = with_values(form.config, chosen)
    except InputError as error:
        show_error(error)
        return False
    return True


def _tell_changes(form: Form) -> None:
    """Which settings differ from those that the form began with."""
    start = form.start
    names = [c.name for groups in PARTS.values() for controls in groups.values() for c in controls]
    changes = [
        f"`{name}` {written(value_of(start, name))} → **{written(value_of(form.config, name))}**"
        for name in names
        if value_of(start, name) != value_of(form.config, name)
    ]
    if changes:
        st.caption(f"Changed from {literal(form.origin)}: {', '.join(changes)}")


def _start(form: Form, root: Path, check: FolderCheck, is_valid: bool) -> None:
    """The button, or why there is none."""
    if check.obstacle:
        st.info(literal(check.obstacle), icon=":material/info:")
    wanted = st.button(
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=bool(check.obstacle) or not is_valid,
    )
    if not wanted:
        return
    try:
        # by its name alone: the server's own folders may have files that are called alike
        model = next((model for model in list_models() if model.name == form.begins_with), None)
        name = st.session_state.get(f"{form.version}/name") or ""
        run = start_run(form.config, root, name=name, skip_bad=check.skip_bad, model=model)
    except InputError as error:
        show_error(error)
        return
    except OSError as error:
        show_error(f"{runs_dir()} cannot take a run: {error.strerror or error}.")
        return
    # before anything else is shown: a second click finds the run begun already
    st.session_state[STARTED] = run.path.name
    _fill_in(form)  # without the name, which is taken now
    st.rerun()


def start_run(
    config: Config, data: Path, *, name: str, skip_bad: bool, model: ModelFile | None
) -> RunFolder:
    """Makes a run folder and starts its training.

    Args:
        config: The settings.
        data: The data folder.
        name: What the folder is called besides its date; the preset's name where empty.
        skip_bad: Whether files that cannot be used are left out.
        model: The model whose weights it begins with, or None.

    Raises:
        InputError: If the model does not fit.
        OSError: If the folder cannot be written to.
    """
    run = new_run(re.sub(r"[^\w.-]+", "-", name).strip("-.") or config.preset)
    run.path.mkdir(parents=True)  # fails where somebody else has just taken the name
    try:
        run.write_config(config, {"folder": str(data.resolve()), "skip_bad": skip_bad})
        if model is not None:
            begin_with(run, model)
        launch(run)
    except BaseException:
        shutil.rmtree(run.path)
        raise
    return run
