"""A training as it goes on: state, curves, samples, log. Reads the run folders' files alone."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure, Scatter

from resunet.figures.curves import fig_history, fig_learning_rates, fig_losses
from resunet.figures.samples import picture_samples
from resunet.jobs.history import best_row
from resunet.jobs.run_folder import ACTIVE, HISTORY_COLUMNS, RunFolder, list_runs
from resunet.jobs.samples import read_samples
from resunet.ui.notices import literal
from resunet.ui.training.pace import duration

WATCH_SECONDS = 7.0
"""Between two looks at the files of runs; a training writes its status every two."""

_COLOURS = {
    "queued": "gray",
    "running": "blue",
    "stopping": "orange",
    "stopped": "orange",
    "finished": "green",
    "failed": "red",
    "interrupted": "red",
}
_CHART_PX = 260
_MARGIN_PX = 20
_LEGEND_PX = 22  # a line
_FIGURE_PX = 120
_SAMPLE_PX = 120  # eight in a row fill the page at the usual width
_CURVES = (
    ("dice", "Training and validation Dice by epoch"),
    ("loss", "Training and validation loss by epoch"),
    ("rate", "Learning rate by epoch"),
)
_LOG_LINES = 12
_LOG_BYTES = 4096
_PLOT = {"displayModeBar": False}


def show_state(run: RunFolder, status: dict[str, Any]) -> None:
    """Name, state, what it does, how far it is, how fast, and how long it still takes."""
    state = str(status.get("state", "unknown"))
    badge = f":{_COLOURS.get(state, 'gray')}-badge[{literal(state)}]"
    st.markdown(f"#### {literal(run.path.name)} {badge}")
    st.caption(literal(str(status.get("message", ""))) or "–")
    done, planned = status.get("step", 0), status.get("steps", 0)
    is_running = state == "running"
    st.progress(min(done / planned, 1.0) if planned else 0.0)
    rate, left = status.get("images_per_second"), status.get("seconds_left")
    best = best_row(run.read_history())
    dice = None if best is None else best["val_dice"]
    epochs = status.get("epochs")
    figures = {
        "Epoch": f"{status.get('epoch', 0)} of {epochs}" if epochs else "–",
        "Step": f"{done:,} of {planned:,}" if planned else "–",
        "Best validation Dice": "–" if dice is None else f"{dice:.3f}",
        "of epoch": "–" if best is None else f"{best['epoch']:.0f}",
        "Slices a second": f"{rate:.0f}" if rate and is_running else "–",
        "Time left": duration(left) if left is not None and is_running else "–",
        "Device": status.get("device", "–"),
    }
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.markdown(f":small[:gray[{label}]]  \n{literal(str(value))}", width=_FIGURE_PX)


def show_others_at_work(run: RunFolder) -> None:
    """Which other runs have a process, and in what state they are; nothing where none has."""
    others = (other for other in list_runs() if other.path != run.path)
    states = ((other.path.name, other.read_status().get("state")) for other in others)
    active = [f"{literal(name)} is {state}" for name, state in states if state in ACTIVE]
    if active:
        st.caption(f":material/group_work: {'; '.join(active)}.")


def show_curves(runs: Sequence[RunFolder]) -> None:
    """Dice (figure 2), loss and learning rate of several runs."""
    written = tuple((str(run.path), changed_ns(run.history_file)) for run in runs)
    if not any(changed for _, changed in written):
        st.caption("Curves of Dice, loss and learning rate begin with the end of the first epoch.")
        return
    figures = _figures(written)
    for place, (name, alt), figure in zip(st.columns((4, 3, 3)), _CURVES, figures, strict=True):
        place.plotly_chart(figure, key=f"training_{name}", config=_PLOT, alt=alt)
    st.caption("Solid: validation. Dashed: training.")


@st.cache_resource(max_entries=32, show_spinner=False)
def _figures(runs: Sequence[tuple[str, int]]) -> list[Figure]:
    """The figures of runs whose histories changed at that time: made once for all browsers."""
    folders = [RunFolder(Path(path)) for path, _ in runs]
    histories = {run.path.name: columns_of(run) for run in folders}
    figures = [fig_history(histories), fig_losses(histories), fig_learning_rates(histories)]
    above = _MARGIN_PX + _LEGEND_PX * len(folders)  # of all alike, so that their axes are level
    for figure, is_first in zip(figures, (True, False, False), strict=True):
        figure.update_layout(height=_CHART_PX + above, showlegend=is_first, margin={"t": above})
    figures[0].for_each_trace(_name_once)
    return figures


def _name_once(trace: Scatter) -> None:
    """In the legend a run has one line, that of its validation."""
    trace.update(showlegend=trace.line.dash == "solid", name=trace.legendgroup)


def columns_of(run: RunFolder) -> dict[str, list[float | None]]:
    """The history by columns, as the figures take it."""
    rows = run.read_history()
    return {name: [row[name] for row in rows] for name in HISTORY_COLUMNS}


def show_samples(run: RunFolder) -> None:
    """What the newest checkpoint makes of fixed validation slices, beside earlier ones."""
    changed = changed_ns(run.samples_file)
    if not changed:
        st.caption("After its first epoch: what the network makes of some validation slices.")
        return
    picture, patients = _picture(str(run.path), changed)
    if picture is None:
        return
    st.image(
        picture,
        width="content",
        output_format="PNG",  # as it is: Streamlit would else make a JPEG of it each time
        alt="Validation slices with both outlines, epoch by epoch",
    )
    st.caption(
        "Validation slices as the network sees them: the expert's outline in red, the network's in "
        "blue with its probability as a veil, from the first epoch to the newest. From top to "
        f"bottom: {literal(', '.join(patients))}."
    )


@st.cache_data(max_entries=2, scope="session", show_spinner=False)
def _picture(path: str, changed_ns: int) -> tuple[bytes | None, tuple[str, ...]]:
    """The picture of a run's samples as they were at that time, as PNG, and whose they are."""
    samples = read_samples(RunFolder(Path(path)))
    if samples is None or not samples.epochs:
        return None, ()
    image = picture_samples(
        samples.images,
        samples.masks,
        [f"slice {number}" for number in samples.numbers],
        samples.epochs,
        samples.probabilities,
        side_px=_SAMPLE_PX,
    )
    with io.BytesIO() as memory:
        image.save(memory, "png", compress_level=1)
        return memory.getvalue(), samples.patients


def show_log(run: RunFolder) -> None:
    """The log's last lines, and what a process wrote that has not come so far."""
    log, output = tail(run.log_file), tail(run.output_file)
    st.code(log or output or "Nothing yet.", language=None, wrap_lines=True)
    if log and output:
        st.caption(f"{run.output_file.name}, what its processes wrote for a terminal:")
        st.code(output, language=None, wrap_lines=True)


def show_card(run: RunFolder) -> None:
    """What its best weights are, whence they come and what each patient scored."""
    try:
        page = run.card_page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        st.caption("The card of the best weights is written when the training ends.")
        return
    if changed_ns(run.best_weights) > changed_ns(run.card_page):
        st.caption("Of earlier weights: the training has become better since.")
    st.markdown(page)


def tail(file: Path) -> str:
    """The last lines of a file; empty where it cannot be read."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - _LOG_BYTES))
            lines = stream.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-_LOG_LINES:])


def changed_ns(path: Path) -> int:
    """When a file was last written; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
