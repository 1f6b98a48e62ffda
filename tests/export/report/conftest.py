"""Small patients with a prediction and their values, and a page to draw on."""

import io
from dataclasses import replace

import numpy as np
import pytest
from pypdf import PdfReader
from synthetic import make_study

from resunet.export.report.sheet import HEIGHT, WIDTH, Sheet
from resunet.export.tables import result_values
from resunet.study import Prediction


def predict(study, *, samples=4, squares=((2, 10, 12, 12, 9),), done=None, correction=None):
    """Squares (slice, row, column, height, width) in two neighbouring slices as tumour."""
    probability = np.zeros(study.shape, np.float32)
    for index, row, column, height, width in squares:
        probability[index : index + 2, row : row + height, column : column + width] = 0.9
    std = np.zeros(study.shape, np.float32)
    if samples >= 2:
        std[probability > 0] = 0.125
        std[-1, 20, 20] = 0.25
    counts = (probability > 0.5).sum(axis=(1, 2))
    areas = np.linspace(0.9, 1.3, max(samples, 1))[:, None] * counts
    empty = np.zeros(study.shape, np.float32)
    return Prediction(
        probability=probability,
        std=std,
        entropy=empty,
        mutual_information=empty.copy(),
        done=np.ones(study.shape[0], bool) if done is None else np.array(done),
        area_px_samples=areas.round().astype(np.int64),
        std_by_t=np.zeros(max(samples, 1)),
        threshold=0.5,
        samples=samples,
        seed=7,
        model_id="tiny-1",
        engine="NumPy, by hand",
        model_sha256="5e" * 32,
        correction=correction,
    )


@pytest.fixture
def build():
    """Makes (study, prediction, values) of 6 slices, or of what is asked for.

    ``labels`` is whether there is an expert's outline, or the outline.
    """

    def make(
        *, slices=6, spacing_mm=(1.0, 2.0), labels=True, warnings=(), prediction=None, **study
    ):
        if not isinstance(labels, bool):
            study["labels"] = labels
        made = make_study(slices=slices, spacing_mm=spacing_mm, labels=labels is not False)
        made = replace(made, warnings=tuple(warnings), **study)
        first = {"squares": ((0, 10, 12, 12, 9),)} if slices < 3 else {}
        predicted = predict(made, **(first | (prediction or {})))
        return made, predicted, result_values(made, predicted)

    return make


class Page:
    """A sheet, and afterwards the text that stands on it."""

    def __init__(self):
        from reportlab.pdfgen.canvas import Canvas

        self.data = io.BytesIO()
        self.canvas = Canvas(self.data, pagesize=(WIDTH, HEIGHT))
        self.sheet = Sheet(self.canvas)

    def read(self):
        """(text, left, baseline from the top, font, size) in the order drawn."""
        self.canvas.save()
        return texts_of(PdfReader(self.data).pages[0])


def texts_of(page):
    """(text, left, baseline from the top, font, size) of a page of `pypdf`."""
    found = []

    def visit(text, _, matrix, font, size):
        if text.strip():
            name = font["/BaseFont"].removeprefix("/")
            found.append((text.strip("\n"), matrix[4], HEIGHT - matrix[5], name, size))

    page.extract_text(visitor_text=visit)
    return found


@pytest.fixture
def page():
    return Page()


@pytest.fixture
def read_texts():
    return texts_of
