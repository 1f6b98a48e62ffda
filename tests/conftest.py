"""What all tests share: a home of their own, and the way to real data."""

import itertools
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REAL_DATA = ROOT.parent / "shared" / "data"
_NUMBERS = itertools.count()

# Where several workers share the processors, threads of each one's own only wait for each other.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """The program's home in this test; it does not exist yet."""
    folder = tmp_path_factory.getbasetemp() / f"home-{next(_NUMBERS)}"
    monkeypatch.setenv("RESUNET_HOME", str(folder))
    monkeypatch.delenv("RESUNET_DATA", raising=False)
    return folder


@pytest.fixture(scope="session", autouse=True)
def no_shipped_models(tmp_path_factory):
    """No test depends on the models that come with the program, in other processes neither."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RESUNET_SHIPPED", str(tmp_path_factory.getbasetemp() / "shipped"))
        yield


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The folder of shipped models in this test; it does not exist yet."""
    monkeypatch.setenv("RESUNET_SHIPPED", str(tmp_path / "shipped"))
    return tmp_path / "shipped"


@pytest.fixture(scope="session")
def repository():
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def real_data():
    """The folder of real patients; skips where it is not there."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real data at {REAL_DATA}")
    return REAL_DATA


def pytest_terminal_summary(terminalreporter):
    """What tests want to tell, from whatever process they ran in."""
    for report in terminalreporter.getreports("passed"):
        for name, words in report.user_properties:
            if name == "told" and report.when == "call":
                terminalreporter.write_line(words)
