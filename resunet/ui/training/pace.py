"""How long an epoch will take here."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from resunet.config import Config
from resunet.jobs.pace import Pace, measure, measured_pace, measurement, seen_pace
from resunet.jobs.run_folder import ACTIVE, list_runs
from resunet.ui.notices import literal, show_error

_LOOK_SECONDS = 1.0


def show_pace(config: Config, root: Path, validation_slices: int, *, disabled: bool) -> None:
    """The time an epoch takes on this machine, and a way to measure it.

    Args:
        config: The settings.
        root: The data folder.
        validation_slices: How many slices are validated on.
        disabled: Whether the folder cannot be trained on, so that nothing can be measured.
    """
    task = measurement(config)
    is_watched = task.state == "running"
    every = _LOOK_SECONDS if is_watched else None
    looks = itertools.count()
    st.fragment(_show, run_every=every)(
        config, root, validation_slices, disabled, is_watched, looks
    )


def _show(
    config: Config,
    root: Path,
    validation_slices: int,
    disabled: bool,
    is_watched: bool,
    looks: Iterator[int],
) -> None:
    task = measurement(config)
    state = task.state
    # the first look is part of the page's run, which must not be broken off
    if next(looks) > 0 and is_watched and state != "running":
        st.rerun()
    if state == "running":
        st.caption(":material/timer: Measuring how fast this machine trains, about half a minute …")
        return
    pace = measured_pace(task) if state == "finished" else None
    runs = list_runs()
    pace = pace or seen_pace(config, runs)
    if pace is not None:
        st.caption(f":material/timer: {sentence(pace, config, validation_slices)}")
    elif state == "failed":
        st.caption(f":material/timer: It could not be measured: {literal(task.message)}")
    else:
        st.caption(":material/timer: Not known yet how long an epoch takes on this machine.")
    words = "Measure again" if pace else "Measure"
    is_busy = any(run.read_status().get("state") in ACTIVE for run in runs)
    if st.button(
        words,
        icon=":material/speed:",
        type="tertiary",
        disabled=disabled or is_busy,
        help="Not while a run is being trained: both would be slower." if is_busy else None,
    ):
        try:
            measure(config, str(root.resolve()))
        except OSError as error:
            show_error(error)
            return
        st.rerun()


def sentence(pace: Pace, config: Config, validation_slices: int) -> str:
    """How long an epoch and the whole training take."""
    seconds = pace.epoch_seconds(config, validation_slices)
    source = f"as in {literal(pace.source)}" if pace.source else "as measured here"
    return (
        f"About **{duration(seconds)}** an epoch, {duration(seconds * config.training.epochs)} in "
        f"all, at {pace.images_per_second:.0f} slices a second, {source}."
    )


def duration(seconds: float) -> str:
    """A time that people read, such as ``"45 s"``, ``"12 min"`` or ``"3 h 20 min"``."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h" + (f" {minutes} min" if minutes and hours < 24 else "")
