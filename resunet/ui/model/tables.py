"""Tables 1, 2 and 3 of the paper beside the network and the presets as they are."""

from collections.abc import Iterator
from typing import Any

import streamlit as st

from resunet.config import Config
from resunet.network.plan_records import Block, Plan
from resunet.presets import preset
from resunet.records import flat
from resunet.ui.model.architecture import paper_plan
from resunet.ui.model.words import markdown_table, shape_text

PRINTED_1 = ("64×64×4", "32×32×16", "16×16×32", "8×8×64", "4×4×128", "2×2×128")
"""Output shapes of Table 1, the input first."""

PRINTED_DEPTHS_1 = ("–", "1", "2", "3", "4", "4")

PRINTED_2 = ("2×2×256", "4×4×256", "8×8×128", "16×16×64", "32×32×32", "64×64×16", "64×64×1")
"""Output shapes of Table 2, the input first and the output block last."""

PRINTED_3 = (
    ("Learning rate", "training.learning_rate", "0.01"),
    ("Batch size", "training.batch_size", "64"),
    ("Number of epochs", "training.epochs", "40"),
    ("Weight decay", "training.weight_decay", "0.0"),
    ("Dropout rate (encoder)", "network.dropout_encoder", "0.1"),
    ("Dropout rate (decoder)", "network.dropout_decoder", "0.1"),
    ("α in focal loss", "loss.alpha", "0.25"),
    ("γ in focal loss", "loss.gamma", "1.0"),
    ("Weight of focal loss, $w_F$", "loss.focal_weight", "0.8"),
    ("Weight of Dice loss, $w_D$", "loss.dice_weight", "0.2"),
)
"""Table 3: what it says, the setting it is here, the value it prints."""

_WIDTH_PX = 610


def show_tables() -> None:
    """The three tables."""
    plan = paper_plan()
    with st.container(horizontal=True, gap="large"):  # side by side where there is room
        with st.container(width=_WIDTH_PX):
            _show_encoder(plan)
        with st.container(width=_WIDTH_PX):
            _show_decoder(plan)
    _show_settings()


def _show_encoder(plan: Plan) -> None:
    st.subheader("Table 1: the encoder")
    st.markdown(
        markdown_table(
            ("Layer", "Output, built", "printed", "Depth, built", "printed", "Parameters"),
            encoder_rows(plan),
            "lccccr",
        )
    )
    st.caption(
        "Depth is the number of residual blocks before the pooling. The paper prints 2×2×128 for "
        "layer 5: a misprint. Its Table 2 goes on with 2×2×256, and only 256 feature maps give "
        f"the {plan.trainable:,} trainable parameters that it prints."
    )


def _show_decoder(plan: Plan) -> None:
    st.subheader("Table 2: the decoder")
    st.markdown(
        markdown_table(
            ("Layer", "Output, built", "printed", "Leaves as", "Depth", "Parameters"),
            decoder_rows(plan),
            "lccccr",
        )
    )
    st.caption(
        "In layers 1 to 4 the printed shapes are those after the skip is joined in; the block then "
        "halves the feature maps, which leave as the fourth column says. The first of the two "
        "residual blocks at 64×64 is counted in layer 5."
    )


def _show_settings() -> None:
    st.subheader("Table 3: the settings of training")
    paper, small = preset("paper"), preset("small-data")
    st.markdown(
        markdown_table(
            ("Setting", "Printed", "Preset `paper`", "Preset `small-data`"),
            setting_rows(paper, small),
            "lccc",
        )
    )
    st.caption("Bold: where `small-data` departs from the paper.")
    with st.expander("All other settings of the two presets"):
        st.markdown(
            markdown_table(
                ("Setting", "Preset `paper`", "Preset `small-data`"),
                other_rows(paper, small),
                "lcc",
            )
        )


def encoder_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Table 1 beside the network: input, layers and their sum."""
    yield "Input", shape_text(plan.blocks[0].shape_out), PRINTED_1[0], "–", PRINTED_DEPTHS_1[0], ""
    levels = [level for level in plan.levels() if level.name.startswith("encoder")]
    for number, level in enumerate(levels, 1):
        depth = sum(_is_residual(block) for block in plan.blocks if block.level == level.name)
        built = shape_text(level.shape_out)
        yield (
            f"{number}",
            built,
            _marked(PRINTED_1[number], built),
            f"{depth}",
            PRINTED_DEPTHS_1[number],
            f"{level.parameters:,}",
        )
    yield "**Sum**", "", "", "", "", f"**{plan.encoder:,}**"


def decoder_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Table 2 beside the network: input, layers, output block and their sum."""
    bottleneck = shape_text(plan.levels()[4].shape_out)
    yield "Input", bottleneck, PRINTED_2[0], "", "–", ""
    ways = [
        [block for block in plan.blocks if block.level == f"decoder_{level}"]
        for level in (4, 3, 2, 1)
    ]
    last = [block for block in plan.blocks if block.level == "output"]
    ways += [last[:2], last[2:]]
    for number, (way, printed) in enumerate(zip(ways, PRINTED_2[1:], strict=True), 1):
        shown = way[1] if way[1].kind == "skip" else way[-1]
        built = shape_text(shown.shape_out)
        yield (
            f"{number}" if number < len(ways) else "Output block",
            built,
            _marked(printed, built),
            shape_text(way[-1].shape_out),
            f"{sum(map(_is_residual, way))}",
            f"{sum(block.parameters for block in way):,}",
        )
    yield "**Sum**", "", "", "", "", f"**{plan.trainable + plan.fixed - plan.encoder:,}**"


def setting_rows(paper: Config, other: Config) -> Iterator[tuple[str, ...]]:
    """Table 3 beside two presets, differences in bold."""
    own, theirs = flat(paper), flat(other)
    for label, name, printed in PRINTED_3:
        yield label, printed, *_pair(_text(own[name]), _text(theirs[name]))


def other_rows(paper: Config, other: Config) -> Iterator[tuple[str, ...]]:
    """Every setting that Table 3 does not list, under its name in a configuration file."""
    listed = {name for _, name, _ in PRINTED_3}
    theirs = flat(other)
    for name, value in flat(paper).items():
        if "." in name and name not in listed:
            yield f"`{name}`", *_pair(_text(value), _text(theirs[name]))


def _is_residual(block: Block) -> bool:
    return block.kind.startswith("residual")


def _marked(printed: str, built: str) -> str:
    return printed if printed == built else f"**{printed}** (misprint)"


def _pair(paper: str, other: str) -> tuple[str, str]:
    return paper, other if paper == other else f"**{other}**"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    return str(value)
