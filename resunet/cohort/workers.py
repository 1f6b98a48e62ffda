"""Who reads the patients of a data set: processes of this machine, or of a cluster."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from typing import Protocol, TypeVar

from resunet.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

_FEWEST = 4  # below it, starting processes takes longer than they save
_CONNECTING_SECONDS = 10


class Workers(Protocol):
    """Something that calls a function for many items."""

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Calls a function of a module for each item.

        Args:
            function: Can be imported by another process.
            items: Can be pickled, as the results can.

        Yields:
            (index of the item, result), in the order in which they are done.

        Raises:
            InputError: If a process was lost, or none can be had.
        """


class LocalWorkers:
    """Processes of this machine.

    Args:
        count: How many; by default as many as there are cores. With one, or for a few
            items, this process does it all.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """As `Workers.map`."""
        if self.count < 2 or len(items) < _FEWEST:
            yield from ((index, function(item)) for index, item in enumerate(items))
            return
        # not forked: a process that holds threads cannot be forked safely
        context = multiprocessing.get_context("spawn")
        count = min(self.count, len(items))
        with ProcessPoolExecutor(count, context, initializer=_end_with_parent) as pool:
            futures: dict[Future[Result], int] = {
                pool.submit(function, item): index for index, item in enumerate(items)
            }
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            except BrokenProcessPool as error:
                raise InputError(
                    "A process that read the data ended unexpectedly, perhaps for want of memory; "
                    "fewer processes may help."
                ) from error
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


class ClusterWorkers:
    """The workers of a Dask cluster that runs already.

    They need this program, and the data folder under the same path.

    Args:
        address: The scheduler's, such as ``tcp://10.0.0.1:8786``.

    Raises:
        InputError: If Dask is not installed here.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise InputError(
                "A scheduler needs the package distributed, which is not installed: "
                "pip install -r requirements-cluster.txt."
            ) from error
        self._library = distributed
        self.address = address

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """As `Workers.map`."""
        try:
            client = self._library.Client(self.address, timeout=_CONNECTING_SECONDS)
        except (OSError, ValueError) as error:
            raise InputError(
                f"No scheduler answers at {self.address}; the address of a running one, such as "
                "tcp://10.0.0.1:8786, is accepted."
            ) from error
        with client:
            futures = client.map(function, list(items), pure=False)
            indices = {future.key: index for index, future in enumerate(futures)}
            for future in self._library.as_completed(futures):
                try:
                    result = future.result()
                except (ImportError, self._library.KilledWorker) as error:
                    raise InputError(
                        f"The workers of {self.address} cannot do it: {error}."
                    ) from error
                yield indices[future.key], result


def _end_with_parent() -> None:
    """Ends this process as soon as the one that started it is gone, however that ended.

    Left alone it would wait for ever for work that nobody gives it.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
