"""What computes the network: today TensorFlow, on a GPU or the CPU.

An engine takes prepared slices and dropout masks and gives probabilities. Same masks, same
answer: nothing about an engine depends on what it computed before.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from resunet.config import Config, NetworkConfig
from resunet.errors import InputError
from resunet.inference.fitness import IntensityRanges
from resunet.inference.models import ModelFile
from resunet.inference.weights import SUFFIX, Arrays, read_weights
from resunet.network.backend import building
from resunet.network.mask_layout import mask_channels, mask_names

_BATCH = 64  # slice × pass pairs in one call: enough to fill 2 cores, 200 MB of activations


class Engine(Protocol):
    """One network, ready to compute.

    Attributes:
        name: What the engine is called, with its device.
        model_id: Which weights it computes with.
        model_sha256: Hexadecimal digest of the weights file.
        config: The model's settings.
        threshold: The model's threshold.
        intensities: What the patients looked like that it was trained on; None where its card
            does not say.
        temperature: By which it scales every pass (`resunet.inference.calibrated.Calibration`).
        doubt_level: From where on not to rely on it, likewise.
    """

    name: str
    model_id: str
    model_sha256: str
    config: Config
    threshold: float
    intensities: IntensityRanges | None
    temperature: float
    doubt_level: float | None

    def passes(
        self, images: NDArray[np.float32], masks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Computes every pass over every slice.

        Args:
            images: float32 (K, n, n, 4), prepared.
            masks: float32 (T, C), of `dropout_masks`.

        Returns:
            float32 (T, K, n, n), probabilities at the model's temperature.
        """
        ...


class TensorFlowEngine:
    """The network in one compiled TensorFlow function.

    Importing, building and tracing are serialised over the threads of a process; computing needs
    no lock.

    Args:
        model: What to load.

    Raises:
        InputError: If the weights cannot be read, are not those of the card, do not fit, or are
            not finite.
    """

    def __init__(self, model: ModelFile) -> None:
        self.config = model.config
        self.threshold = model.threshold
        self.intensities = model.intensities
        self.temperature = model.calibration.temperature
        self.doubt_level = model.calibration.doubt_level
        with building():
            import tensorflow as tf

            from resunet.network.resunet import build_resunet

            network = build_resunet(model.config.network, stochastic=True)
            self.model_sha256 = load_weights(network, model)
            self._compute = _compiled(network, model.config.network, self.temperature)
        self._tensor = tf.convert_to_tensor
        self.model_id = model.model_id(self.model_sha256)
        gpus = tf.config.list_physical_devices("GPU")
        self.name = f"TensorFlow {tf.__version__}, {'GPU' if gpus else 'CPU'}"

    def passes(
        self, images: NDArray[np.float32], masks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """See `Engine.passes`; batches are cut to what memory takes."""
        count, size = images.shape[0], images.shape[1]
        out = np.empty((masks.shape[0], count, size, size), np.float32)
        passes = min(masks.shape[0], _BATCH)
        slices = max(_BATCH // passes, 1)
        for first in range(0, count, slices):
            some = self._tensor(images[first : first + slices])
            for t in range(0, masks.shape[0], passes):
                result = self._compute(some, self._tensor(masks[t : t + passes]))
                out[t : t + passes, first : first + slices] = result.numpy()
        return out


def load_engine(model: ModelFile) -> Engine:
    """The best engine there is for a model."""
    return TensorFlowEngine(model)


def weights_of(model: ModelFile) -> Arrays:
    """A model's variables, path → float32 values, checked as an engine checks them.

    Raises:
        InputError: As for `TensorFlowEngine`.
    """
    with building():
        from resunet.network.resunet import build_resunet

        network = build_resunet(model.config.network)
        load_weights(network, model)
        return {variable.path: variable.numpy() for variable in network.weights}


def _compiled(network: Any, config: NetworkConfig, temperature: float) -> Callable[..., Any]:
    """One function for any number of slices and passes, traced already.

    It takes images (K, n, n, 4) and masks (T, C), and gives probabilities (T, K, n, n).
    """
    import tensorflow as tf

    from resunet.network.resunet import with_logits

    names, channels = mask_names(config), mask_channels(config)
    size, contrasts = config.input_size, config.contrasts
    # at temperature 1 the network's own sigmoid stays, bit for bit
    computing = network if temperature == 1.0 else with_logits(network)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, size, size, contrasts), tf.float32),
            tf.TensorSpec((None, sum(channels)), tf.float32),
        ]
    )
    def compute(images: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
        slices, passes = tf.shape(images)[0], tf.shape(masks)[0]
        # every pass over every slice in one batch, ordered (pass, slice)
        inputs = {"images": tf.tile(images, (passes, 1, 1, 1))}
        repeated = tf.repeat(masks, slices, axis=0)[:, None, None, :]
        inputs |= dict(zip(names, tf.split(repeated, channels, axis=-1), strict=True))
        probability = computing(inputs, training=False)
        if temperature != 1.0:
            probability = tf.sigmoid(probability / temperature)
        return tf.reshape(probability, (passes, slices, size, size))

    compute.get_concrete_function()
    return compute


def load_weights(network: Any, model: ModelFile) -> str:
    """Fills a network, built from the model's settings, with the model's weights.

    Returns:
        The hexadecimal SHA-256 of the weights file.

    Raises:
        InputError: If they are not those the card describes, do not fit, or are not finite.
    """
    digest = model.check_digest()
    if model.weights.name.endswith(SUFFIX):
        shapes = {variable.path: tuple(variable.shape) for variable in network.weights}
        arrays = read_weights(model.weights, shapes)
        for variable in network.weights:
            variable.assign(arrays[variable.path])
    else:
        _load_keras_weights(network, model.weights)
    return digest


def _load_keras_weights(network: Any, path: Path) -> None:
    try:
        # where it fails, Keras also warns of each layer's place in the file
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        lines = str(error).strip().splitlines()
        reason = lines[0].rstrip(":. ") + "." if lines else f"{type(error).__name__}."
        raise InputError(
            f"{path} cannot be loaded into the network of its settings: {reason}"
        ) from error
    for variable in network.weights:
        if not np.isfinite(np.asarray(variable)).all():
            raise InputError(f"{path}: {variable.path} is not finite.")
