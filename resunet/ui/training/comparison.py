"""Several runs beside each other: how they stand, and in which settings they differ."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from resunet.config import Config
from resunet.errors import InputError
from resunet.jobs.run_folder import RunFolder
from resunet.ui.notices import literal
from resunet.ui.settings import written
from resunet.ui.training.watch import best_epoch


def show_comparison(runs: Sequence[RunFolder]) -> None:
    """A column for each run: outcome first, then every setting in which one differs.

    What differs from the first run's is highlighted.
    """
    import pandas as pd  # type: ignore[import-untyped]

    outcomes = {run.path.name: outcome_of(run) for run in runs}
    settings = {}
    for run in runs:
        try:
            settings[run.path.name] = flat(run.read_config()[0])
        except InputError:
            settings[run.path.name] = {}
    differing = differences(settings)
    names = [*next(iter(outcomes.values())), *differing]
    frame = pd.DataFrame(
        {
            run: [{**outcomes[run], **settings[run]}.get(name, "–") for name in names]
            for run in outcomes
        },
        index=pd.Index(names, name="Setting"),
    )

    def mark(row: Any) -> list[str]:
        first = row.iloc[0]
        is_setting = row.name in differing
        return [
            "background-color: rgba(232, 160, 10, 0.3)" if is_setting and value != first else ""
            for value in row
        ]

    st.dataframe(frame.style.apply(mark, axis=1), key="training_comparison")
    if differing:
        first = literal(runs[0].path.name)
        st.caption(f"All other settings are the same. Highlighted: other than in {first}.")
    else:
        st.caption("All settings are the same.")


def outcome_of(run: RunFolder) -> dict[str, str]:
    """How a run stands, in words."""
    status, rows = run.read_status(), run.read_history()
    best = best_epoch(rows)
    seconds = [row["seconds"] for row in rows if row["seconds"] is not None]
    dice = None if best is None else best["val_dice"]
    return {
        "State": str(status.get("state", "unknown")),
        "Epochs done": str(len(rows)),
        "Best epoch, by validation loss": "–" if best is None else f"{best['epoch']:.0f}",
        "its validation Dice": "–" if dice is None else f"{dice:.3f}",
        "its validation loss": "–" if best is None else f"{best['val_loss']:.4f}",
        "Seconds an epoch": f"{sum(seconds) / len(seconds):.1f}" if seconds else "–",
    }


def flat(config: Config) -> dict[str, str]:
    """Every setting by its dotted name, written out."""
    values = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            for inner in dataclasses.fields(value):
                values[f"{field.name}.{inner.name}"] = written(getattr(value, inner.name))
        else:
            values[field.name] = written(value)
    return values


def differences(settings: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The settings in which at least two runs differ, in their own order."""
    names = dict.fromkeys(name for values in settings.values() for name in values)
    return [name for name in names if len({v.get(name) for v in settings.values()}) > 1]
