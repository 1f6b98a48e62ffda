"""The app as a server shows it that has run it before."""

import pytest
from comparing import start_at_once
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from resunet.jobs.tasks import Task


@pytest.fixture
def app(repository, monkeypatch):
    """The app, not run yet.

    AppTest begins each run like the first of a server, which takes ``pages/`` for Streamlit's older
    kind of pages and comes to a page by a detour; controls whose values are not kept for the
    session would forget on it what they were set to.
    """
    make = PagesManager.__init__

    def make_for_navigation(manager, *args, **options):
        make(manager, *args, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", make_for_navigation)
    return AppTest.from_file(str(repository / "app.py"), default_timeout=120)


@pytest.fixture(autouse=True)
def compare_at_once(monkeypatch):
    """The page that compares data sets starts no process that would outlive its test."""
    start = Task.start

    def start_any(task, words):
        (start_at_once if words[0] == "compare" else start)(task, words)

    monkeypatch.setattr(Task, "start", start_any)
