"""The brain in three dimensions with the predicted tumour inside, on demand."""

import streamlit as st
from numpy.typing import NDArray

from resunet.figures.colours import PALETTES
from resunet.figures.surfaces import Measure, Palette, fig_surfaces
from resunet.measure.areas import volume_ml, volume_reason
from resunet.measure.surfaces import brain_surface, mask_surface, surface_slices, surface_values
from resunet.study import Prediction, Study

_NAMES = {
    "std": "standard deviation over the passes",
    "entropy": "entropy",
    "mutual_information": "mutual information",
}
_HOW = (
    "Drag to turn, scroll to zoom, click a name below the picture to show or hide it. With brain "
    "and outline hidden, point at the tumour for slice, position and uncertainty."
)
_SCANNER = "Positions are the scanner's, in mm: L left, P back, S up."
_PICTURE = "Positions count from the first pixel, in mm: L left, P back, S up by the slices."


def show_volume(
    study: Study,
    prediction: Prediction,
    *,
    measure: Measure = "std",
    colors: str = "paper",
    key: str = "volume",
) -> None:
    """The 3D view, for a dialog or a tab that is open: its surfaces are made here and now.

    Nothing of it is kept in the session: views are chosen and surfaces shown and hidden in the
    browser, without a rerun. Streamlit draws a figure that has changed from anew, which would
    turn it back.

    Args:
        study: The study.
        prediction: Its prediction, at the threshold on screen. Of one that is unfinished, or
            of a stack with gaps or without spacing, a sentence tells why there is no view.
        measure: The map drawn as uncertainty.
        colors: A name of `resunet.figures.colours.PALETTES`.
        key: The chart's key, another one for each on a page.

    Raises:
        InputError: If the prediction lies on another grid than the study.
    """
    reason = volume_reason(study, prediction.done)
    if reason is not None:
        st.info(f"{reason} A 3D view needs all of a gap-free stack, and its spacing.")
        return
    with st.spinner("Building the surfaces …"):
        tumour = mask_surface(study, prediction.mask)
        doubt = None
        if tumour is not None and (prediction.samples >= 2 or measure == "entropy"):
            doubt = surface_values(study, tumour, getattr(prediction, measure))
        brain, chosen = brain_surface(study), PALETTES[colors]
        figure = fig_surfaces(
            brain,
            tumour,
            doubt=doubt,
            measure=measure,
            slice_numbers=None if tumour is None else surface_slices(study, tumour),
            truth=None if study.mask is None else mask_surface(study, study.mask),
            palette=Palette(chosen["network"], chosen["doubt"], chosen["truth"]),
        )
    around = "" if brain is None else " inside the translucent brain"
    description = _description(volume_ml(study, prediction.mask), around, doubt, measure)
    st.plotly_chart(figure, key=key, alt=description)
    st.caption(f"{description} {_HOW} {_PICTURE if study.grid is None else _SCANNER}")


def _description(
    tumour_ml: float | None, around: str, doubt: NDArray | None, measure: Measure
) -> str:
    """What is seen, in one sentence."""
    if not tumour_ml:
        return f"No tumour is predicted{around}."
    where = f"The predicted tumour ({tumour_ml:.1f} ml){around}"
    if doubt is None:
        return f"{where} in one colour, for one pass has no uncertainty."
    return f"{where} is brighter where its {_NAMES[measure]} is larger, {doubt.max():.2f} at most."
