"""How bright the pictures are, and which sites they come from."""

import numpy as np
import streamlit as st

from resunet.cohort.intensities import edges
from resunet.cohort.statistics.sites import site_counts
from resunet.cohort.stored import StoredComparison
from resunet.figures.shares import Histogram, fig_shares
from resunet.figures.sites import fig_sites
from resunet.study import CONTRASTS
from resunet.ui.notices import literal


def show_intensities(stored: StoredComparison) -> None:
    """A histogram of each contrast."""
    if not any(each.intensities.sum() for each in stored.sets):
        st.info("No slice of these sets can be read.", icon=":material/broken_image:")
        return
    st.plotly_chart(
        fig_shares(intensity_histograms(stored), of="the brain's pixels", log=True),
        key="datasets_intensities",
        alt="Histograms of the intensities of each contrast, by set",
    )
    st.caption(
        "Values as they are in the files, of the brain's pixels of all slices, on a logarithmic "
        "axis; shares of each set's pixels. These describe: what is tested are the patients' "
        "medians and ranges, under Quantities."
    )


def intensity_histograms(stored: StoredComparison) -> list[Histogram]:
    """The contrasts' histograms without the bins at both ends, which are open."""
    return [
        Histogram(
            contrast.upper(),
            edges(),
            {each.name: np.asarray(each.intensities[index, 1:-1]) for each in stored.sets},
        )
        for index, contrast in enumerate(CONTRASTS)
    ]


def show_sites(stored: StoredComparison) -> None:
    """The sites' shares of each set, and whether sets draw on them alike."""
    counts = {each.name: site_counts(each.patients) for each in stored.sets}
    if not any(counts.values()):
        st.info(
            "No patient's name carries a site. Names such as Brats18_CBICA_AAB_1 or "
            "TCGA-DU-7304 do.",
            icon=":material/location_off:",
        )
        return
    unknown = {
        each.name: len(each.patients) - sum(counts[each.name].values()) for each in stored.sets
    }
    st.plotly_chart(
        fig_sites(counts, unknown), key="datasets_sites", alt="Patients of each site, by set"
    )
    st.caption("Patients, by the site in their names.")
    lines = []
    for pair in stored.result["pairs"]:
        p = pair["sites"]["p"]
        told = pair["sites"].get("p_reason", "") if p is None else f"p = {p:.3f}"
        if p is not None and p <= stored.result["alpha"]:
            told += ": the sets come from different sites"
        lines.append(f"- {literal(pair['a'])} and {literal(pair['b'])}: {literal(told)}")
    if lines:
        st.markdown("**Do the sets draw on the sites alike?**\n\n" + "\n".join(lines))
