"""Random changes of training slices, tried on the slice at hand (figure A4 of the paper)."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import streamlit as st
from PIL import Image

from resunet.config import AugmentConfig, Config
from resunet.data.preprocess import intensity_range
from resunet.figures.tiles import picture_labelled, picture_slice, picture_tiles
from resunet.network.backend import building
from resunet.presets import PRESETS, preset
from resunet.study import CONTRASTS
from resunet.ui.model.slices import ChosenSlice, PreparedSlice, prepare_slice
from resunet.ui.settings import PARTS, help_of

LabelVisibility = Literal["visible", "hidden", "collapsed"]

ALL = "All four"
"""The choice of all contrasts instead of one."""

_SEED = "augment_seed"


def show_augmentation(chosen: ChosenSlice) -> None:
    """Settings, and a grid of draws."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = st.segmented_control(
            "Preset",
            list(PRESETS),
            default="paper",
            required=True,
            key="augment_preset",
            persist_state="session",
        )
        contrast = choose_contrast("augment_contrast")
        seed = st.session_state.setdefault(_SEED, 0)
        st.button("Draw again", icon=":material/casino:", key="augment_again", on_click=_again)
    config = preset(name)
    settings = _choose(name, config.augment)
    prepared = prepare_slice(chosen, config.preparation, config.network.input_size)
    with st.spinner("Drawing …"):  # the first time, TensorFlow is loaded
        count = 3 if contrast == ALL else 11
        picture = picture_draws(prepared, config, settings, contrast, seed, count=count)
    st.image(
        picture,
        width="stretch",
        alt="The slice as it is, and after random changes",
    )
    shared = (
        "a whole batch shares one draw, as in the paper"
        if not settings.per_sample
        else "each slice of a batch draws its own"
    )
    outline = (
        ""
        if prepared.mask is None
        else "The reference outline, in red, moves along but is no input. "
    )
    st.caption(
        "The slice as it is (top left), and independent draws of the code that trains. "
        f"{outline}In training with `{name}`, {shared}. Strengths of noise and intensities are "
        f"in the units of its preparation, `{config.preparation.scaling}`."
    )


def choose_contrast(key: str, label_visibility: LabelVisibility = "visible") -> str:
    """Which contrast is drawn, or `ALL`; FLAIR first."""
    return st.segmented_control(
        "Contrast",
        [*reversed(CONTRASTS), ALL],
        format_func=lambda name: name if name == ALL else name.upper(),
        default="flair",
        required=True,
        key=key,
        persist_state="session",
        label_visibility=label_visibility,
    )


def draws_of(
    prepared: PreparedSlice, config: Config, settings: AugmentConfig, *, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Augments copies of a slice, each by a draw of its own, with the code that trains.

    Args:
        prepared: The slice.
        config: The preset, for its range of intensities.
        settings: What may happen.
        count: How many copies.
        seed: Another seed gives other draws.

    Returns:
        Images float32 (count, n, n, 4) and outlines bool (count, n, n), empty where there is
        no outline.
    """
    with building():
        from resunet.training.augment import augment
        from resunet.training.draws import Draws

    mask = np.zeros(prepared.image.shape[:2], bool) if prepared.mask is None else prepared.mask
    images, masks = augment(
        np.repeat(prepared.image[None], count, axis=0),
        np.repeat(mask[None, ..., None].astype(np.float32), count, axis=0),
        settings,
        Draws(seed, 0, 0, count, count),
        intensity_range=intensity_range(config.preparation.scaling),
    )
    return np.asarray(images), np.asarray(masks)[..., 0] > 0


def _again() -> None:
    st.session_state[_SEED] += 1


def _choose(name: str, start: AugmentConfig) -> AugmentConfig:
    """The settings, which begin as the preset's; each preset keeps its own."""
    chosen: dict[str, Any] = {}
    with st.expander("Settings", icon=":material/tune:"):
        groups = PARTS["Augmentation"]
        for column, (group, controls) in zip(st.columns(len(groups)), groups.items(), strict=True):
            column.markdown(f"**{group}**")
            for control in controls:
                if control.range is None:
                    continue
                field = control.name.removeprefix("augment.")
                value = getattr(start, field)
                low, high, step = (type(value)(bound) for bound in control.range)
                chosen[field] = column.slider(
                    control.label,
                    low,
                    high,
                    value,
                    step,
                    key=f"augment_{name}_{field}",
                    persist_state="session",
                    help=help_of(control.name),
                )
    return replace(start, **chosen)


def picture_draws(
    prepared: PreparedSlice,
    config: Config,
    settings: AugmentConfig,
    contrast: str,
    seed: int,
    *,
    count: int,
    columns: int = 4,
    tile_px: int = 272,
) -> Image.Image:
    """The slice as it is, and draws of it.

    Args:
        prepared: The slice.
        config: The settings of preparation.
        settings: What may happen.
        contrast: Which contrast is drawn, or `ALL`: then each draw is a row.
        seed: Another seed gives other draws.
        count: How many draws.
        columns: How many pictures stand in a row.
        tile_px: Side of each.
    """
    shown = ("flair", "t1ce", "t2", "t1") if contrast == ALL else (contrast,)
    images, masks = draws_of(prepared, config, settings, count=count, seed=seed)
    tiles = []
    for index in range(-1, count):
        image = prepared.image if index < 0 else images[index]
        mask = prepared.mask if index < 0 or prepared.mask is None else masks[index]
        for each in shown:
            tile = picture_slice(
                image[..., CONTRASTS.index(each)], prepared.window(each), tile_px, truth=mask
            )
            label = "as it is" if index < 0 else f"draw {index + 1}"
            tiles.append(
                picture_labelled(tile, f"{each.upper()}, {label}" if len(shown) > 1 else label)
            )
    return picture_tiles(tiles, columns=columns)
