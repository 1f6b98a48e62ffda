"""Runs wait for the machine's devices in the order in which they came.

Who waits lays a ticket into the program's home. The first ticket whose process lives has the
turn; a ticket of a process that is gone is taken away by whoever sees it.
"""

import contextlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock

from resunet.errors import InputError
from resunet.jobs.process import Identity, this_process
from resunet.storage import home, read_json, write_json

LOOK_SECONDS = 0.5  # between two looks whether it is one's turn
BEAT_SECONDS = 30.0  # between two signs of life; a silent process is taken for gone after minutes


@contextlib.contextmanager
def turn(
    name: str,
    tell: Callable[[str], None] = lambda sentence: None,
    beat: Callable[[str], None] = lambda sentence: None,
) -> Iterator[None]:
    """Waits until the devices are free; they are this process's until the block ends.

    Args:
        name: What waits, as it is told to those behind it.
        tell: Told a sentence whenever it is another one's turn.
        beat: Told the same sentence again every `BEAT_SECONDS`, for whoever looks for signs of
            life.
    """
    folder = queue_dir()
    ticket = _take_ticket(folder, name)
    try:
        told, sentence, last = None, "", time.monotonic()
        while (first := _first(folder, ticket)) != ticket:
            if not ticket.exists():  # somebody has emptied the folder
                ticket = _take_ticket(folder, name)
            if first is not None and first != told:
                told, sentence, last = first, f"Waiting for {_name(first)}.", time.monotonic()
                tell(sentence)
            elif sentence and time.monotonic() - last >= BEAT_SECONDS:
                last = time.monotonic()
                beat(sentence)
            time.sleep(LOOK_SECONDS)
        yield
    finally:
        ticket.unlink(missing_ok=True)


def queue_dir() -> Path:
    """Where tickets lie: a queue for the devices of this machine that a process may see.

    A process that was given some GPUs (``CUDA_VISIBLE_DEVICES``) waits for those alone.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    devices = "all" if visible is None else visible or "none"
    return home() / "queue" / re.sub(r"[^\w-]+", "_", f"{socket.gethostname()}-{devices}")


def _take_ticket(folder: Path, name: str) -> Path:
    """A ticket behind all others; the number is drawn while nobody else draws one."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        last = max((int(path.stem) for path in _tickets(folder)), default=0)
        ticket = folder / f"{last + 1:06d}.json"
        write_json(ticket, {"name": name, **this_process()._asdict()})
    return ticket


def _first(folder: Path, own: Path) -> Path | None:
    """The first ticket whose process lives; None where somebody has just taken theirs away."""
    for path in sorted(_tickets(folder)):
        if path == own:
            return path
        try:
            identity = Identity.of(read_json(path))
        except (InputError, AttributeError):  # taken away this moment, or damaged
            identity = None
        if identity is not None and identity.is_alive:
            return path
        path.unlink(missing_ok=True)
    return None


def _tickets(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.json") if path.stem.isdecimal()]


def _name(ticket: Path) -> str:
    try:
        return str(read_json(ticket)["name"])
    except (InputError, KeyError, TypeError):
        return "another run"
