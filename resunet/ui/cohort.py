"""Mask distributions of a data folder's splits, counted once a session."""

from pathlib import Path

import streamlit as st

from resunet.cohort.distributions import MaskDistribution, mask_distribution
from resunet.cohort.splits import count_masks, masks_by_split
from resunet.ui.sources import cases_in


@st.cache_data(ttl=600, scope="session", max_entries=4, show_spinner=False)
def distributions_of(root: Path) -> list[MaskDistribution]:
    """The distribution of each split, with a progress bar while counting.

    Raises:
        InputError: Names the first file that cannot be used.
    """
    cases = cases_in(root)
    sets = []
    bar = st.progress(0.0)
    for name, masks in masks_by_split(cases).items():
        total = count_masks(cases, name)

        def tell(done: int, name: str = name, total: int | None = total) -> None:
            if done % 50 == 0:
                share = done / total if total else 0.0
                bar.progress(min(share, 1.0), f"Reading {name}: {done} masks")

        sets.append(mask_distribution(name, masks, on_item=tell))
    bar.empty()
    return sets
