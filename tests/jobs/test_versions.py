"""Versions: what is installed, and what has changed."""

import platform
from importlib.metadata import version

import numpy as np
import pytest

from resunet import __version__
from resunet.jobs.versions import difference, installed_versions, training_versions


def test_packages_have_their_versions_and_missing_ones_none():
    assert installed_versions("numpy", "no-such-package") == {
        "numpy": np.__version__,
        "no-such-package": None,
    }


def test_a_training_depends_on_the_program_python_and_three_libraries():
    found = training_versions()
    assert list(found) == ["resunet", "python", "keras", "tensorflow", "numpy"]
    assert found["resunet"] == __version__
    assert found["python"] == platform.python_version()
    assert found["keras"] == version("keras")


NOW = {"resunet": "0.1", "keras": "3.15", "tensorflow": None}


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ({}, ""),
        (NOW, ""),
        ({**NOW, "keras": "3.14"}, "keras 3.15 instead of 3.14"),
        (
            {"keras": None, "tensorflow": "2"},
            "keras 3.15 instead of missing, tensorflow missing instead of 2",
        ),
    ],
)
def test_what_has_changed_is_said_in_words(before, words):
    assert difference(before, NOW) == words
