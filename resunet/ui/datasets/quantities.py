"""What is compared, quantity by quantity: every patient, all in a table, slice by slice."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from resunet.cohort.common_grid import SIDE
from resunet.cohort.counts import MEASURES
from resunet.cohort.statistics.quantities import FAMILIES, QUANTITIES, Quantity
from resunet.cohort.stored import StoredComparison
from resunet.figures.patients import Group, fig_patients
from resunet.figures.shares import Histogram, fig_shares
from resunet.ui.datasets.pairs import choose_pair, key_of
from resunet.ui.datasets.values import estimate, patient_values, smallest_p
from resunet.ui.notices import literal

PATIENTS, TABLE, SLICES = "Patients", "All in a table", "Slices"
_BINS, _ROW_PX = 40, 33
_NUMBER_PX, _WIDE_PX = 125, 205
_FAMILY_TITLES = {
    "where": "Where",
    "size": "Size",
    "number": "Number",
    "position": "Height",
    "brain": "Brain",
    "intensity": "Intensity",
}


def show_quantities(stored: StoredComparison) -> None:
    """One quantity of all patients, all quantities of a pair, or all slices."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Distributions of",
            [PATIENTS, TABLE, SLICES] if stored.pairs else [PATIENTS, SLICES],
            default=PATIENTS,
            required=True,
            key=key_of("view", stored.result),
            persist_state="session",
            label_visibility="collapsed",
        )
        pair = choose_pair(stored.result) if view != SLICES else None
        quantity = _choose_quantity(stored.result, pair) if view == PATIENTS else ""
    if view == SLICES:
        _show_slices(stored)
    elif view == TABLE and pair is not None:
        _show_table(stored.result, pair)
    else:
        _show_patients(stored, pair, quantity)


def _choose_quantity(result: Mapping[str, Any], pair: int | None) -> str:
    names = sorted(QUANTITIES, key=lambda name: [*FAMILIES].index(QUANTITIES[name].family))
    return st.selectbox(
        "Quantity",
        names,
        index=names.index(smallest_p(result, pair)),
        format_func=lambda name: (
            f"{_FAMILY_TITLES[QUANTITIES[name].family]}: {QUANTITIES[name].title}"
        ),
        width=380,
        key=key_of("quantity", result),
        persist_state="session",
    )


def _show_patients(stored: StoredComparison, pair: int | None, quantity: str) -> None:
    known = QUANTITIES[quantity]
    groups = []
    for each in stored.sets:
        if each.patients:
            mean, ci = estimate(stored.result, each, quantity)
            values = patient_values(each, quantity)
            groups.append(Group(each.name, each.patients, values, mean, ci))
    if not groups:
        st.info("No slice of these sets can be read.", icon=":material/broken_image:")
        return
    unit = f", {known.unit}" if known.unit else ""
    st.plotly_chart(
        fig_patients(
            groups,
            title=f"{known.title}{unit}",
            is_share=known.style in ("share", "place"),
            log=quantity.endswith("_median"),
        ),
        key="datasets_patients",
        alt=f"{known.title} of each patient, by set",
    )
    if pair is not None:
        _show_numbers(stored.result["pairs"][pair], quantity)
    interval = "" if pair is None else " with its 95 % interval"
    st.caption(
        "A point is a patient: hover over it for the name. The box holds the middle half with the "
        f"median, the diamond above it is the mean{interval}."
    )


def _show_numbers(pair: Mapping[str, Any], quantity: str) -> None:
    """The test of one quantity."""
    known, found = QUANTITIES[quantity], pair["quantities"][quantity]
    if found["p"] is None:
        st.caption(literal(f"Not compared: {found.get('p_reason', '')}"))
        return
    numbers = {
        f"Mean of {pair['a']}": _value(known, found["a"]),
        f"Mean of {pair['b']}": _value(known, found["b"]),
        "Difference": _with_interval(known, found["difference"], found["ci"]),
        "g": _plain_interval(found["g"], found["g_ci"]),
        "p alone": _p(found["p"]),
        "p adjusted": _p(found["p_adjusted"]),
    }
    chance = found.get("superiority")
    if known.statistic == "rank" and chance is not None:
        numbers[_CHANCE] = f"{chance:.0%}"
    with st.container(horizontal=True, gap="small"):
        for name, value in numbers.items():
            wide = name in ("Difference", "g")
            st.markdown(
                f":small[:gray[{literal(name)}]]  \n{literal(value)}",
                width=_WIDE_PX if wide else _NUMBER_PX,
                help=_HELP.get(name),
            )


_CHANCE = "Chance of more"
_HELP = {
    _CHANCE: "That a patient of the second set has more than one of the first; 50% is no "
    "difference. This is what is tested here: the mean hangs on single patients far out.",
    "g": "Hedges' g: the difference in standard deviations; 0.2 is small, 0.8 large.",
    "p alone": "Had this been the only question: how often chance gives as large a difference.",
    "p adjusted": "Allowed for all quantities that are asked about.",
}


def _show_table(result: Mapping[str, Any], index: int) -> None:
    pair = result["pairs"][index]
    rows = table_rows(pair)
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        key="datasets_quantities",
        height=min(len(rows) + 1, 16) * _ROW_PX + 3,
        column_config={
            "Quantity": st.column_config.TextColumn(width="large"),
            "g": number(format="%.2f", help=_HELP["g"]),
            "p": number(format="%.3f", help=_HELP["p alone"]),
            "p adjusted": number(format="%.3f", help=_HELP["p adjusted"]),
        },
    )
    st.caption(
        f"Differences are {literal(pair['b'])} less {literal(pair['a'])}, the surest first. At a "
        "level of 5 % one in twenty p-values lies below 0.05 by chance alone; the adjusted one "
        "allows for that."
    )


def table_rows(pair: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All quantities of a pair, by adjusted p, those that were not tested last."""

    def order(name: str) -> tuple[float, float]:
        found = pair["quantities"][name]
        alone, adjusted = found["p"], found["p_adjusted"]
        return (2.0 if adjusted is None else adjusted, 2.0 if alone is None else alone)

    rows = []
    for name in sorted((n for n in QUANTITIES if n in pair["quantities"]), key=order):
        known, found = QUANTITIES[name], pair["quantities"][name]
        rows.append(
            {
                "Quantity": known.title,
                pair["a"]: _value(known, found["a"]),
                pair["b"]: _value(known, found["b"]),
                "Difference": _with_interval(known, found["difference"], found["ci"]),
                "g": found["g"],
                "p": found["p"],
                "p adjusted": found["p_adjusted"],
            }
        )
    return rows


def _show_slices(stored: StoredComparison) -> None:
    histograms = slice_histograms(stored)
    if not histograms:
        st.info("No slice of these sets has an outline.", icon=":material/draw:")
        return
    st.plotly_chart(
        fig_shares(histograms, of="slices"),
        key="datasets_slices",
        alt="Histograms of tumour area, place and brain area of all slices, by set",
    )
    st.caption(
        "Shares of each set's slices; of area, parts and place those with tumour. These describe "
        "and do not test: neighbouring slices of a patient show the same tumour."
    )


def slice_histograms(stored: StoredComparison) -> list[Histogram]:
    """Area, place and parts of the tumour, and the brain's area, of all slices."""
    columns: dict[str, dict[str, np.ndarray]] = {}
    for each in stored.sets:
        measures = dict(zip(MEASURES, each.measures.T, strict=True))
        tumour = measures["area_px"] > 0
        area = measures["area_px"][tumour]
        of_set = {
            "Tumour area, px": area,
            "Parts of the tumour": measures["components"][tumour],
            "Tumour centre, front (0 %) to back": (measures["row_sum"][tumour] / area + 0.5)
            / SIDE
            * 100,
            "Tumour centre, patient's right (0 %) to left": (
                (measures["column_sum"][tumour] / area + 0.5) / SIDE * 100
            ),
            "Brain area, px": measures["brain_px"],
        }
        for title, values in of_set.items():
            columns.setdefault(title, {})[each.name] = values
    return [_histogram(title, values) for title, values in columns.items() if _any(values.values())]


def _any(values: Sequence[np.ndarray] | Any) -> bool:
    return any(len(each) for each in values)


def _histogram(title: str, values: Mapping[str, np.ndarray]) -> Histogram:
    low = min(float(each.min()) for each in values.values() if len(each))
    high = max(float(each.max()) for each in values.values() if len(each))
    if title.startswith("Parts"):
        edges = np.arange(0.5, min(high, _BINS) + 1.0)
    else:
        edges = np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    counts = {
        name: np.histogram(np.clip(each, edges[0], edges[-1]), edges)[0]
        for name, each in values.items()
    }
    return Histogram(title, edges, counts)


def _value(known: Quantity, value: float | None) -> str:
    if value is None:
        return "–"
    if known.style == "area":
        return f"{value:,.0f} px".replace("-", "−")
    if known.style in ("share", "place"):
        return f"{value:.1%}".replace("-", "−")
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}").replace("-", "−")


def _with_interval(known: Quantity, value: float | None, ci: Sequence[float] | None) -> str:
    if value is None or ci is None:
        return _value(known, value)
    low, high = (_value(known, end).removesuffix(" px") for end in ci)
    return f"{_value(known, value)} ({low} to {high})"


def _plain_interval(value: float | None, ci: Sequence[float] | None) -> str:
    if value is None:
        return "–"
    ends = "" if ci is None else f" ({ci[0]:.2f} to {ci[1]:.2f})"
    return f"{value:.2f}{ends}".replace("-", "−")


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
