"""Where the patients of several sets come from, as far as their names tell."""

from collections.abc import Mapping, Sequence

from plotly.graph_objects import Bar, Figure

from resunet.errors import InputError
from resunet.figures import colours
from resunet.figures.labels import label

_ROW_PX, _AROUND_PX = 44, 80
_UNKNOWN = "no site in the name"


def fig_sites(sets: Mapping[str, Mapping[str, int]], unknown: Mapping[str, int]) -> Figure:
    """A bar for each set, parted by the sites' shares.

    Args:
        sets: Set → site → patients.
        unknown: Set → patients whose names carry no site.

    Returns:
        The figure; numbers in the bars are patients.

    Raises:
        InputError: If there is no set.
    """
    if not sets:
        raise InputError("sets is empty, where at least one set is accepted.")
    names = list(sets)
    sites = list(dict.fromkeys(site for counts in sets.values() for site in counts))
    parts = {site: [sets[name].get(site, 0) for name in names] for site in sites}
    if any(unknown.get(name, 0) for name in names):
        parts[_UNKNOWN] = [unknown.get(name, 0) for name in names]
    totals = [max(sum(part[index] for part in parts.values()), 1) for index in range(len(names))]
    figure = Figure(
        [
            _bar(site, counts, totals, -1 - index)
            for index, (site, counts) in enumerate(parts.items())
        ]
    )
    _lay_out(figure, names)
    return figure


def _bar(site: str, counts: Sequence[int], totals: Sequence[int], colour: int) -> Bar:
    """A site's part of each bar, in a colour from the palette's end: its beginning means sets."""
    return Bar(
        y=list(range(len(counts))),
        x=[count / total for count, total in zip(counts, totals, strict=True)],
        customdata=counts,
        orientation="h",
        name=label(site),
        marker={"color": colours.NEUTRAL if site == _UNKNOWN else colours.qualitative(colour)},
        texttemplate="%{customdata}",
        textposition="inside",
        insidetextanchor="middle",
        textfont={"color": "#ffffff"},
        hovertemplate=f"{label(site)}: %{{customdata}} patients (%{{x:.0%}})<extra></extra>",
    )


def _lay_out(figure: Figure, names: Sequence[str]) -> None:
    figure.update_xaxes(tickformat=".0%", range=[0, 1], gridcolor=colours.GRID, fixedrange=True)
    figure.update_yaxes(
        range=[len(names) - 0.5, -0.5],
        tickvals=list(range(len(names))),
        ticktext=[label(name, 18) for name in names],
        fixedrange=True,
    )
    legend = {"orientation": "h", "y": 1.0, "yref": "container", "yanchor": "top", "x": 0}
    figure.update_layout(
        barmode="stack",
        bargap=0.3,
        paper_bgcolor=colours.TRANSPARENT,
        plot_bgcolor=colours.TRANSPARENT,
        uirevision="sites",
        height=_AROUND_PX + _ROW_PX * len(names),
        margin={"l": 10, "r": 24, "t": 40, "b": 10},
        legend={**legend, "traceorder": "normal"},
    )
