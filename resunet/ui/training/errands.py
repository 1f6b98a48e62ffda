"""What takes longer than a page waits: scoring a run, and making a model of it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.data.cases import find_cases, split_names
from resunet.errors import InputError
from resunet.inference.models import default_name
from resunet.jobs.run_folder import RunFolder
from resunet.jobs.tasks import Task
from resunet.ui.notices import literal, show_error
from resunet.ui.training.watch import changed_ns

_SCORED = ("validating", "testing")
_PIXELS = {"native": "the study's own", "grid": "the network's"}


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
    old = ""
    if changed_ns(run.best_weights) > changed_ns(evaluation.result_file):
        old = ": of earlier weights, it has become better since"
    st.markdown(f"**Scores** of {literal(str(result.get('model_id')))}{old}")
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
            "Pixels": _PIXELS.get(resolution, resolution),
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


def folder_of(run: RunFolder) -> Path:
    """The data folder of a run.

    Raises:
        InputError: If the run does not name it.
    """
    folder = run.read_config()[1].get("folder")
    if not folder:
        raise InputError(f"{run.config_file} names no data folder.")
    return Path(folder)


def evaluate(run: RunFolder) -> None:
    """Starts to score a run's best weights on the splits that it was not trained on.

    Raises:
        InputError: If its data folder is not known or holds no patients.
        OSError: If the run folder cannot be written to.
    """
    folder, task = folder_of(run), evaluation_of(run)
    there = [split for split in split_names(find_cases(folder)) if split in _SCORED]
    splits = [word for split in there or _SCORED for word in ("--split", split)]
    words = ["--data", str(folder), "--weights", str(run.path), "--out", str(task.folder)]
    task.start(["evaluate", *words, *splits])


def make_default(run: RunFolder, name: str) -> None:
    """Starts to make a run's best weights the app's default model.

    Args:
        run: The run.
        name: What the model is called.

    Raises:
        InputError: If the run's settings cannot be read.
        OSError: If the run folder cannot be written to.
    """
    folder = str(run.read_config()[1].get("folder"))
    words = ["pack", str(run.path), "--id", name, "--default"]
    if Path(folder).is_dir():
        words += ["--score", folder, "validating", "--ranges", folder]
    packing_of(run).start(words)
