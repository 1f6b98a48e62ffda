"""Who computes a run: a process that can be told from all others, later ones of its number too."""

import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

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
        """Sends it a signal, where it still runs here; never to a later process of its number."""
        import psutil

        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)  # psutil itself looks again whose number it is
            if self.is_alive:
                process.send_signal(number)


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
