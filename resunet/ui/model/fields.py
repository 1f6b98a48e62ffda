"""How far a block sees: in theory, and in this slice."""

import numpy as np
import streamlit as st

from resunet.figures.fields import Rectangle, fig_receptive_fields, picture_influence
from resunet.figures.tiles import picture_slice, picture_tiles
from resunet.inference.features import Features, square_holding
from resunet.inference.models import ModelFile
from resunet.network.plan_records import Block, Plan
from resunet.presets import preset
from resunet.ui.model.architecture import paper_plan
from resunet.ui.model.network import features_of
from resunet.ui.model.slices import ChosenSlice, PreparedSlice, prepare_slice
from resunet.ui.model.words import block_title, field_text, level_title

_SIDE_PX = 520
_SHARE = 0.9
_START = "encoder_2_block_2"


def show_fields(chosen: ChosenSlice | None, model: ModelFile | None) -> None:
    """Each block's receptive field, and one over the slice.

    Args:
        chosen: The slice, or None: then there is the chart alone.
        model: The network, or None: then there is the theory alone.

    Raises:
        InputError: If the model's weights cannot be used.
    """
    features = None if model is None else features_of(model)
    plan = paper_plan() if features is None else features.plan
    blocks = {block.name: block for block in plan.blocks if block.kind != "input"}
    name = st.selectbox(
        "Block",
        list(blocks),
        index=list(blocks).index(_START) if _START in blocks else 0,
        format_func=lambda name: block_title(blocks[name]),
        key="field_block",
        persist_state="session",
    )
    if chosen is not None:
        config = preset("small-data") if model is None else model.config
        prepared = prepare_slice(chosen, config.preparation, plan.input_size)
        _show_over_slice(chosen, prepared, blocks[name], plan, features)
    st.plotly_chart(
        fig_receptive_fields(
            [block_title(block) for block in blocks.values()],
            [level_title(block.level) for block in blocks.values()],
            [block.field_px for block in blocks.values()],
            input_size=plan.input_size,
            chosen=list(blocks).index(name),
        ),
        key="fields",
        config={"displayModeBar": False},
        alt="Side of the theoretical receptive field of every block",
    )
    st.caption(
        "The theoretical receptive field of each block: the pixels that can change one position "
        "of its output, from the kernels, strides and skips of the network as it is built. "
        "Beyond the dashed line a block can see the whole slice."
    )


def _show_over_slice(
    chosen: ChosenSlice,
    prepared: PreparedSlice,
    block: Block,
    plan: Plan,
    features: Features | None,
) -> None:
    size = plan.input_size
    centre = prepared.centre()
    across, down = st.columns(2)
    grid = f"{chosen.key}_{size}"
    row = down.slider("Row", 0, size - 1, centre[0], key=f"field_row_{grid}")
    column = across.slider("Column", 0, size - 1, centre[1], key=f"field_column_{grid}")
    # the position of the block's output that lies over the chosen pixel
    at_row, at_column = row * block.shape_out[0] // size, column * block.shape_out[1] // size
    field = Rectangle(
        block.field_first[at_row],
        block.field_last[at_row],
        block.field_first[at_column],
        block.field_last[at_column],
    )
    window = prepared.window("flair")
    slice_ = picture_slice(prepared.contrast("flair"), window, _SIDE_PX, truth=prepared.mask)
    pictures = [picture_influence(slice_, None, field, (row, column), pixels=size)]
    influence = None
    if features is not None:
        influence = features.influence(prepared.image, block.name, at_row, at_column)
        plain = picture_slice(prepared.contrast("flair"), window, _SIDE_PX)
        pictures.append(picture_influence(plain, influence, field, (row, column), pixels=size))
    st.image(
        picture_tiles(pictures, columns=len(pictures)),
        width="stretch" if len(pictures) > 1 else "content",
        alt="The receptive field over the slice",
    )
    _tell(prepared, block, plan, influence, (row, column))


def _tell(
    prepared: PreparedSlice,
    block: Block,
    plan: Plan,
    influence: np.ndarray | None,
    point: tuple[int, int],
) -> None:
    sentence = f"**{block_title(block)}** can see {field_text(block, plan)}: the yellow frame."
    if influence is not None:
        side = square_holding(influence, *point, share=_SHARE)
        if side == 0:
            sentence += " Here it is silent: no pixel of this slice moves it."
        else:
            side = min(side, plan.input_size)
            wide = "" if prepared.pixel_mm is None else f" ({side * prepared.pixel_mm:.0f} mm)"
            sentence += (
                " Orange is what moves it in this slice, by the gradient of its output at the "
                f"cross: {_SHARE:.0%} of that lies within {side} × {side} px{wide} round it."
            )
    st.markdown(sentence)
