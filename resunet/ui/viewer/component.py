"""The slice view as a Streamlit component."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from resunet.errors import InputError
from resunet.figures.colours import PALETTES
from resunet.ui.viewer.edits import heard_revision
from resunet.ui.viewer.memory import ViewerState, heard_in, memory_of, part_of
from resunet.ui.viewer.payload import Measure, read_header

_FOLDER = Path(__file__).parent
_VIEW_SOURCES = (
    "shelf.js",
    "contrasts.js",
    "place.js",
    "sections.js",
    "edits.js",
    "tumour.js",
    "draw.js",
    "strip.js",
    "painter.js",
    "words.js",
    "cells.js",
    "stage.js",
    "rulers.js",
    "correction.js",
    "hands.js",
    "lesion_list.js",
    "toolbar.js",
    "controls.js",
    "looks.js",
    "ways.js",
    "viewer.js",
)


_COLORS = tuple(
    (
        name,
        tuple(
            {**palette, "only-truth": palette["truth"], "only-network": palette["network"]}.items()
        ),
    )
    for name, palette in PALETTES.items()
)


class ViewerAnswer(NamedTuple):
    """What the slice view says.

    Attributes:
        slice_index: The slice on screen, 0 … S−1.
        threshold: Probability above which a pixel is drawn as tumour, 0–1.
        measure: The map that the user wants as uncertainty.
        palette: The colours in use, a name of `resunet.figures.colours.PALETTES`.
        edit: The reader's corrections of this study, for `resunet.ui.viewer.edits.read_edit`;
            None where there are none.
        revision: Which revision of them; 0 where there are none.
    """

    slice_index: int
    threshold: float
    measure: Measure = "std"
    palette: str = "paper"
    edit: Any = None
    revision: int = 0


def slice_viewer(
    study_layers: bytes,
    prediction_layers: bytes | None = None,
    doubt_layers: bytes | None = None,
    *,
    contrast_layers: Callable[[], bytes | None] | None = None,
    key: str,
    slice_index: int,
    threshold: float,
    waiting: str = "Waiting for the prediction",
    address: str = "",
    sitting: str = "",
) -> ViewerAnswer:
    """Shows a study and its prediction; slices, grey levels and overlays move in the browser.

    `slice_index` and `threshold` move the view when they change from one run to the next;
    in between the user moves it. A page may pass back what the last run returned, or always
    the same numbers.

    Args:
        study_layers: From `pack_study`. Sent to the browser once for as long as it stays the
            same: keep the bytes from run to run, the slice view looks only at their header.
        prediction_layers: From `pack_prediction`, or None while there is none.
        doubt_layers: From `pack_doubt`, or None while there is none.
        contrast_layers: Gives the bytes of `pack_contrasts`, or None where they are to come in a
            later run; called once the first picture is on its way, and not while the browser
            holds them. Without it the first contrast is the only one.
        key: The component's key; keep it the same for all studies of a page.
        slice_index: The slice to be shown, 0 … S−1.
        threshold: Probability above which a pixel is drawn as tumour, 0–1.
        waiting: What the empty panels say while there is no prediction.
        address: An opaque name that the browser's address shows as ``case``, with the slice,
            so that it can be passed on; without it the address shows neither.
        sitting: Where the same study may be opened anew without what was corrected before: another
            text each time.

    Returns:
        What the view shows as far as Python has heard: once the user rests on a slice, lets the
        threshold go, or ends a stroke of the brush.

    Raises:
        InputError: If the bytes are no payload of `resunet.ui.viewer.payload`, or the
            contrasts are another study's.
    """
    study = read_header(study_layers)
    slices = int(study["shape"][0])
    asked = ViewerState(min(max(slice_index, 0), slices - 1), min(max(threshold, 0.0), 1.0))
    memory = memory_of(key, study["study"], asked)
    heard = heard_in(st.session_state.get(key), slices)
    memory.settle(asked, heard)
    picture = study["id"]
    overlay, doubt = (
        None if layers is None else read_header(layers)["id"]
        for layers in (prediction_layers, doubt_layers)
    )
    others = None if contrast_layers is None else study["others"]
    had = frozenset() if heard is None else heard.had
    measure: Measure = "std" if heard is None else heard.measure
    palette = "paper" if heard is None else heard.palette
    edit = part_of(st.session_state.get(key), "edit")
    revision = heard_revision(edit, study["study"])
    with st.container(gap=None):
        # The view comes first: it stands on the page while the layers are on their way.
        _view()(
            key=key,
            data={
                "study": study["study"],
                "picture": picture,
                "overlay": overlay,
                "others": others,
                "doubt": doubt,
                "waiting": waiting,
                # Tuples, since Streamlit asks pandas what a list or a dict is, and loading
                # pandas would keep the first picture of a server waiting for a third of a second.
                "kept": tuple(had & {picture, overlay, doubt, others}),
                "palettes": _COLORS,
                "measure": measure,
                "palette": palette,
                "edited": revision,
                "address": address,
                "sitting": sitting,
                **memory.data(),
            },
            on_view_change=_nothing,
            on_edit_change=_nothing,
        )
        _carry(f"{key}-study", picture, had, lambda: study_layers)
        _carry(f"{key}-prediction", overlay, had, lambda: prediction_layers)
        _carry(f"{key}-doubt", doubt, had, lambda: doubt_layers)
        _carry(f"{key}-contrasts", others, had, contrast_layers or _nothing)
    return ViewerAnswer(*memory.state, measure, palette, edit if revision else None, revision)


def wanted_measure(key: str) -> Measure:
    """The map that the user wants as uncertainty, as far as the view of this key has said."""
    heard = heard_in(st.session_state.get(key), None)
    return "std" if heard is None else heard.measure


def forget_place(key: str) -> None:
    """Lets the next run's slice and threshold count, whatever was shown before."""
    st.session_state.pop(f"{key}-memory", None)


def _carry(
    key: str, id_: str | None, had: frozenset[str], layers: Callable[[], bytes | None]
) -> None:
    """Brings layers to the browser.

    Streamlit hashes and copies a component's data in every run, some 7 ms a megabyte: what
    the browser has said it holds is not handed over again.
    """
    data = {"keep": id_} if id_ in had else layers()
    if isinstance(data, bytes) and read_header(data)["id"] != id_:
        raise InputError(f"The layers of {key} are another study's.")
    _carrier()(key=key, data=data)


def _nothing() -> None:
    """For Streamlit, which keeps a component's value only where it has a callback."""


@functools.cache
def _view() -> Callable[..., Any]:
    return st.components.v2.component(
        "resunet_slice_view",
        html=_source("viewer.html"),
        css=_source("viewer.css"),
        js=_source(*_VIEW_SOURCES),
    )


@functools.cache
def _carrier() -> Callable[..., Any]:
    """Takes bytes to the browser's shelf and shows nothing.

    A component's `data` is either bytes or JSON. Bytes in a component of their own are not
    sent again when only the slice changes.
    """
    return st.components.v2.component(
        "resunet_layers", js=_source("shelf.js", "carrier.js"), isolate_styles=False
    )


def _source(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)
