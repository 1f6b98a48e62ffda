"""Stopping a training: how it is asked to, politely and then firmly, and how it hears it."""

import contextlib
import signal
from collections.abc import Iterator
from typing import Any

from resunet.errors import InputError
from resunet.jobs.process import POLITE_SECONDS, Identity
from resunet.jobs.run_folder import ACTIVE, RunFolder


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


def stop(run: RunFolder, polite_seconds: float = POLITE_SECONDS) -> str:
    """Stops a run, by force where it is not saved in time.

    A process that has saved its run and still writes the card is left to it.

    Args:
        run: The run.
        polite_seconds: How long it may take to save and end.

    Returns:
        The state it is left in: "stopped", or "interrupted" where it had to be killed; another
        where it came to its end by itself meanwhile.

    Raises:
        InputError: If the run has no process, or one of another machine or user.
    """
    _process_of(run).end(polite_seconds, may_kill=lambda: run.read_status().get("state") in ACTIVE)
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
