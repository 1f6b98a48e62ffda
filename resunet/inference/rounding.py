"""What a network's probabilities lose when its weights are rounded to 16 bits."""

from typing import Any

import numpy as np

from resunet.inference.engines import Engine, load_engine
from resunet.inference.masks import dropout_masks
from resunet.inference.models import ModelFile
from resunet.inference.weights import card_beside
from resunet.storage import read_json

_TRIED = 16  # random slices on which packed and unpacked weights are compared


def rounding_change(model: ModelFile, packed: Engine) -> float:
    """The largest change of a probability on fixed random slices.

    Args:
        model: What was packed. If it had been packed before, that change counts too.
        packed: The network with the weights as they were packed.

    Raises:
        InputError: If the model or its card cannot be read.
    """
    return _earlier_change(model) + largest_difference(load_engine(model), packed)


def largest_difference(before: Engine, after: Engine) -> float:
    """Largest difference of the probabilities on fixed random slices, smooth and rough."""
    network = before.config.network
    side, coarse = network.input_size, max(network.input_size // 8, 1)
    rng = np.random.default_rng(0)
    images = rng.standard_normal((_TRIED, side, side, network.contrasts)).astype(np.float32)
    blocks = rng.standard_normal((_TRIED, coarse, coarse, network.contrasts))
    repeats = side // coarse
    images += blocks.repeat(repeats, axis=1).repeat(repeats, axis=2).astype(np.float32)
    masks = dropout_masks(network, samples=0, seed=0)
    return float(np.abs(before.passes(images, masks) - after.passes(images, masks)).max())


def _earlier_change(model: ModelFile) -> float:
    card = card_beside(model.weights)
    values: Any = read_json(card).get("weights") if card.is_file() else None
    change = values.get("largest_probability_change") if isinstance(values, dict) else None
    return float(change) if isinstance(change, int | float) else 0.0
