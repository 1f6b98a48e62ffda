"""Describes a built network block by block: shapes, parameters, receptive fields.

All of it is read off the Keras model itself, so that what is told is what is computed.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

import keras

from resunet.config import NetworkConfig
from resunet.network.mask_layout import mask_names, mask_rates
from resunet.network.plan_fields import Feeders, receptive_fields
from resunet.network.plan_records import Block, Dropout, Kind, Plan, Shape

# layer names → the name of their block; any other layer is a block by itself
_BLOCKS = (
    (re.compile(r"((?:encoder_\d+_|output_)block_\d+|decoder_\d+_block)_.*"), r"\1"),
    (re.compile(r"(decoder_\d+)_(?:skip|norm)"), r"\1_skip"),
    (re.compile(r"output_(?:up|mix|skip|norm)"), "output_up"),
    (re.compile(r"logits|probability"), "output"),
)
_KINDS: dict[str, Kind] = {
    "images": "input",
    "output": "output",
    "output_up": "upsample",
    "pool": "pool",
    "skip": "skip",
    "up": "up_convolution",
}
_WORDS = {
    keras.layers.InputLayer: "input",
    keras.layers.BatchNormalization: "batch norm",
    keras.layers.LayerNormalization: "layer norm",
    keras.layers.Add: "add the shortcut",
    keras.layers.Concatenate: "concatenate",
    keras.layers.Multiply: "spatial dropout",
    keras.layers.ReLU: "ReLU",
}


def describe(network: keras.Model, config: NetworkConfig) -> Plan:
    """Describes a network of `resunet.network.resunet.build_resunet`.

    Args:
        network: The network, plain or stochastic; only the latter has dropout to tell of.
        config: What it was built from.

    Returns:
        Its blocks; the paper's network has 36.

    Raises:
        TypeError: If the receptive field of one of its layers is not known.
    """
    feeders = _feeders(network)
    owner: dict[str, str] = {}  # layer name → block name
    members: dict[str, list[keras.layers.Layer]] = {}
    for layer in network.layers:
        if layer.name in feeders:
            owner[layer.name] = _block_name(layer, feeders[layer.name], owner)
            members.setdefault(owner[layer.name], []).append(layer)
    shapes = {name: _shape(layers[-1]) for name, layers in members.items()}
    fields = receptive_fields(network, feeders, config.input_size)
    rates = dict(zip(mask_names(config), mask_rates(config), strict=True))
    blocks = []
    for name, layers in members.items():
        fed_by = [owner[feeder.name] for layer in layers for feeder in feeders[layer.name]]
        sources = tuple(dict.fromkeys(source for source in fed_by if source != name))
        first, last = fields[layers[-1].name]
        blocks.append(
            Block(
                name=name,
                kind=_kind(name, layers),
                level=_level(name),
                sources=sources,
                shapes_in=tuple(shapes[source] for source in sources),
                shape_out=shapes[name],
                layers=tuple(_words(each) for each in layers if "_shortcut_" not in each.name),
                shortcut=tuple(_words(each) for each in layers if "_shortcut_" in each.name),
                trainable=_count(v for each in layers for v in each.trainable_weights),
                fixed=_count(v for each in layers for v in each.non_trainable_weights),
                dropout=_dropout(layers[-1], rates),
                output_layer=layers[-1].name,
                field_first=tuple(first.tolist()),
                field_last=tuple(last.tolist()),
            )
        )
    return Plan(config.input_size, tuple(blocks))


def _feeders(network: keras.Model) -> Feeders:
    """For each layer the layers it takes its input from, without the dropout masks."""
    made_by = {id(layer.output): layer for layer in network.layers}
    feeders: Feeders = {}
    for layer in network.layers:
        if layer.name == "images":
            feeders["images"] = []
        elif not isinstance(layer, keras.layers.InputLayer):
            tensors = layer.input if isinstance(layer.input, list) else [layer.input]
            found = (made_by[id(tensor)] for tensor in tensors)
            feeders[layer.name] = [each for each in found if "mask_" not in each.name]
    return feeders


def _block_name(
    layer: keras.layers.Layer, fed_by: list[keras.layers.Layer], owner: dict[str, str]
) -> str:
    if isinstance(layer, keras.layers.Multiply):  # a dropout belongs to what it drops from
        return owner[fed_by[0].name]
    for pattern, block in _BLOCKS:
        if pattern.fullmatch(layer.name):
            return pattern.sub(block, layer.name)
    return layer.name


def _kind(name: str, layers: list[keras.layers.Layer]) -> Kind:
    if name in _KINDS:
        return _KINDS[name]
    if "block" in name:
        if not any(isinstance(layer, keras.layers.Add) for layer in layers):
            return "conv"
        projects = any("_shortcut_" in layer.name for layer in layers)
        return "residual_conv" if projects else "residual_linear"
    return _KINDS[name.rsplit("_", 1)[1]]


def _level(name: str) -> str:
    if "coder" in name:
        return "_".join(name.split("_")[:2])
    return "input" if name == "images" else "output"


def _dropout(layer: keras.layers.Layer, rates: dict[str, float]) -> Dropout | None:
    if not isinstance(layer, keras.layers.Multiply):
        return None
    mask = layer.name.replace("dropout", "mask")
    return Dropout(mask, rates[mask])


def _words(layer: keras.layers.Layer) -> str:
    """A layer as the paper's readers would call it."""
    if isinstance(layer, keras.layers.UpSampling2D):
        return f"{layer.interpolation} ×{layer.size[0]}"
    if isinstance(layer, keras.layers.MaxPooling2D):
        return f"{_square(layer.pool_size)} max pooling"
    if isinstance(layer, keras.layers.Activation):
        return str(layer.activation.__name__)
    if isinstance(layer, keras.layers.Conv2D | keras.layers.Conv2DTranspose):
        transposed = isinstance(layer, keras.layers.Conv2DTranspose)
        what = f"transposed conv, stride {layer.strides[0]}" if transposed else "conv"
        relu = ", ReLU" if layer.activation.__name__ == "relu" else ""
        return f"{_square(layer.kernel_size)} {what}{relu}"
    return _WORDS[type(layer)]


def _square(size: tuple[int, int]) -> str:
    return "×".join(map(str, size))


def _shape(layer: keras.layers.Layer) -> Shape:
    rows, columns, channels = layer.output.shape[1:]
    return rows, columns, channels


def _count(variables: Iterable[Any]) -> int:
    return sum(math.prod(variable.shape) for variable in variables)
