"""Runs beside each other: how they stand, and in which settings and data they differ."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from resunet.errors import InputError
from resunet.jobs.history import best_row
from resunet.jobs.run_folder import RunFolder
from resunet.records import flat
from resunet.ui.notices import literal
from resunet.ui.settings import written

Facts = Mapping[str, Any]
"""What a run was trained with: settings by their dotted names, and its data."""

_UNKNOWN = "–"


def show_comparison(runs: Sequence[RunFolder]) -> None:
    """A column for each run: outcome first, then all in which they differ.

    What differs from the first run's is highlighted.
    """
    import pandas as pd  # type: ignore[import-untyped]

    outcomes = {run.path.name: outcome_of(run) for run in runs}
    facts = {run.path.name: facts_of(run) for run in runs}
    known = {name: each for name, each in facts.items() if each}
    differing = differences(known)
    names = [*next(iter(outcomes.values())), *differing]
    columns = {
        run: [outcomes[run].get(name) or _fact(facts[run], name) for name in names] for run in facts
    }
    frame = pd.DataFrame(columns, index=pd.Index(names, name="Setting"))
    first = runs[0].path.name

    def mark(row: Any) -> list[str]:
        return [
            "background-color: rgba(232, 160, 10, 0.3)"
            if row.name in differing and facts[run].get(row.name) != facts[first].get(row.name)
            else ""
            for run in row.index
        ]

    st.dataframe(frame.style.apply(mark, axis=1), key="training_comparison")
    if unknown := [literal(name) for name in facts if name not in known]:
        st.caption(f"Settings cannot be read: {', '.join(unknown)}.")
    if differing:
        st.caption(f"All else is the same. Highlighted: other than in {literal(first)}.")
    else:
        st.caption("Settings and data are the same.")


def show_overview(runs: Iterable[RunFolder]) -> None:
    """A line for each run, to be sorted by a click on a column."""
    rows = []
    for run in runs:
        history, data = run.read_history(), facts_of(run)
        best = best_row(history)
        rows.append(
            {
                "Run": run.path.name,
                "State": str(run.read_status().get("state", "unknown")),
                "Epochs done": len(history),
                "Best validation Dice": None if best is None else best["val_dice"],
                "Preset": data.get("preset"),
                "Data folder": data.get("data.folder"),
            }
        )
    dice = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        rows,
        hide_index=True,
        key="training_overview",
        column_config={"Best validation Dice": dice},
    )


def outcome_of(run: RunFolder) -> dict[str, str]:
    """How a run stands, in words."""
    status, rows = run.read_status(), run.read_history()
    best = best_row(rows)
    seconds = [row["seconds"] for row in rows if row["seconds"] is not None]
    dice = None if best is None else best["val_dice"]
    return {
        "State": str(status.get("state", "unknown")),
        "Epochs done": str(len(rows)),
        "Best epoch, by validation loss": _UNKNOWN if best is None else f"{best['epoch']:.0f}",
        "its validation Dice": _UNKNOWN if dice is None else f"{dice:.3f}",
        "its validation loss": _UNKNOWN if best is None else f"{best['val_loss']:.4f}",
        "Seconds an epoch": f"{sum(seconds) / len(seconds):.1f}" if seconds else _UNKNOWN,
    }


def facts_of(run: RunFolder) -> Facts:
    """Settings, data and versions of a run; empty where they cannot be read."""
    try:
        config, data = run.read_config()
    except InputError:
        return {}
    versions = run.read_versions()
    return {
        **flat(config),
        **{f"data.{name}": value for name, value in data.items()},
        **{f"versions.{name}": value for name, value in versions.items()},
    }


def differences(facts: Mapping[str, Facts]) -> list[str]:
    """The names under which at least two runs have something else, in their own order."""
    names = dict.fromkeys(name for values in facts.values() for name in values)
    first = next(iter(facts.values()), {})
    return [
        name
        for name in names
        if any(values.get(name) != first.get(name) for values in facts.values())
    ]


def _fact(facts: Facts, name: str) -> str:
    """A fact as people read it; of patients, how many and who comes first."""
    value = facts.get(name)
    if value is None:
        return _UNKNOWN
    if isinstance(value, list):
        return f"{len(value)} patients, from {value[0]}" if value else "no patient"
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items())
    return written(value)
