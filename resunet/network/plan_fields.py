"""Theoretical receptive fields, by walking a network's graph layer by layer.

All layers treat rows and columns alike, so one axis is enough. Fields are kept as if pictures
had no edge: then each is a plain interval, and what a real picture holds of it is the part
within the picture.
"""

import keras
import numpy as np
from numpy.typing import NDArray

Feeders = dict[str, list[keras.layers.Layer]]
"""Layer name → the layers it takes its input from, in the order of computing."""

Field = tuple[NDArray[np.int64], NDArray[np.int64]]
"""For each position along an axis of a layer's output the first and last picture row."""

_SAME_PLACE = (
    keras.layers.InputLayer,
    keras.layers.BatchNormalization,
    keras.layers.ReLU,
    keras.layers.Activation,
    keras.layers.Add,
    keras.layers.Multiply,
    keras.layers.Concatenate,
)


def receptive_fields(network: keras.Model, feeders: Feeders, input_size: int) -> dict[str, Field]:
    """The rows of the picture that can change each row of each layer's output.

    Where several ways lead from the picture to a layer, as round a residual block or over a
    skip, the field holds those of all ways.

    Args:
        network: The network.
        feeders: Which of its layers feed which; ``images`` is fed by none.
        input_size: Side of the picture in pixels.

    Returns:
        For each layer the fields of its output.

    Raises:
        TypeError: If one of the layers is of a kind that is not known here.
    """
    fields: dict[str, Field] = {}
    for name, fed_by in feeders.items():
        layer = network.get_layer(name)
        positions = np.arange(layer.output.shape[1])
        if not fed_by:
            fields[name] = positions, positions
            continue
        first, last = _reach(layer, positions)
        ways = [fields[feeder.name] for feeder in fed_by]
        fields[name] = (
            np.min([_beyond(way[0], first, input_size) for way in ways], axis=0),
            np.max([_beyond(way[1], last, input_size) for way in ways], axis=0),
        )
    return fields


def _beyond(
    rows: NDArray[np.int64], positions: NDArray[np.int64], input_size: int
) -> NDArray[np.int64]:
    """Rows at positions that may lie outside: the grid goes on as if pictures were tiled."""
    tiles, inside = np.divmod(positions, len(rows))
    return rows[inside] + input_size * tiles


def _reach(layer: keras.layers.Layer, positions: NDArray[np.int64]) -> Field:
    """The first and last position of its input that each position of a layer takes."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        # position o takes input i where stride·i − before ≤ o < stride·i − before + kernel
        kernel, stride = layer.kernel_size[0], layer.strides[0]
        before = max(kernel - stride, 0) // 2
        return -((kernel - 1 - before - positions) // stride), (positions + before) // stride
    if isinstance(layer, keras.layers.Conv2D) and layer.strides == (1, 1):
        before = (layer.kernel_size[0] - 1) // 2
        return positions - before, positions - before + layer.kernel_size[0] - 1
    if isinstance(layer, keras.layers.MaxPooling2D):
        return positions * layer.strides[0], positions * layer.strides[0] + layer.pool_size[0] - 1
    if isinstance(layer, keras.layers.UpSampling2D) and layer.interpolation == "bilinear":
        # the two nearest of the input's pixel centres
        first = (2 * positions + 1 - layer.size[0]) // (2 * layer.size[0])
        return first, first + 1
    if isinstance(layer, keras.layers.LayerNormalization) and layer.axis in (-1, [-1], (-1,)):
        return positions, positions  # over the feature maps, each pixel by itself
    if isinstance(layer, _SAME_PLACE):
        return positions, positions
    raise TypeError(f"{layer.name} is a {type(layer).__name__}, whose reach is not known.")
