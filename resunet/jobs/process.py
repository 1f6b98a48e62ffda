"""Who computes a run: a process that can be told from all others, later ones of its number too."""

import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from resunet.errors import InputError

POLITE_SECONDS = 10.0
"""How long a process has to save and end, before it is killed."""

_LOOK_SECONDS = 0.05
_KILLED_SECONDS = 10.0  # to see that it is gone; longer where its disk does not answer
_SAME_START_SECONDS = 2.0  # the clock may be set while a process runs


class Identity(NamedTuple):
    """A process of some machine.

    Attributes:
        pid: Its number.
        process_started: When it began, seconds since 1970.
        host: The machine's name.
    """

    pid: int
    process_started: float
    host: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Identity | None":
        """The process that a record names, as `_asdict` gives it; None where it names none."""
        pid, started, host = (values.get(key) for key in ("pid", "process_started", "host"))
        if type(pid) is not int or pid <= 0 or not isinstance(started, int | float):
            return None
        return cls(pid, float(started), str(host))

    @property
    def is_here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs on this machine; where that may not be asked it does."""
        if not self.is_here:
            return False
        import psutil

        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return abs(process.create_time() - self.process_started) < _SAME_START_SECONDS
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True

    def send(self, number: int) -> None:
        """Sends it a signal, where it still runs here; never to a later process of its number.

        Raises:
            InputError: If it is another user's.
        """
        import psutil

        try:
            process = psutil.Process(self.pid)  # psutil itself looks again whose number it is
            if self.is_alive:
                process.send_signal(number)
        except psutil.NoSuchProcess:
            return
        except psutil.AccessDenied:
            raise InputError(
                f"Process {self.pid} is another user's, who alone can stop it, or an administrator."
            ) from None

    def end(
        self,
        polite_seconds: float = POLITE_SECONDS,
        *,
        may_kill: Callable[[], bool] = lambda: True,
    ) -> bool:
        """Asks it to end (SIGTERM), and kills it where it does not in time.

        Args:
            polite_seconds: How long it may take to end by itself.
            may_kill: Asked after that time, whether it is to be killed.

        Returns:
            Whether it is gone.

        Raises:
            InputError: If it is another user's.
        """
        self.send(signal.SIGTERM)
        if self._ends(polite_seconds):
            return True
        if not may_kill():
            return False
        self.send(getattr(signal, "SIGKILL", signal.SIGTERM))
        return self._ends(_KILLED_SECONDS)

    def _ends(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.is_alive:
            if time.monotonic() > end:
                return False
            time.sleep(_LOOK_SECONDS)
        return True


def this_process() -> Identity:
    """The process that asks."""
    import psutil

    return Identity(os.getpid(), psutil.Process().create_time(), socket.gethostname())


def child_process(pid: int) -> Identity:
    """A process that was just started; where it has ended again, one that is not alive."""
    import psutil

    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        started = 0.0
    return Identity(pid, started, socket.gethostname())
