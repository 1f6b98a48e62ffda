"""What is to be evaluated: a model, patients and how, chosen in the sidebar."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from resunet import __version__
from resunet.data.cases import Case, split_names
from resunet.data.stamps import stamps_of
from resunet.errors import InputError
from resunet.evaluation.ways import WAYS
from resunet.export.evaluation.entries import split_title
from resunet.inference.models import ModelFile
from resunet.storage import demo_dir, evaluations_dir
from resunet.ui import engine, sources

_TRAINED_ON = "training"
_PASSES, _MOST_PASSES = 16, 100
_ALONE = tuple(name for name in WAYS if not name.startswith("ensemble"))
_HELP = {
    "samples": "0 is one deterministic pass; else the mean of so many stochastic ones is scored.",
    "flip": "Averages each pass with the one over the slice mirrored left to right; takes twice "
    "as long.",
    "threshold": "Probability above which a pixel counts as tumour; empty takes the model's.",
    "uncertainty": "Measures besides whether the network is unsure where it is wrong.",
    "ways": "Predicts and scores all patients in these ways too, and sets them side by side.",
    "skip": "Files that cannot be read or have no outline are left out and listed; else the first "
    "one ends the evaluation.",
}


@dataclass(frozen=True)
class Request:
    """An evaluation that is asked for.

    Attributes:
        root: The data folder, as it was chosen.
        splits: Which of its splits.
        cases: Their patients.
        model: The network.
        options: Further words of the command.
    """

    root: Path
    splits: tuple[str, ...]
    cases: tuple[Case, ...]
    model: ModelFile
    options: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """Command and arguments, but for ``--out``."""
        splits = [f"--split={split}" for split in self.splits]
        weights = ["--weights", str(self.model.weights.absolute())]
        data = ["--data", str(self.root.absolute())]
        return ["evaluate", *data, *splits, *weights, *self.options]

    def folder(self) -> Path:
        """Where its result lies: another one as soon as a file of data or model changes.

        Raises:
            InputError: If a file is gone.
        """
        try:
            stamps = _stamps(self.root, self.splits)
        except OSError as error:
            raise InputError(f"{self.root} cannot be read: {error.strerror or error}.") from error
        changed = engine.changed_ns(self.model)
        key = json.dumps([__version__, self.words, changed, stamps])
        name = "-".join([self.model.name, self.root.name, *self.splits])
        readable = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:80].strip("._-")
        digest = hashlib.sha256(key.encode()).hexdigest()[:10]
        return evaluations_dir() / f"{readable}-{digest}"


def choose_request() -> Request | None:
    """The data folder, its splits, the model and how; None where there is no model or no split.

    Raises:
        InputError: If the folder holds no patients.
    """
    root = sources.choose_root() or demo_dir()
    with st.sidebar:
        about = st.empty()
    cases = sources.cases_in(root)
    about.caption(sources.about(root, cases))
    splits = _choose_splits(root, cases)
    model = engine.choose_model()
    with st.sidebar.expander("Options", icon=":material/tune:"):
        options = _choose_options(model)
    chosen = tuple(case for case in cases if case.split in splits)
    if model is None or not chosen:
        return None
    return Request(root, splits, chosen, model, options)


def usual_splits(names: Sequence[str]) -> list[str]:
    """What is scored unless one says otherwise: all that a network is not trained on."""
    return [name for name in names if name != _TRAINED_ON] or list(names)


def _choose_splits(root: Path, cases: Sequence[Case]) -> tuple[str, ...]:
    names = split_names(cases)
    key = hashlib.sha256(repr([str(root), *names]).encode()).hexdigest()[:8]
    chosen = st.sidebar.multiselect(
        "Splits",
        names,
        default=usual_splits(names),
        format_func=split_title,
        placeholder="Choose at least one",
        disabled=len(names) < 2,
        key=f"evaluation_splits_{key}",
        persist_state="session",
    )
    return tuple(name for name in names if name in chosen)


def _choose_options(model: ModelFile | None) -> tuple[str, ...]:
    uncertainty = st.toggle(
        "Measure the uncertainty",
        key="evaluation_uncertainty",
        persist_state="session",
        help=_HELP["uncertainty"],
    )
    samples = st.number_input(
        "Stochastic passes",
        2 if uncertainty else 0,
        _MOST_PASSES,
        _PASSES if uncertainty else 0,
        key=f"evaluation_samples_{uncertainty}",
        persist_state="session",
        help=_HELP["samples"],
    )
    ways: list[str] = []
    if uncertainty:
        ways = st.multiselect(
            "Compare with",
            [name for name in _ALONE if name != "dropout"],
            format_func=lambda name: f"{name}: {WAYS[name]}",
            placeholder="Other ways to predict",
            key="evaluation_ways",
            persist_state="session",
            help=_HELP["ways"],
        )
    flip = st.toggle(
        "Average with the mirrored slice",
        key="evaluation_flip",
        persist_state="session",
        help=_HELP["flip"],
    )
    threshold = st.number_input(
        "Threshold",
        0.0,
        1.0,
        None,
        step=0.05,
        format="%.2f",
        placeholder="The model's" if model is None else f"{model.threshold:g}, the model's",
        key="evaluation_threshold",
        persist_state="session",
        help=_HELP["threshold"],
    )
    skip = st.toggle(
        "Leave out what cannot be used",
        True,
        key="evaluation_skip",
        persist_state="session",
        help=_HELP["skip"],
    )
    words = ["--samples", str(samples)] if samples else []
    words += ["--flip"] if flip else []
    words += [] if threshold is None else ["--threshold", f"{threshold:g}"]
    words += ["--uncertainty", *(f"--way={way}" for way in ways)] if uncertainty else []
    return (*words, *(["--skip-bad"] if skip else []))


@st.cache_data(ttl=60, scope="session", max_entries=8, show_spinner=False)
def _stamps(root: Path, splits: tuple[str, ...]) -> str:
    """A digest of the names, sizes and times of all files.

    Raises:
        OSError: If a file is gone.
    """
    cases = [case for case in sources.cases_in(root) if case.split in splits]
    stamps = [[case.split, case.patient, stamps_of(case)] for case in cases]
    return hashlib.sha256(json.dumps(stamps).encode()).hexdigest()
