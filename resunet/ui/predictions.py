"""Finished predictions that a browser session keeps, so that going back to a patient is quick."""

from collections.abc import Hashable

from resunet.study import Prediction

MOST_BYTES = 400_000_000
"""Of maps: two patients of 155 slices, or some twenty of 40 slices."""


class KeptPredictions:
    """The latest predictions, as many as fit into the memory allowed; always the very latest.

    Args:
        most_bytes: Memory of their maps.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: dict[Hashable, Prediction] = {}
        self._dropped: set[Hashable] = set()

    def keep(self, key: Hashable, prediction: Prediction, *, is_dropped: bool = False) -> None:
        """Keeps a prediction, and lets the oldest go where memory is short.

        Args:
            key: What it was made of: content, model, T and seed.
            prediction: It.
            is_dropped: Whether it is of dropped files; `forget_dropped` lets go of it.
        """
        if is_dropped:
            self._dropped.add(key)
        self._kept.pop(key, None)
        self._kept[key] = prediction
        while len(self._kept) > 1 and sum(map(_bytes, self._kept.values())) > self._most_bytes:
            del self._kept[next(iter(self._kept))]

    def get(self, key: Hashable) -> Prediction | None:
        """The prediction that was kept under a key, or None; it counts as the latest again."""
        prediction = self._kept.pop(key, None)
        if prediction is not None:
            self._kept[key] = prediction
        return prediction

    def forget_dropped(self) -> None:
        """Lets go of the predictions of dropped files."""
        for key in self._dropped:
            self._kept.pop(key, None)
        self._dropped.clear()


def _bytes(prediction: Prediction) -> int:
    return 4 * prediction.probability.nbytes
