"""The focal loss as it is meant, and as the paper prints it."""

import numpy as np
import streamlit as st

from resunet.figures.focal import Variant, fig_focal_loss, focal, turning_point

GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)
_FORMS: tuple[tuple[Variant, str, str], ...] = (
    ("lin", "As Lin et al. define it, used here", r"-\alpha\,(1-p)^\gamma \log p"),
    ("printed", "As equation 3 is printed", r"-\alpha\,p^\gamma \log p"),
)
_SHOWN_FROM = 0.05  # the charts reach up to the cross-entropy of this probability


def show_loss() -> None:
    """Two charts with common settings."""
    st.markdown(
        "Most pixels are healthy and soon right. The focal loss counts a pixel the less, the "
        "surer the network already is of the right answer, so that the hard ones decide. "
        "**α** scales the whole, **γ** sets how sharply the easy ones fade; with γ = 0 and α = 1 "
        "it is the cross-entropy."
    )
    left, right = st.columns(2)
    alpha = left.slider("α", 0.05, 1.0, 0.25, 0.05, key="loss_alpha", persist_state="session")
    gamma = right.slider("γ", 0.0, 5.0, 1.0, 0.25, key="loss_gamma", persist_state="session")
    top = float(focal(np.array([_SHOWN_FROM]), alpha=alpha, gamma=0.0)[0])
    for column, (variant, title, formula) in zip(st.columns(2), _FORMS, strict=True):
        column.markdown(f"**{title}:** ${formula}$")
        column.plotly_chart(
            fig_focal_loss(GAMMAS, chosen=gamma, alpha=alpha, variant=variant, top=top),
            key=f"loss_{variant}",
            config={"displayModeBar": False},
            alt=f"{title}: loss of a pixel over the probability of its class",
        )
    st.markdown(wrong(gamma))
    st.caption(
        "p is the probability that the network gives to the pixel's true class. The printed form "
        'can be trained with `focal_variant: "printed"`; no preset does.'
    )


def wrong(gamma: float) -> str:
    """What the printed form does wrong, with numbers for a γ."""
    if gamma == 0:
        return "With γ = 0 the two are one: the cross-entropy. Raise γ to see them part."
    return (
        "The printed form turns the weight round: it counts a pixel the *more*, the surer the "
        "network already is. And below "
        f"$p = e^{{-1/\\gamma}} = {turning_point(gamma):.2f}$ (shaded) its slope is reversed: "
        "a tumour pixel that is missed altogether costs next to nothing, and descent would make "
        "the network still surer that it is healthy."
    )
