"""Keras and TensorFlow in a program of several threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_THREAD = threading.Lock()


@contextmanager
def building() -> Iterator[None]:
    """Lets one thread at a time import Keras and TensorFlow, and build networks with them.

    Their modules import one another in circles. Python shows two threads that enter such a circle
    at different places modules that are half made, and TensorFlow then stays broken for as long
    as the process runs. Keras in turn names layers in one thread at a time.
    """
    with _ONE_THREAD:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401

        yield
