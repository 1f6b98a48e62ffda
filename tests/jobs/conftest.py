"""Processes that hold, wait and stop, for the tests of jobs."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tiny import tiny_config

from resunet.jobs.run_folder import RunFolder

CALLERS = 8


@pytest.fixture
def run(tmp_path):
    """A run that has not begun."""
    run = RunFolder(tmp_path / "run")
    run.write_config(tiny_config(), {})
    return run


@pytest.fixture
def begin(repository):
    """A function: Python code, arguments → its process, and the first line that it writes."""
    processes = []

    def start(code, *words):
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, words)],
            cwd=repository,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        with process:  # closes its pipes, and waits for it
            process.kill()


@pytest.fixture
def sleepers(monkeypatch):
    """The processes that are started, of which each sleeps instead of what it was meant for."""
    started, popen = [], subprocess.Popen

    def start(_, **options):
        process = popen([sys.executable, "-c", "import time; time.sleep(1000)"], **options)
        started.append(process)
        return process

    monkeypatch.setattr(subprocess, "Popen", start)
    yield started
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def at_once():
    """A function: what several callers do at the same time → what each got, or had raised."""

    def call_all(call):
        gate = threading.Barrier(CALLERS)

        def one(_):
            gate.wait()
            try:
                return call()
            except Exception as error:
                return error

        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(one, range(CALLERS)))

    return call_all
