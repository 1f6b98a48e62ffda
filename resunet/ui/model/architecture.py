"""The network as a picture: what it is made of."""

import streamlit as st

from resunet.config import NetworkConfig
from resunet.figures.architecture import Box, fig_architecture
from resunet.inference.features import plan_of
from resunet.network.plan_records import Plan
from resunet.presets import preset
from resunet.ui.engine import loading
from resunet.ui.model.words import block_details


@st.cache_resource(max_entries=4, show_spinner=False)
def _plan(config: NetworkConfig) -> Plan:
    with loading():
        return plan_of(config)


def paper_plan() -> Plan:
    """What the paper's network consists of; it is built once a server."""
    with st.spinner("Building the network …"):
        return _plan(preset("paper").network)


def show_architecture() -> None:
    """The network's numbers and its picture."""
    st.markdown(
        "Four contrasts of one slice enter at the top left. The **encoder** halves the "
        "resolution five times and finds out *what* is there; the **decoder** goes back up and "
        "tells *where*, joining in the encoder's finer maps over the **skips**. Every pixel of "
        "the slice leaves with a probability of tumour."
    )
    plan = paper_plan()
    with st.container(horizontal=True, gap="large"):
        for label, count, meaning in (
            ("Trainable parameters", plan.trainable, "As printed in section 3.2.4 of the paper."),
            ("Not trainable", plan.fixed, "Moving averages of batch normalisation, as printed."),
            ("In the encoder", plan.encoder, "Of both kinds together."),
            (
                "In decoder and output",
                plan.trainable + plan.fixed - plan.encoder,
                "Of both kinds together.",
            ),
        ):
            st.metric(label, f"{count:,}", help=meaning, width="content")
    st.plotly_chart(
        fig_architecture(boxes_of(plan)),
        key="architecture",
        config={"displayModeBar": False},
        alt="The network as a U: encoder on the left, bottleneck below, decoder on the right, "
        "skips between them",
    )
    st.caption(
        "Counted from the network as it is built for training. Rows are resolutions; the number "
        "in a box is its feature maps, the one beside a level its parameters. Point at a box for "
        "its layers, dropout and receptive field. The paper's figure A3, block by block."
    )


def boxes_of(plan: Plan) -> list[Box]:
    """The blocks as the figure takes them."""
    return [
        Box(
            name=block.name,
            kind=block.kind,
            level=block.level,
            shape=block.shape_out,
            sources=block.sources,
            parameters=block.parameters,
            details=block_details(block, plan),
        )
        for block in plan.blocks
    ]
