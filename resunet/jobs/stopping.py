"""Stopping a training: how it is asked to, politely and then firmly, and how it hears it."""

import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Any

from resunet.errors import InputError
from resunet.jobs.process import Identity
from resunet.jobs.run_folder import ACTIVE, RunFolder

POLITE_SECONDS = 10.0
"""How long a training has to end its step and save, before it is killed."""

_LOOK_SECONDS = 0.05


class StopRequested(BaseException):
    """Raised to end a training where it stands; what is saved stays."""


class StopSignal:
    """Hears SIGINT and SIGTERM.

    Until `waits` is set they raise `StopRequested` wherever the program is: nothing is lost then.
    Afterwards they are only noted, so that the step in progress ends and is saved; a second SIGINT
    (Ctrl-C) still ends the program at once.

    Attributes:
        waits: Whether signals are only noted.
    """

    def __init__(self) -> None:
        self.waits = False
        self._came = False

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Within the block this object hears the signals."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._hear) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def came(self) -> bool:
        """Whether one came."""
        return self._came

    def _hear(self, number: int, _: Any) -> None:
        if self._came and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._came = True
        if not self.waits:
            raise StopRequested


def ask_to_stop(run: RunFolder) -> Identity:
    """Asks a run's process to end its step, to save and to end: SIGTERM.

    Returns:
        The process.

    Raises:
        InputError: If the run has no process, or one of another machine.
    """
    identity = _process_of(run)
    identity.send(signal.SIGTERM)
    return identity


def stop(run: RunFolder, polite_seconds: float = POLITE_SECONDS) -> str:
    """Stops a run, by force where it does not end in time.

    Args:
        run: The run.
        polite_seconds: How long it may take to save and end.

    Returns:
        The state it is left in: "stopped", or "interrupted" where it had to be killed; another
        where it came to its end by itself meanwhile.

    Raises:
        InputError: As `ask_to_stop`.
    """
    identity = ask_to_stop(run)
    if not _ends(identity, polite_seconds):
        identity.send(getattr(signal, "SIGKILL", signal.SIGTERM))
        _ends(identity, polite_seconds)
    return str(run.read_status().get("state", "unknown"))


def _process_of(run: RunFolder) -> Identity:
    status = run.read_status()
    state = status.get("state", "unknown")
    identity = Identity.of(status)
    if state not in ACTIVE or identity is None:
        raise InputError(f"{run.path} is {state}; a run that is queued or running can be stopped.")
    if not identity.is_here:
        raise InputError(f"{run.path} is trained on {identity.host}; stop it there.")
    return identity


def _ends(identity: Identity, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while identity.is_alive:
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
