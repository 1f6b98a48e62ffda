"""Processes that hold, wait and stop, for the tests of jobs."""

import subprocess
import sys

import pytest


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
        process.kill()
        process.communicate()
