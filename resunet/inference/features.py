"""A look inside a network: what each block gives for a slice, and which pixels that depends on.

All of it is of the deterministic network, dropout masks of ones.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resunet.config import NetworkConfig
from resunet.errors import InputError
from resunet.inference.engines import load_weights
from resunet.inference.models import ModelFile
from resunet.network.backend import building
from resunet.network.plan_records import Plan


def plan_of(config: NetworkConfig) -> Plan:
    """What the network of some settings consists of: it is built, described and dropped."""
    with building():
        from resunet.network.plan import describe
        from resunet.network.resunet import build_resunet

        return describe(build_resunet(config, stochastic=True), config)


class Features:
    """A trained network whose blocks can be looked at.

    Building is serialised over the threads of a process; computing needs no lock.

    Args:
        model: What to load.

    Attributes:
        model_id: Which weights it computes with.
        plan: What it consists of.

    Raises:
        InputError: If the weights cannot be read, do not fit, or are not finite.
    """

    def __init__(self, model: ModelFile) -> None:
        config = model.config.network
        with building():
            import keras

            from resunet.network.plan import describe
            from resunet.network.resunet import build_resunet

            network = build_resunet(config)
            load_weights(network, model)
            self.plan = describe(network, config)
            outputs = {
                block.name: network.get_layer(block.output_layer).output
                for block in self.plan.blocks
                if block.kind != "input"
            }
            outputs["logits"] = network.get_layer("logits").output
            self._network = keras.Model(network.input, outputs, name="resunet_features")
        self.model_id = model.model_id()

    def maps(self, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The feature maps of every block.

        Args:
            image: float32 (n, n, 4), prepared.

        Returns:
            Block name → float32 (rows, columns, C), without the input. ``output`` is the
            probability, C = 1.
        """
        found = self._network(image[None], training=False)
        return {name: np.asarray(maps[0]) for name, maps in found.items() if name != "logits"}

    def influence(
        self, image: NDArray[np.float32], block: str, row: int, column: int
    ) -> NDArray[np.float32]:
        """How much each pixel of a slice moves one position of a block's output.

        The effective receptive field of Luo et al. (arXiv:1701.04128), for one slice: the
        gradient of the sum over the position's feature maps (of the output block: of its
        value before the sigmoid, which is flat where the network is sure).

        Args:
            image: float32 (n, n, 4), prepared.
            block: Name of a block of `plan`.
            row: Row of the block's output.
            column: Column of the block's output.

        Returns:
            float32 (n, n), the gradient's absolute value summed over the contrasts.

        Raises:
            InputError: If there is no such block, or the position lies outside of it.
        """
        import tensorflow as tf

        shapes = {each.name: each.shape_out for each in self.plan.blocks if each.kind != "input"}
        if block not in shapes:
            raise InputError(f"block is {block!r}, where one of {', '.join(shapes)} is accepted.")
        rows, columns, _ = shapes[block]
        if not (0 <= row < rows and 0 <= column < columns):
            raise InputError(
                f"({row}, {column}) lies outside the output of {block}, {rows}×{columns}."
            )
        pixels = tf.constant(image[None])
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            maps: Any = self._network(pixels, training=False)
            moved = tf.reduce_sum(maps["logits" if block == "output" else block][0, row, column])
        return np.abs(tape.gradient(moved, pixels).numpy()[0]).sum(axis=-1)


def square_holding(influence: NDArray[np.floating], row: int, column: int, *, share: float) -> int:
    """Side of the smallest square round a pixel that holds a share of the influence.

    Args:
        influence: (n, n), 0 or more.
        row: The pixel's row.
        column: Its column.
        share: Above 0, at most 1.

    Returns:
        An odd number of pixels; the square may reach beyond the picture. 0 where nothing has
        any influence.
    """
    total = float(influence.sum(dtype=np.float64))
    if total == 0:
        return 0
    rows, columns = np.indices(influence.shape)
    distance = np.maximum(np.abs(rows - row), np.abs(columns - column))
    inside = np.cumsum(np.bincount(distance.ravel(), weights=influence.ravel()))
    reached = int(np.searchsorted(inside, share * total * (1 - 1e-9)))
    return 2 * reached + 1
