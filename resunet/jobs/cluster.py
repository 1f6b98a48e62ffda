"""Several machines that train one network: who they are, by ``TF_CONFIG``."""

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from resunet.errors import InputError

_LOOK_SECONDS = 0.2
_ANSWER_SECONDS = 2.0
_ACCEPTED = (
    '{"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, "task": {"type": "worker", "index": 0}}'
)


@dataclass(frozen=True)
class Cluster:
    """The processes that train together; TensorFlow calls them workers.

    Attributes:
        addresses: ``host:port`` of each, two or more, the same list on all of them.
        index: Which of them this process is. The first is the chief, who alone writes.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def is_chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.index == 0

    def name(self, index: int) -> str:
        """What a user calls one of them."""
        who = "the chief" if index == 0 else f"worker {index}"
        return f"{who} ({self.addresses[index]})"

    def silent(self) -> list[str]:
        """Names of the others that do not answer."""
        others = (index for index in range(len(self.addresses)) if index != self.index)
        return [self.name(i) for i in others if not _answers(self.addresses[i], _ANSWER_SECONDS)]

    def wait(self, tell: Callable[[str], None] = lambda sentence: None) -> None:
        """Waits until all the others have come as far; unlike TensorFlow's, it can be stopped.

        Args:
            tell: Told a sentence whenever it waits for another one.

        Raises:
            InputError: If this process's own port cannot be had.
        """
        told = None
        missing = [index for index in range(len(self.addresses)) if index != self.index]
        with self._here():
            while missing:
                if missing[0] != told:
                    told = missing[0]
                    tell(f"Waiting for {self.name(told)}.")
                missing = [i for i in missing if not _answers(self.addresses[i], _ANSWER_SECONDS)]
                if missing:
                    time.sleep(_LOOK_SECONDS)

    def _here(self) -> contextlib.closing[socket.socket]:
        """Lets the others see that this process has come, until TensorFlow takes the port."""
        host, port = _split(self.addresses[self.index])
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            return contextlib.closing(socket.create_server(("", port), family=family, backlog=128))
        except OSError as error:
            raise InputError(
                f"TF_CONFIG gives this process port {port}, which cannot be had "
                f"({error.strerror}); one that is free is accepted."
            ) from error


def read_cluster(environment: Mapping[str, str] | None = None) -> Cluster | None:
    """The cluster that ``TF_CONFIG`` names; None where there is none, or one process alone.

    Args:
        environment: Where to look; the process's own by default.

    Raises:
        InputError: If it cannot be understood.
    """
    text = (os.environ if environment is None else environment).get("TF_CONFIG", "")
    if not text.strip():
        return None
    try:
        values = json.loads(text)
    except ValueError:
        raise _refusal("not valid JSON") from None
    cluster = values.get("cluster") if isinstance(values, dict) else None
    if not isinstance(cluster, dict) or not cluster:
        raise _refusal("without a cluster")
    addresses = _addresses(cluster)
    index = _index(values.get("task"), cluster)
    return Cluster(addresses, index) if len(addresses) > 1 else None


def _addresses(cluster: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[Any] = []
    other = sorted(set(cluster) - {"chief", "worker"})
    if other:
        raise _refusal(f"with the job {other[0]!r}, where chief and worker are known,")
    for job in ("chief", "worker"):
        listed = cluster.get(job, [])
        if not isinstance(listed, list):
            raise _refusal(f"with {job} {listed!r}, which is no list,")
        found += listed
    for address in found:
        if not isinstance(address, str) or not _split(address)[1]:
            raise _refusal(f"with the address {address!r}")
    if len(set(found)) < len(found):
        raise _refusal("with one address twice")
    return tuple(found)


def _index(task: Any, cluster: Mapping[str, Any]) -> int:
    job, index = (task.get("type"), task.get("index")) if isinstance(task, dict) else (None, None)
    if isinstance(job, str) and type(index) is int and 0 <= index < len(cluster.get(job, [])):
        return index + (len(cluster.get("chief", [])) if job == "worker" else 0)
    raise _refusal(f"with the task {task!r}, which is none of the cluster's,")


def _split(address: str) -> tuple[str, int]:
    """Host and port, 0 where there is none; an IPv6 host without its brackets, as sockets want."""
    host, _, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    good = host and port.isdecimal() and 0 < int(port) < 65536
    return (host, int(port)) if good else (address, 0)


def _answers(address: str, seconds: float) -> bool:
    try:
        socket.create_connection(_split(address), timeout=seconds).close()
    except OSError:
        return False
    return True


def _refusal(what: str) -> InputError:
    return InputError(f"TF_CONFIG is {what}, where such as {_ACCEPTED} is accepted.")
