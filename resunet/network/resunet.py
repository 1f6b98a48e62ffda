"""ResU-Net: a U-Net of residual blocks whose dropout masks are inputs.

The network is one pure function, ``network(images, mask_00 … mask_21) → probability``. It
has no dropout layer and no hidden random state: spatial dropout multiplies each feature
map by a mask value that the caller draws (0 or 1/(1 − p)), and masks of ones make it
deterministic. So the same masks give the same answer in any thread, batch or engine.

Sources: Tables 1 and 2 and figure 1 of the paper. Where Table 1 prints 2×2×128 for level
5, Table 2's 2×2×256 is built: only that gives the printed 6,854,609 parameters.
"""

import zlib
from collections.abc import Iterator

import keras

from resunet.config import NetworkConfig
from resunet.network.mask_layout import mask_channels, mask_names


def build_resunet(
    config: NetworkConfig,
    stochastic: bool = False,
    *,
    seed: int = 0,
    dtype: str = "float32",
    synchronized: bool = False,
) -> keras.Model:
    """Builds the network.

    Args:
        config: The architecture.
        stochastic: Whether the dropout masks are inputs. If not, the model is the plain
            ``images → probability``, with the same layers and weights in the same order.
        seed: Initial weights are a pure function of this and each layer's name.
        dtype: Keras dtype policy of the layers, such as ``"mixed_bfloat16"``. The output
            is float32 in any case.
        synchronized: Whether batch normalisation takes its statistics over all replicas of
            a strategy, so that several devices train as one would.

    Returns:
        A functional Keras model. Input ``images`` float32 (N, n, n, 4); with
        ``stochastic`` also ``mask_XX`` float32 (N, 1, 1, C), bound by name. Output
        float32 (N, n, n, 1) in [0, 1]. The layer ``logits`` holds the values before the
        sigmoid.
    """
    layers = _Layers(config, seed, dtype, synchronized)
    n, levels = config.input_size, len(config.filters)
    images = keras.Input((n, n, config.contrasts), name="images", dtype="float32")
    masks = {
        name: keras.Input((1, 1, channels), name=name, dtype="float32")
        for name, channels in zip(mask_names(config), mask_channels(config), strict=True)
    }
    layers.masks = iter(masks.items()) if stochastic else None

    # Encoder: level i halves the picture, (n, n, 4) → (n/2, n/2, 16) → … → (n/32, n/32, 256)
    x, pooled, fine = images, [], images
    for level, (filters, depth) in enumerate(zip(config.filters, config.depths, strict=True), 1):
        for block in range(1, depth + 1):
            x = layers.residual_block(
                x, filters, f"encoder_{level}_block_{block}", project=block == 1
            )
            x = layers.dropout(x)
        fine = x if level == 1 else fine  # (n, n, 16)
        x = layers.make(keras.layers.MaxPooling2D, f"encoder_{level}_pool", pool_size=2)(x)
        pooled.append(x)

    # Decoder: (n/32, n/32, 256) → (n/16, n/16, 128) → … → (n/2, n/2, 16)
    for level in range(levels - 1, 0, -1):
        filters, name = config.filters[level - 1], f"decoder_{level}"
        x = layers.up_convolution(x, filters, f"{name}_up")
        x = layers.make(keras.layers.Concatenate, f"{name}_skip")([x, pooled[level - 1]])
        x = layers.make(keras.layers.LayerNormalization, f"{name}_norm")(x)
        x = layers.dropout(x)
        x = layers.residual_block(x, filters, f"{name}_block", project=True)
        x = layers.dropout(x)

    # Output: (n/2, n/2, 16) → (n, n, 16) → (n, n, 1)
    filters = config.filters[0]
    x = layers.make(keras.layers.UpSampling2D, "output_up", size=2, interpolation="bilinear")(x)
    x = layers.convolution(x, filters, 1, "output_mix", bias=True, activation="relu")
    if config.fine_skip:  # → (n, n, 32)
        x = layers.make(keras.layers.Concatenate, "output_skip")([x, fine])
    x = layers.make(keras.layers.LayerNormalization, "output_norm")(x)
    x = layers.residual_block(x, filters, "output_block_1", project=True)
    x = layers.residual_block(x, filters, "output_block_2", project=False)
    logits = layers.convolution(x, 1, 1, "logits", bias=True, dtype="float32")
    probability = keras.layers.Activation("sigmoid", name="probability", dtype="float32")(logits)

    inputs = {"images": images, **masks} if stochastic else images
    return keras.Model(inputs, probability, name="resunet")


def with_logits(network: keras.Model) -> keras.Model:
    """The same network, layers shared, giving the values before the sigmoid.

    Training computes its loss from these: log σ(z) stays finite where log(σ(z)) does not.
    """
    return keras.Model(network.input, network.get_layer("logits").output, name="resunet_logits")


class _Layers:
    """Makes layers with explicit names, dtypes and seeds, whatever Keras's globals say."""

    def __init__(self, config: NetworkConfig, seed: int, dtype: str, synchronized: bool) -> None:
        self.config = config
        self.seed = seed
        self.synchronized = synchronized
        self.policy = keras.DTypePolicy(dtype)
        self.masks: Iterator[tuple[str, keras.KerasTensor]] | None = None

    def make(self, kind: type, name: str, **arguments: object) -> keras.layers.Layer:
        return kind(name=name, dtype=self.policy, **arguments)

    def initializer(self, name: str) -> keras.initializers.Initializer:
        """Keras's default (Glorot uniform), from the seed and the layer's name alone."""
        return keras.initializers.GlorotUniform(
            seed=zlib.crc32(f"{self.seed}/{name}".encode()) % 2**31
        )

    def convolution(
        self,
        x: keras.KerasTensor,
        filters: int,
        size: int,
        name: str,
        *,
        bias: bool = False,
        activation: str | None = None,
        dtype: str | None = None,
    ) -> keras.KerasTensor:
        return keras.layers.Conv2D(
            filters,
            size,
            padding="same",
            use_bias=bias,
            activation=activation,
            kernel_initializer=self.initializer(name),
            name=name,
            dtype=dtype or self.policy,
        )(x)

    def up_convolution(self, x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
        return keras.layers.Conv2DTranspose(
            filters,
            3,
            strides=2,
            padding="same",
            activation="relu",
            kernel_initializer=self.initializer(name),
            name=name,
            dtype=self.policy,
        )(x)

    def batch_norm(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return self.make(
            keras.layers.BatchNormalization,
            name,
            momentum=self.config.norm_momentum,
            synchronized=self.synchronized,
        )(x)

    def residual_block(
        self, x: keras.KerasTensor, filters: int, name: str, *, project: bool
    ) -> keras.KerasTensor:
        """Figure 1: conv-BN-ReLU-conv-BN added to the input, or to a 1×1 conv-BN of it.

        Of a plain U-Net nothing is added.
        """
        shortcut = x
        if project and self.config.residual:
            shortcut = self.convolution(x, filters, 1, f"{name}_shortcut_conv")
            shortcut = self.batch_norm(shortcut, f"{name}_shortcut_bn")
        x = self.convolution(x, filters, 3, f"{name}_conv_1")
        x = self.batch_norm(x, f"{name}_bn_1")
        x = self.make(keras.layers.ReLU, f"{name}_relu_1")(x)
        x = self.convolution(x, filters, 3, f"{name}_conv_2")
        x = self.batch_norm(x, f"{name}_bn_2")
        if self.config.residual:
            x = self.make(keras.layers.Add, f"{name}_add")([x, shortcut])
        return self.make(keras.layers.ReLU, f"{name}_relu_2")(x)

    def dropout(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Spatial dropout: multiplies each feature map by the next mask's value."""
        if self.masks is None:
            return x
        name, mask = next(self.masks)
        return self.make(keras.layers.Multiply, name.replace("mask", "dropout"))([x, mask])
