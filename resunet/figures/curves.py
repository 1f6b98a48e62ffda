"""Training curves: the paper's figure 2, losses and learning rates, of one run or several."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from plotly.graph_objects import Figure, Scatter

from resunet.errors import InputError
from resunet.figures import colours

Column = Sequence[float | None]
"""One number an epoch, None (or NaN) where it is undefined."""

History = Mapping[str, Column]
"""The columns of a run's ``history.csv`` by their names."""


class _Line(NamedTuple):
    """One curve of a run: the history's column, what it is called, how it is drawn."""

    column: str
    part: str
    dash: str


class _Quantity(NamedTuple):
    """What a chart shows: its axis title and the curves of each run."""

    title: str
    lines: tuple[_Line, ...]


_DICE = _Quantity(
    "Dice", (_Line("dice", "training", "dash"), _Line("val_dice", "validation", "solid"))
)
_LOSS = _Quantity(
    "Loss", (_Line("loss", "training", "dash"), _Line("val_loss", "validation", "solid"))
)
_RATE = _Quantity("Learning rate", (_Line("learning_rate", "", "solid"),))


def fig_history(histories: Mapping[str, History]) -> Figure:
    """Dice on training and validation by epoch (the paper's figure 2).

    A run has one colour; dashed is training, solid is validation. The Dice axis always
    runs from 0 to 1, and the reader's zoom survives an update with more epochs.

    Args:
        histories: For each run's name its columns; ``epoch``, ``learning_rate``, ``dice``
            and ``val_dice`` are read, all of one length. An undefined value leaves a gap.

    Returns:
        The figure; without any epoch, one with a sentence in its place.

    Raises:
        InputError: If a run lacks one of the columns, or they differ in length.
    """
    figure = _fig_curves(histories, _DICE)
    # A little room, so that markers at exactly 0 and 1 are drawn whole.
    figure.update_yaxes(range=[-0.02, 1.02], tick0=0, dtick=0.2)
    return figure


def fig_losses(histories: Mapping[str, History]) -> Figure:
    """Loss on training and validation by epoch, drawn like `fig_history`.

    Args:
        histories: As in `fig_history`, with ``loss`` and ``val_loss``.

    Returns:
        The figure, its loss axis starting at 0; without any epoch, one with a sentence.

    Raises:
        InputError: As in `fig_history`.
    """
    figure = _fig_curves(histories, _LOSS)
    figure.update_yaxes(rangemode="tozero")
    return figure


def fig_learning_rates(histories: Mapping[str, History]) -> Figure:
    """Learning rate at the end of each epoch, on a logarithmic axis.

    Args:
        histories: As in `fig_history`, with ``learning_rate``.

    Returns:
        The figure; without any epoch, one with a sentence.

    Raises:
        InputError: As in `fig_history`.
    """
    figure = _fig_curves(histories, _RATE)
    rates = [rate for each in histories.values() for rate in each["learning_rate"]]
    known = [rate for rate in rates if rate is not None and 0.0 < rate < math.inf]
    if known:  # from one power of ten to another, so that each line bears a number
        low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
        figure.update_yaxes(
            type="log",
            range=[low - 0.05, max(high, low + 1) + 0.05],
            dtick=1,
            exponentformat="power",
            minor={"dtick": "D1", "showgrid": True, "gridcolor": colours.GRID},
        )
    return figure


def _fig_curves(histories: Mapping[str, History], quantity: _Quantity) -> Figure:
    figure = Figure()
    for index, (run, history) in enumerate(histories.items()):
        _check(run, history, quantity)
        for line in quantity.lines:
            figure.add_trace(_curve(run, history, line, quantity, colours.qualitative(index)))
    figure.update_layout(
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        # A constant: the browser keeps the reader's zoom and hidden curves over updates.
        uirevision="history",
        hovermode="closest",
        margin={"l": 60, "r": 20, "t": 50, "b": 50},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_yaxes(title=quantity.title, gridcolor=colours.GRID, zeroline=False)
    epochs = [epoch for history in histories.values() for epoch in history["epoch"]]
    known = [epoch for epoch in epochs if epoch is not None]
    if known:
        _lay_out_epochs(figure, min(known), max(known))
    else:
        _say(figure, "No epoch has been finished yet.")
    return figure


def _curve(run: str, history: History, line: _Line, quantity: _Quantity, colour: str) -> Scatter:
    rates = ["unknown" if rate is None else f"{rate:.2e}" for rate in history["learning_rate"]]
    return Scatter(
        x=list(history["epoch"]),
        y=list(history[line.column]),
        customdata=rates,
        name=f"{run}, {line.part}" if line.part else run,
        legendgroup=run,
        # Markers too: a run of one epoch has no line to see.
        mode="lines+markers",
        line={"color": colour, "dash": line.dash, "width": 2},
        marker={
            "color": colour,
            "size": 6,
            "symbol": "circle-open" if line.dash == "dash" else "circle",
        },
        connectgaps=False,
        hovertemplate=(
            "<b>%{fullData.name}</b><br>epoch %{x}"
            + ("" if quantity is _RATE else f"<br>{quantity.title} %{{y:.4f}}")
            + "<br>learning rate %{customdata}<extra></extra>"
        ),
    )


def _lay_out_epochs(figure: Figure, first: float, last: float) -> None:
    # Whole epochs only, about ten labels, and half an epoch of room either side.
    step = max(1, -(-int(last - first) // 10))
    figure.update_xaxes(
        title="Epoch",
        range=[first - 0.5, last + 0.5],
        tick0=0,
        dtick=step,
        tickformat="d",
        gridcolor=colours.GRID,
        zeroline=False,
    )


def _say(figure: Figure, sentence: str) -> None:
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=sentence, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 16}
    )


def _check(run: str, history: History, quantity: _Quantity) -> None:
    needed = tuple(
        dict.fromkeys(("epoch", "learning_rate", *(line.column for line in quantity.lines)))
    )
    missing = [name for name in needed if name not in history]
    if missing:
        raise InputError(
            f"The history of {run} lacks {', '.join(missing)}, where the columns "
            f"{', '.join(needed)} are needed."
        )
    lengths = {name: len(history[name]) for name in needed}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(f"The history of {run} has columns of different length: {found}.")
