"""Where the tumours lie: figure 4, the difference of two sets, and the quadrants."""

import math
from collections.abc import Sequence

import numpy as np
import streamlit as st

from resunet.cohort.distributions import QUADRANTS, MaskDistribution
from resunet.cohort.stored import StoredComparison
from resunet.figures.differences import fig_difference
from resunet.figures.distributions import Scale, fig_mask_distributions
from resunet.figures.quadrants import fig_quadrants
from resunet.ui.datasets.pairs import choose_pair
from resunet.ui.datasets.values import estimate
from resunet.ui.notices import literal

_SCALES: dict[Scale, str] = {"own": "Each to its own maximum", "common": "One scale"}
ONE_SET_PX = 440
"""The width of the masks of a single set, which would else stand lost on a wide page."""

_DIFFERENCE_PX = 420


def show_where(stored: StoredComparison) -> None:
    """Mean and std masks, difference map, quadrants."""
    drawn = [each.distribution for each in stored.sets if each.distribution is not None]
    if not drawn:
        st.info("No slice of these sets has an outline.", icon=":material/draw:")
        return
    if len(drawn) == 1:
        with st.container(horizontal=True, gap="medium"):
            with st.container(width=ONE_SET_PX):
                _show_masks(drawn, "own")
            with st.container(width="stretch"):
                _show_quadrants(stored)
        return
    scale = st.segmented_control(
        "Scale of the pictures",
        list(_SCALES),
        format_func=_SCALES.__getitem__,
        default="own",
        required=True,
        key="scale",
        persist_state="session",
        label_visibility="collapsed",
    )
    _show_masks(drawn, scale or "own")
    with st.container(horizontal=True, gap="medium"):
        if stored.pairs:
            with st.container(width=_DIFFERENCE_PX):
                _show_difference(stored)
        with st.container(width="stretch"):
            _show_quadrants(stored)


def _show_masks(drawn: Sequence[MaskDistribution], scale: Scale) -> None:
    st.plotly_chart(
        fig_mask_distributions(drawn, scale=scale),
        key="distributions",
        alt="Mean and standard deviation of the tumour masks of each set, pixel by pixel",
    )


def _show_difference(stored: StoredComparison) -> None:
    st.markdown("##### Difference of two sets")
    chosen = choose_pair(stored.result)
    if chosen is None:
        return
    pair = stored.pairs[chosen]
    if not np.isfinite(pair.difference).any():
        st.info(f"One of {literal(pair.a)} and {literal(pair.b)} has no outline.")
        return
    tops = [np.nanmax(np.abs(each.difference), initial=0.0) for each in stored.pairs]
    top = max((float(each) for each in tops if math.isfinite(each)), default=0.0)
    st.plotly_chart(
        fig_difference(pair.difference, pair.significant, a=pair.a, b=pair.b, top=top),
        key="datasets_difference",
        alt=f"Difference of the mean masks of {pair.b} and {pair.a}",
    )
    found = stored.result["pairs"][chosen]["map"]
    count = found["significant_cells"]
    told = f"None of {found['tested_cells']:,} cells differs significantly."
    if count:
        told = (
            f"White outlines: {count:,} of {found['tested_cells']:,} cells differ significantly; "
            f"{stored.result['alpha']:.0%} of them may be chance."
        )
    st.caption(f"{told} A patient counts once, whatever the number of slices. One scale for all.")


def _show_quadrants(stored: StoredComparison) -> None:
    st.markdown("##### Tumour in each quadrant")
    sets = {
        each.name: {name: estimate(stored.result, each, name) for name in QUADRANTS}
        for each in stored.sets
    }
    st.plotly_chart(
        fig_quadrants(sets),
        key="datasets_quadrants",
        alt="Tumour pixels per slice in each quadrant of the head, by set",
    )
    st.caption(
        "As the head is seen: the patient's right on the left, the front on top. Dots are means "
        "over patients" + (", lines their 95 % intervals." if stored.pairs else ".")
    )
