"""How good the uncertainty is: calibration, where it is unsure, and who stands first."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from resunet.errors import InputError
from resunet.export.comparison.numbers import (
    NONE,
    finite,
    interval_at,
    list_at,
    mapping_at,
    number_at,
)
from resunet.export.evaluation.entries import between, split_title, written
from resunet.export.uncertainty import COLUMNS, JSON, value_at
from resunet.figures.filtered import Filtered, fig_filtered
from resunet.figures.reliability import Bin, fig_reliability
from resunet.figures.risk_coverage import RiskByCoverage, fig_risk_coverage
from resunet.storage import read_json
from resunet.ui.evaluation.cells import FIXED, HALF_PX, table
from resunet.ui.notices import literal, show_error

_SHOWN = {
    "Passes of the network": "network_passes",
    "Dice, mean of patients": "dice_patient_mean",
    "ECE near the outlines": "ece_near_outlines",
    "ECE with temperature": "ece_near_outlines_crossed",
    "Temperature": "temperature",
    "AUC of doubt, slices": "auc_slices_doubt",
    "AUC of doubt, patients": "auc_patients_doubt",
    "Area of risk by coverage": "risk_coverage_entropy",
    "QU-BraTS score": "qu_brats_entropy",
    "Areas inside their interval": "interval_share_slices",
}
"""Title → column of ``ways.csv``."""

_MEASURES = {
    "std": "Standard deviation",
    "entropy": "Entropy",
    "mutual_information": "Mutual information",
}
_CURVES = {
    "dice": ("Dice of what is left", "auc_dice"),
    "true_positives": ("True positives filtered out", "auc_filtered_true_positives"),
    "true_negatives": ("True negatives filtered out", "auc_filtered_true_negatives"),
}
_ORDERS = {
    "doubt": "Doubt, as the work list orders",
    "std_inside": "Mean standard deviation inside",
    "entropy_inside": "Mean entropy inside",
    "mutual_information_inside": "Mean mutual information inside",
    "size_variation": "Variation of the size over passes",
    "smallness": "Smallness, which asks no uncertainty",
}


def show_uncertainty(folder: Path) -> None:
    """The ways in a table; of one of them reliability, risk, QU-BraTS and the review order."""
    if not (folder / JSON).is_file():
        st.info(
            "This result was made without measuring the uncertainty. Switch **Measure the "
            "uncertainty** on under *Options* and evaluate again.",
            icon=":material/help:",
        )
        return
    try:
        splits = mapping_at(_read(folder, (folder / JSON).stat().st_mtime_ns), "splits")
    except (InputError, OSError) as error:
        show_error(error)
        return
    splits = {name: each for name, each in splits.items() if mapping_at(each, "ways")}
    if not splits:
        st.info("No patient was measured.", icon=":material/help:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = _choose("Split", {name: split_title(name) for name in splits})
        ways = mapping_at(splits[split], "ways")
        way = _choose("Way to predict", {name: str(name) for name in ways})
    entry = mapping_at(ways, way)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=HALF_PX, gap="xsmall"):
            st.markdown(table(["Way to predict", *map(str, ways)], way_rows(ways)))
        with st.container(width=HALF_PX, gap="xsmall"):
            st.caption(_explained(entry))
    st.markdown(f"##### {literal(str(way))}: {literal(str(entry.get('way') or ''))}")
    shows = (_show_reliability, _show_risk, _show_filtered, _show_orders)
    with st.container(horizontal=True, gap="medium"):
        for show in shows:
            with st.container(width=HALF_PX, gap="xsmall"):
                show(entry)


def way_rows(ways: Mapping[str, Any]) -> list[list[str]]:
    """A row for each number, as ``ways.csv`` has it; a column for each way to predict."""
    return [
        [title, *(_number(value_at(entry, COLUMNS[column])) for entry in ways.values())]
        for title, column in _SHOWN.items()
    ]


def bins_of(calibration: Mapping[str, Any]) -> list[Bin]:
    """The bins of a reliability diagram that hold pixels."""
    return [
        Bin(mean, share, int(number_at(each, "pixels") or 0))
        for each in list_at(calibration, "reliability")
        if (mean := number_at(each, "mean_probability")) is not None
        and (share := number_at(each, "tumour_share")) is not None
    ]


def order_rows(review: Mapping[str, Any]) -> list[list[str]]:
    """How often the worst stand first, by each order, of slices and of patients."""
    slices, patients = mapping_at(review, "slices"), mapping_at(review, "patients")
    return [
        [words, _auc(mapping_at(slices, key)), _auc(mapping_at(patients, key))]
        for key, words in _ORDERS.items()
        if key in slices or key in patients
    ]


def _explained(entry: Mapping[str, Any]) -> str:
    """What the numbers of a way are."""
    within, bad = number_at(entry, "within_mm") or 0.0, number_at(entry, "bad_dice") or 0.0
    return (
        f"ECE: expected calibration error within {within:g} mm of either outline; with "
        "temperature each patient is scaled by the one fitted on all others. AUC: how often a "
        f"slice or patient with Dice below {bad:g} is more doubtful than a better one. Risk and "
        "QU-BraTS are of entropy. The expert's area of nine slices in ten is promised to lie in "
        "the interval of the passes."
    )


def _show_reliability(entry: Mapping[str, Any]) -> None:
    st.markdown("**Reliability near the outlines**")
    before = mapping_at(mapping_at(entry, "calibration"), "band")
    after = mapping_at(mapping_at(mapping_at(entry, "temperature"), "crossed"), "band")
    curves = {
        f"{words}, ECE {written(number_at(each, 'ece'), 3)}": bins
        for words, each in (("As predicted", before), ("With temperature", after))
        if (bins := bins_of(each))
    }
    if not curves:
        st.caption("There are no pixels near an outline.")
        return
    st.plotly_chart(
        fig_reliability(curves),
        key="evaluation_reliability",
        alt="The share of tumour among pixels by their probability",
    )
    st.caption("On the dashed line a probability is what it says; below it is too high.")


def _show_risk(entry: Mapping[str, Any]) -> None:
    st.markdown("**Risk by coverage near the outlines**")
    errors = mapping_at(entry, "errors")
    curves, rate = {}, None
    for key, words in _MEASURES.items():
        risk = mapping_at(mapping_at(errors, key), "risk_coverage")
        coverage = _numbers(risk, "coverage")
        if len(coverage) > 1:  # one point: all pixels are equally uncertain
            curves[words] = RiskByCoverage(
                coverage, _numbers(risk, "risk"), number_at(risk, "area")
            )
            rate = number_at(risk, "error_rate")
    if not curves:
        st.caption("No pixel is more uncertain than another.")
        return
    st.plotly_chart(
        fig_risk_coverage(curves, error_rate=rate),
        key="evaluation_risk",
        alt="The share of wrong pixels among those that are kept",
    )
    st.caption(
        "The surest pixels are kept first; in brackets the area below, the smaller the better. "
        "Dashed: what an order that tells nothing would give."
    )


def _show_filtered(entry: Mapping[str, Any]) -> None:
    errors = mapping_at(entry, "errors")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**QU-BraTS**", width="content")
        chosen = st.selectbox(
            "Measure",
            list(_MEASURES),
            index=1,
            format_func=_MEASURES.__getitem__,
            width=220,
            key="evaluation_measure",
            persist_state="session",
            label_visibility="collapsed",
        )
    found = mapping_at(mapping_at(errors, chosen), "qu_brats")
    curves = {
        words: Filtered(values, number_at(found, area))
        for key, (words, area) in _CURVES.items()
        if (values := _numbers(mapping_at(found, "curves"), key))
    }
    if not curves:
        st.caption("This measure was not counted.")
        return
    st.plotly_chart(
        fig_filtered(curves),
        key="evaluation_filtered",
        alt="Dice, filtered true positives and filtered true negatives by uncertainty",
    )
    st.caption(
        f"Score {written(number_at(found, 'score'), 3)}: the mean of the first area and of 1 less "
        "the two others (Mehta et al. 2022), means of patients."
    )


def _show_orders(entry: Mapping[str, Any]) -> None:
    st.markdown("**Do the worst stand first?**")
    review = mapping_at(entry, "review_first")
    doubt = mapping_at(mapping_at(review, "slices"), "doubt")
    st.markdown(table(["Ordered by", "AUC, slices", "AUC, patients"], order_rows(review)))
    bad, of_all = number_at(doubt, "bad") or 0, number_at(doubt, "count") or 0
    st.caption(
        f"{bad:.0f} of {of_all:.0f} slices in which something is outlined have a Dice below "
        f"{number_at(entry, 'bad_dice') or 0:g}. 0.5 is chance, 1 puts all of them first; in "
        "brackets 95 % intervals over patients."
    )


def _choose(title: str, names: Mapping[str, str]) -> str:
    """One of several; without a control where there is only one."""
    options = list(names)
    if len(options) < 2:
        return options[0]
    chosen = st.segmented_control(
        title,
        options,
        format_func=lambda name: names.get(name, name),
        default=options[0],
        required=True,
        key=f"evaluation_{title}_{'/'.join(options)}",
        persist_state="session",
    )
    return chosen if chosen in names else options[0]


def _auc(entry: Mapping[str, Any]) -> str:
    value, ends = number_at(entry, "auc"), interval_at(entry, "auc_interval")
    if value is None:
        return NONE
    interval = "" if ends is None else f" ({between(ends, 2)})"
    return f"{written(value, 3)}{interval}".replace(" ", FIXED)


def _number(value: float | None) -> str:
    return str(value) if isinstance(value, int) else written(value, 3)


def _numbers(entry: Mapping[str, Any], key: str) -> Sequence[float]:
    return [value for each in list_at(entry, key) if (value := finite(each)) is not None]


@st.cache_data(scope="session", max_entries=2, show_spinner=False)
def _read(folder: Path, changed_ns: int) -> Any:
    return read_json(folder / JSON)
