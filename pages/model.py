"""The network itself: what it is made of, what it sees, and what it learns from."""

import streamlit as st

from resunet.errors import InputError
from resunet.ui import engine, frame
from resunet.ui.model.architecture import show_architecture
from resunet.ui.model.augmentation import show_augmentation
from resunet.ui.model.feature_maps import show_feature_maps
from resunet.ui.model.fields import show_fields
from resunet.ui.model.loss import show_loss
from resunet.ui.model.slices import choose_slice
from resunet.ui.model.tables import show_tables
from resunet.ui.notices import show_error

# part → whether it looks at a slice, which is chosen in the sidebar
PARTS = {
    "Architecture": False,
    "Tables 1–3": False,
    "Receptive field": True,
    "Feature maps": True,
    "Augmentation": True,
    "Focal loss": False,
}
_SIDEBAR = "model_sidebar"


def main() -> None:
    """The page: one part at a time, so that only this part is computed."""
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="Architecture",
        required=True,
        key="part",
        persist_state="session",
        label_visibility="collapsed",
    )
    try:
        show(part)
    except InputError as error:
        show_error(error)
    if st.session_state.get(_SIDEBAR) and not PARTS[part]:
        leave_sidebar()
    st.session_state[_SIDEBAR] = PARTS[part]


def show(part: str) -> None:
    """One part of the page.

    Raises:
        InputError: If the chosen model's weights cannot be used.
    """
    match part:
        case "Architecture":
            show_architecture()
        case "Tables 1–3":
            show_tables()
        case "Focal loss":
            show_loss()
        case _:
            show_on_slice(part)


def show_on_slice(part: str) -> None:
    """A part that looks at a slice, and mostly with a trained network.

    Raises:
        InputError: If the chosen model's weights cannot be used.
    """
    chosen = choose_slice()
    if part == "Augmentation":
        if chosen is not None:
            show_augmentation(chosen)
        return
    model = engine.choose_model()
    if model is None:
        st.info(engine.NO_MODEL, icon=":material/model_training:")
    if part == "Receptive field":
        show_fields(chosen, model)
    elif chosen is not None and model is not None:
        show_feature_maps(chosen, model)


@st.fragment(run_every=0.3)
def leave_sidebar() -> None:
    """Runs the page once more: Streamlit takes an emptied sidebar off the screen only then."""
    if not st.session_state.get(_SIDEBAR):
        st.rerun()


frame.enter("pages/model.py")
main()
