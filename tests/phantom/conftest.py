"""One whole patient for all tests of the room, and a small brain for those that make more."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from resunet.phantom import anatomy, contrasts, patient, tumour
from resunet.phantom.anatomy import Push, Tissue
from resunet.phantom.contrasts import Scanner
from resunet.phantom.demo import DEMO_PATIENTS, DemoPatient
from resunet.phantom.patient import PatientSettings, make_patient
from resunet.phantom.template import load_template
from resunet.phantom.tumour import Tumour
from resunet.study import Study


@pytest.fixture(scope="session")
def template():
    """The average brain."""
    return load_template()


@dataclass
class Made:
    """A patient with all that it was made from."""

    demo: DemoPatient
    study: Study | None = None
    sites: list[np.ndarray] = field(default_factory=list)
    pushes: tuple[Push, ...] = ()
    tissue: Tissue | None = None
    tumour: Tumour | None = None
    scanner: Scanner | None = None
    images: np.ndarray | None = None  # of the window

    @property
    def settings(self) -> PatientSettings:
        return self.demo.settings


@pytest.fixture(scope="session")
def large(template):
    """The first demo patient before it is thinned out: a high-grade tumour on the right."""
    made = Made(DEMO_PATIENTS[0])

    def note(name, keep):
        original = getattr(patient, name)

        def wrapped(*args, **kwargs):
            result = original(*args, **kwargs)
            keep(result, args, kwargs)
            return result

        patch.setattr(patient, name, wrapped)

    def keep_tissue(result, _, kwargs):
        made.tissue, made.pushes = result, kwargs["pushes"]

    def keep_tumour(result, args, _):
        made.tumour, made.sites = result, [site for _, site in args[0]]

    def keep_images(result, args, _):
        made.images, made.scanner = result, args[2]

    with pytest.MonkeyPatch.context() as patch:
        note("draw_tissue", keep_tissue)
        note("grow", keep_tumour)
        note("render", keep_images)
        made.study = make_patient(
            template, made.demo.settings, made.demo.seed, identifier=made.demo.name
        )
    return made


SMALL = (60, 76, 64)
_SMALL_PLACE = (slice(48, 108), slice(2, 78), slice(1, 65))  # of a grid of 155 slices
_SMALLER = 0.36


@pytest.fixture
def small(monkeypatch):
    """Makes brains of a third of the size, in a twentieth of the time; gives their shape."""
    for module in (anatomy, tumour, contrasts, patient):
        monkeypatch.setattr(module, "SHAPE", SMALL)
    monkeypatch.setattr(anatomy, "_CENTRE", (np.array(SMALL) - 1) / 2)
    monkeypatch.setattr(anatomy, "_USUAL_SCALE", _SMALLER)
    monkeypatch.setattr(patient, "GRID", (155, 80, 66))
    monkeypatch.setattr(patient, "WINDOW", _SMALL_PLACE)
    return SMALL
