"""Data sets compared: where tumours lie in training, validation and test (figure 4)."""

import streamlit as st

from resunet.cohort.distributions import MaskDistribution, comparison
from resunet.errors import InputError
from resunet.figures.distributions import fig_mask_distributions
from resunet.ui import frame, sources
from resunet.ui.cohort import distributions_of
from resunet.ui.notices import show_error

SCALES = {"own": "Each to its own maximum (the paper)", "common": "One scale"}


def main() -> None:
    """The page."""
    root = sources.choose_root()
    try:
        st.sidebar.caption(sources.about(root, sources.cases_in(root)))
        sets = distributions_of(root)
        result = comparison(sets)
    except InputError as error:
        show_error(error)
        return
    title, choice = st.columns(2, vertical_alignment="center")
    title.subheader("Where the tumours are")
    scale = choice.segmented_control(
        "Scale of the pictures",
        list(SCALES),
        format_func=SCALES.__getitem__,
        default="own",
        key="scale",
        label_visibility="collapsed",
    )
    st.plotly_chart(
        fig_mask_distributions(sets, scale=scale or "own"),
        key="distributions",
        alt="Mean and standard deviation of the tumour masks of each set, pixel by pixel",
    )
    show_tables(sets, result)


def show_tables(sets: list[MaskDistribution], result: dict) -> None:
    """The sets, and each pair of them, in numbers."""
    st.subheader("The sets in numbers")
    rows = []
    for each in sets:
        values = result["sets"][each.name]
        quadrants = values["quadrants"] or {}
        rows.append(
            {
                "Set": each.name,
                "Patients": values["patients"],
                "Slices": values["slices"],
                "Without tumour": values["empty_share"],
                "Mean area, px": values["mean_area_px"],
                **{
                    f"{name.replace('_', ' ').capitalize()}": share
                    for name, share in quadrants.items()
                },
            }
        )
    shares = ["Without tumour", *(name for name in rows[0] if "terior" in name)]
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            **{name: st.column_config.NumberColumn(format="percent") for name in shares},
            "Mean area, px": st.column_config.NumberColumn(format="%.0f"),
        },
    )
    st.caption(
        "Left and right are the patient's; the picture's left is the patient's right. The "
        "quadrants hold each set's tumour pixels and sum to 100 %."
    )
    if result["pairs"]:
        st.dataframe(
            [
                {
                    "Pair": f"{pair['a']} – {pair['b']}",
                    "Largest difference of the means": pair["max_abs_mean_difference"],
                    "Correlation of the means": pair["correlation_of_means"],
                }
                for pair in result["pairs"]
            ],
            hide_index=True,
            column_config={
                "Largest difference of the means": st.column_config.NumberColumn(format="%.3f"),
                "Correlation of the means": st.column_config.NumberColumn(format="%.3f"),
            },
        )
        st.caption("These numbers describe; with few patients, sets differ by chance alone.")


frame.enter("pages/datasets.py")
main()
