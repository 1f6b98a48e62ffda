"""Training runs and their Dice curves (figure 2), as they grow."""

import streamlit as st

from resunet.figures.curves import fig_history, fig_losses
from resunet.jobs.run_folder import HISTORY_COLUMNS, RunFolder, list_runs
from resunet.storage import runs_dir
from resunet.ui import frame

COMMAND = "python -m resunet train --data /path/to/data --preset small-data"


def main() -> None:
    """The page."""
    runs = {run.path.name: run for run in list_runs()}
    if not runs:
        st.info(
            f"No run yet in `{runs_dir()}`. Start one:\n\n`{COMMAND}`",
            icon=":material/model_training:",
        )
        return
    chosen = st.sidebar.multiselect(
        "Runs", list(runs), default=list(runs)[:1], key="runs", persist_state="session"
    )
    curves([runs[name] for name in chosen if name in runs])
    st.caption(f"Start another: `{COMMAND}`")


@st.fragment(run_every=3)
def curves(runs: list[RunFolder]) -> None:
    """Status and curves of the chosen runs, read again every few seconds."""
    histories = {run.path.name: columns(run) for run in runs}
    st.dataframe(
        [row(run, histories[run.path.name]) for run in runs],
        hide_index=True,
        column_config={
            "Progress": st.column_config.ProgressColumn(min_value=0, max_value=1),
            "Best validation Dice": st.column_config.NumberColumn(format="%.3f"),
            "Learning rate": st.column_config.NumberColumn(format="%.2e"),
        },
    )
    dice, loss = st.columns(2)
    dice.plotly_chart(
        fig_history(histories), key="dice", alt="Training and validation Dice by epoch"
    )
    loss.plotly_chart(
        fig_losses(histories), key="loss", alt="Training and validation loss by epoch"
    )


def columns(run: RunFolder) -> dict[str, list[float | None]]:
    """The history by columns, as the figures take it."""
    rows = run.read_history()
    return {name: [row[name] for row in rows] for name in HISTORY_COLUMNS}


def row(run: RunFolder, history: dict[str, list[float | None]]) -> dict[str, object]:
    """One line of the table of runs."""
    status = run.read_status()
    done, planned = status.get("epoch", 0), status.get("epochs", 0)
    scores = [score for score in history["val_dice"] if score is not None]
    return {
        "Run": run.path.name,
        "State": status.get("state", "unknown"),
        "Progress": done / planned if planned else 0.0,
        "Epoch": f"{done} of {planned}" if planned else "–",
        "Best validation Dice": max(scores, default=None),
        "Learning rate": history["learning_rate"][-1] if history["learning_rate"] else None,
        "Message": status.get("message", ""),
    }


frame.enter("pages/training.py")
main()
