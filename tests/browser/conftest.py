"""Chromium, and Streamlit apps running on free ports of this machine."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium driven by Playwright; skips where either is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve():
    """A function: path of a Streamlit script → address at which it runs."""
    processes = []

    def start(script: Path) -> str:
        port = _free_port()
        command = [
            *(sys.executable, "-m", "streamlit", "run", str(script)),
            f"--server.port={port}",
            "--server.address=127.0.0.1",
            "--server.headless=true",
            "--server.fileWatcherType=none",
            "--browser.gatherUsageStats=false",
        ]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        processes.append(process)
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process)
        return address

    yield start
    for process in processes:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def canvas_address(serve):
    """Where `canvas_app.py` runs; it keeps nothing beyond a visit."""
    return serve(Path(__file__).with_name("canvas_app.py"))


@pytest.fixture(scope="session")
def serve_newcomer(serve, repository):
    """A function: empty home → address of the app where nothing is set, with all that it ships."""

    def start(home: Path) -> str:
        with pytest.MonkeyPatch.context() as environment:
            environment.delenv("RESUNET_DATA", raising=False)
            environment.delenv("RESUNET_SHIPPED", raising=False)
            environment.setenv("RESUNET_HOME", str(home))
            return serve(repository / "app.py")

    return start


@pytest.fixture(scope="session")
def newcomers_address(serve_newcomer, tmp_path_factory):
    """Where the app runs as a newcomer meets it; no test may save anything there."""
    return serve_newcomer(tmp_path_factory.mktemp("newcomer"))


@pytest.fixture
def open_page(chromium):
    """A function: address → page. Whatever the page complains about fails the test."""
    complaints = []
    context = chromium.new_context(viewport={"width": 1440, "height": 900})

    def open_at(address: str):
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        page.goto(address)
        return page

    yield open_at
    context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def keep_picture(tmp_path_factory):
    """A function: page, name → screenshot, to be looked at.

    They lie in the folder named by ``RESUNET_SCREENSHOTS``, or in the run's temporary one.
    """
    named = os.environ.get("RESUNET_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(address: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + START_SECONDS
    pause = threading.Event()
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"Streamlit ended with {process.returncode} at its start.")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pause.wait(0.05)
    raise RuntimeError(f"Streamlit did not answer within {START_SECONDS} s.")
