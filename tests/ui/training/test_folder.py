"""Reading a data folder in a thread of its own."""

import itertools
import threading
from pathlib import Path

import pytest

from resunet.data import examination as module
from resunet.data.cases import Case
from resunet.data.examination import Examination, Finding
from resunet.ui.training import folder

CASES = [Case("training", name, folder=Path(name)) for name in ("anna", "bert", "carl")]
END_SECONDS = 60


class Reading:
    """Stands in for the reading of patients: each waits until it is let go."""

    def __init__(self):
        self.begun, self.go, self.threads = [], threading.Semaphore(0), []
        self.has_begun = threading.Semaphore(0)

    def __call__(self, case):
        self.begun.append(case.patient)
        self.threads.append(threading.current_thread())
        self.has_begun.release()
        assert self.go.acquire(timeout=END_SECONDS)
        return Finding(case, 4, 2, (f"{case.patient} is bad",), (f"{case.patient} is odd",))

    def wait(self):
        """Until the next patient is being read."""
        assert self.has_begun.acquire(timeout=END_SECONDS)

    def end(self):
        """Lets all go, and waits for the thread."""
        self.go.release(len(CASES))
        self.threads[0].join(END_SECONDS)
        assert not self.threads[0].is_alive()


@pytest.fixture
def reading(monkeypatch):
    reading = Reading()
    monkeypatch.setattr(module, "examine", reading)
    return reading


def test_patients_are_read_one_after_the_other_beside_the_page(reading):
    examination = Examination(CASES)
    reading.wait()
    assert (examination.findings, examination.is_done, examination.unusable) == ([], False, [])
    reading.go.release()
    reading.wait()
    assert [finding.case for finding in examination.findings] == CASES[:1]
    assert examination.odd == ["anna is odd"]
    assert not examination.is_done
    reading.end()
    assert examination.is_done
    assert reading.begun == ["anna", "bert", "carl"]
    assert examination.unusable == ["anna is bad", "bert is bad", "carl is bad"]
    assert reading.threads[0] is not threading.current_thread()


def test_once_all_is_read_the_page_runs_anew_unless_it_is_just_running(reading, monkeypatch):
    reruns = []
    monkeypatch.setattr(folder.st, "rerun", lambda: reruns.append(True))
    examination = Examination(CASES)
    reading.wait()
    looks = itertools.count()
    folder._show(examination, True, looks)
    folder._show(examination, True, looks)
    assert reruns == []
    reading.end()  # between two looks
    folder._show(examination, True, itertools.count())  # with a run of the page: it goes on
    assert reruns == []
    folder._show(examination, True, looks)
    assert reruns == [True]
    # and then no more: the page knows
    looks = itertools.count()
    folder._show(examination, False, looks)
    folder._show(examination, False, looks)
    assert reruns == [True]


def test_one_that_is_ended_reads_no_further_patient(reading):
    examination = Examination(CASES)
    reading.wait()
    examination.end()
    reading.end()
    assert reading.begun == ["anna"]
    assert not examination.is_done
    assert examination.trouble == ""


def test_what_ends_it_is_told_and_what_was_found_stays(monkeypatch, reading):
    def fail_at_bert(case):
        if case.patient == "bert":
            reading.threads.append(threading.current_thread())
            reading.has_begun.release()
            raise ValueError("no")
        return Finding(case, 1, 0, (), ())

    monkeypatch.setattr(module, "examine", fail_at_bert)
    examination = Examination(CASES)
    reading.wait()
    reading.threads[0].join(END_SECONDS)
    assert examination.is_done
    assert examination.trouble == "The check ended: no"
    assert [finding.case.patient for finding in examination.findings] == ["anna"]
