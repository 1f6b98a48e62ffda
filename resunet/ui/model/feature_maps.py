"""What each block makes of a slice: its feature maps."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resunet.figures.tiles import picture_feature_maps, picture_slice
from resunet.inference.features import Features
from resunet.inference.models import ModelFile
from resunet.ui.model.network import features_of
from resunet.ui.model.slices import ChosenSlice, PreparedSlice, prepare_slice
from resunet.ui.model.words import block_title, shape_text

_SIDE_PX = 360
_KEPT = "model_maps"
_ORDERS = {True: "Most active first", False: "By number"}


def show_feature_maps(chosen: ChosenSlice, model: ModelFile) -> None:
    """The maps of a block, with the slice and the network's answer beside them.

    Raises:
        InputError: If the model's weights cannot be used.
    """
    features = features_of(model)
    config = model.config
    prepared = prepare_slice(chosen, config.preparation, config.network.input_size)
    blocks = {block.name: block for block in features.plan.blocks if block.kind != "input"}
    choice, order = st.columns([2, 3], vertical_alignment="bottom")
    name = choice.selectbox(
        "Block",
        list(blocks),
        format_func=lambda name: block_title(blocks[name]),
        key="maps_block",
        persist_state="session",
    )
    by_activity = order.segmented_control(
        "Order",
        list(_ORDERS),
        format_func=_ORDERS.__getitem__,
        default=True,
        required=True,
        key="maps_order",
        persist_state="session",
        help="Activity is the mean of a map's absolute values.",
    )
    maps = _maps(chosen, prepared, features)
    picture = picture_feature_maps(maps[name], by_activity=by_activity)
    beside, tiles = st.columns([1, 3])
    with beside:
        _show_slice(prepared, maps["output"][..., 0], model.threshold)
    count = blocks[name].shape_out[2]
    if picture.shown == count:
        shown = f"all {count} feature maps"
    else:
        which = "most active" if by_activity else "first"
        shown = f"the {picture.shown} {which} of {count} feature maps"
    silent = f" {picture.silent} of the {count} are the same everywhere." if picture.silent else ""
    tiles.image(picture.image, width="stretch", alt=f"Feature maps of {block_title(blocks[name])}")
    tiles.caption(
        f"{block_title(blocks[name])}, {shape_text(blocks[name].shape_out)}: {shown}, each from "
        f"its lowest value in black to its highest in white.{silent}"
    )


def _maps(
    chosen: ChosenSlice, prepared: PreparedSlice, features: Features
) -> dict[str, NDArray[np.float32]]:
    """All maps of the slice; the last ones are kept in the session."""
    key = (chosen.key, features.model_id)
    kept = st.session_state.get(_KEPT)
    if kept is None or kept[0] != key:
        kept = key, features.maps(prepared.image)
        st.session_state[_KEPT] = kept
    return kept[1]


def _show_slice(
    prepared: PreparedSlice, probability: NDArray[np.float32], threshold: float
) -> None:
    flair, window = prepared.contrast("flair"), prepared.window("flair")
    st.image(
        picture_slice(flair, window, _SIDE_PX, truth=prepared.mask),
        width="stretch",
        alt="The slice as the network gets it, with the reference outline",
    )
    outline = "" if prepared.mask is None else ", with the reference outline"
    st.caption(f"FLAIR as the network gets it{outline}")
    st.image(
        picture_slice(flair, window, _SIDE_PX, probability=probability, threshold=threshold),
        width="stretch",
        alt="The probability of tumour over the slice",
    )
    st.caption(f"Probability of tumour (one pass without dropout), outlined at {threshold:g}")
