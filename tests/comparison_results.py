"""A small comparison as ``comparison.json`` holds it, and a reader of the page made of it."""

from html.parser import HTMLParser

from PIL import Image

from resunet.export.comparison.words import NamedKind, NamedQuantity, Words

SCRIPT = "<script>alert('x')</script>"

WORDS = Words(
    kinds={
        "noise": NamedKind("Heavy noise", "Leave it out."),
        "blur": NamedKind("Blur", "Check how it was resampled."),
    },
    quantities={
        "mean_area_px": NamedQuantity("Tumour area", "px", "area", "size"),
        "empty_share": NamedQuantity("Slices without tumour", "", "share", "number"),
    },
    families={"size": "how large tumours are", "number": "how many there are"},
)


def quantity(a, b, **changes):
    entry = {"a": a, "b": b, "difference": b - a, "ci": [-5.0, 9.0], "g": 0.5, "g_ci": [-0.5, 1.5]}
    return {**entry, "superiority": 0.6, "p": 0.02, "p_adjusted": 0.2, **changes}


def one_set(patients, share):
    return {
        "slices": 10 * patients,
        "patients": patients,
        "tumour_slices": 6 * patients,
        "empty_share": 0.4,
        "mean_area_px": 812.4,
        "unusable_files": 1,
        "quadrant_mass": {
            "left_anterior": {
                "mean": 200.0,
                "ci": [100.0, 310.0],
                "share": share,
                "share_ci": [share - 0.1, share + 0.1],
            }
        },
        "quantities": {"mean_area_px": {"mean": 812.4, "ci": None, "patients": patients}},
        "sites": {"CBICA": patients - 1},
    }


def pair():
    return {
        "a": "training",
        "b": "testing",
        "patients": [30, 5],
        "p": 0.01,
        "p_holm": 0.03,
        "differs": True,
        "families": {"size": {"p": 0.004, "p_adjusted": 0.012}},
        "quantities": {
            "empty_share": quantity(0.4, 0.3),
            "mean_area_px": quantity(812.4, 1400.0, p_adjusted=0.004),
        },
        "map": {
            "tested_cells": 1148,
            "significant_cells": 12,
            "largest_difference": -0.21,
            "p_adjusted": 0.03,
        },
        "smallest_detectable_g": 1.4,
        "sites": {"p": 0.42},
        "summary": ["The sets differ.", "Tumours are larger."],
    }


def flag(**changes):
    return {
        "set": "testing",
        "file": "testing/Bert_57_corrupted.npz",
        "patient": "Bert",
        "number": 57,
        "kind": "noise",
        "score": 0.875,
        "contrast": "t2",
        "why": "The noise is 9 times the usual.",
        **changes,
    }


def leakage():
    shared = {
        "a": {"set": "training", "patient": "anna"},
        "b": {"set": "testing", "patient": "Anna2"},
        "same_name": False,
        "similarity": 0.91,
        "turn": "left_right",
        "slices": 41,
        "files": ["training/anna_3.npz", "testing/Anna2_3.npz"],
    }
    copy = {
        "a": {"set": "training", "file": "training/anna_3.npz"},
        "b": {"set": "testing", "file": "testing/Anna2_3.npz"},
        "similarity": 0.99,
        "turn": "",
    }
    return {
        "similar": 0.75,
        "shared_patients": [shared],
        "duplicate_slices": [copy],
        "summary": ["One patient is there twice."],
    }


def result(**changes):
    return {
        "schema": 1,
        "reference": "training",
        "checked": True,
        "alpha": 0.05,
        "permutations": 9999,
        "bootstraps": 2000,
        "seed": 0,
        "sets": {"training": one_set(30, 0.25), "testing": one_set(5, 0.5)},
        "pairs": [pair()],
        "leakage": leakage(),
        "false_alarm_rate": 0.01,
        "flags": [flag(), flag(kind="blur", number=None, contrast="")],
        **changes,
    }


def picture(width=40, height=30, colour="red"):
    return Image.new("RGB", (width, height), colour)


class Page(HTMLParser):
    """Reads a page; fails where elements are not closed in the order they were opened."""

    VOID = ("meta", "img", "col", "wbr")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts = [], [], []
        self.goes_on = False  # after a place where a name may go on in the next line
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.goes_on = tag == "wbr"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.goes_on = False
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts += [self.texts.pop() + data] if self.goes_on else [data]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


class Rows(HTMLParser):
    """The cells of a table, line by line; of each cell its texts in a row."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.rows, self.inside = [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append([])
            self.inside = True
        self.goes_on = tag == "wbr"

    def handle_endtag(self, tag):
        self.goes_on = False
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside and data.strip():
            cell = self.rows[-1][-1]
            cell += [cell.pop() + data.strip()] if self.goes_on else [data.strip()]


def rows_of(text):
    return [[" | ".join(cell) for cell in row] for row in Rows(text).rows]
