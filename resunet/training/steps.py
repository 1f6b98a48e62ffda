"""Network, optimizer and the two compiled steps, on every device of a strategy."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

import keras
import tensorflow as tf

from resunet.config import Config, TrainingConfig
from resunet.data.cache import PackedSlices
from resunet.errors import InputError
from resunet.network.losses import focal_dice_loss
from resunet.network.resunet import build_resunet, with_logits
from resunet.training.device import dtype_policy
from resunet.training.distribute import distributed, replicas_here
from resunet.training.draws import Draws, all_kept, dropout_masks
from resunet.training.pipeline import training_batches, validation_batches


@dataclass(frozen=True)
class Totals:
    """Sums over slices, from which an epoch's loss and pooled Dice follow.

    Attributes:
        loss: Sum of the slices' losses.
        slices: How many.
        overlap: Pixels that are tumour and predicted so (probability above 0.5).
        true: Tumour pixels.
        predicted: Pixels predicted as tumour.
    """

    loss: float = 0.0
    slices: float = 0.0
    overlap: float = 0.0
    true: float = 0.0
    predicted: float = 0.0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def mean_loss(self) -> float:
        """Mean loss of a slice; NaN of none."""
        return self.loss / self.slices if self.slices else float("nan")

    @property
    def dice(self) -> float:
        """Hard Dice pooled over all pixels; NaN where both masks are empty."""
        pixels = self.true + self.predicted
        return 2.0 * self.overlap / pixels if pixels else float("nan")


class Trainer:
    """A network with its optimizer, and what one step does to them.

    Args:
        config: All settings.
        strategy: Devices.

    Attributes:
        network: The stochastic network (see `build_resunet`).
        optimizer: Its optimizer.
    """

    def __init__(self, config: Config, strategy: tf.distribute.Strategy) -> None:
        self.config = config
        self.strategy = strategy
        with strategy.scope():
            self.network = build_resunet(
                config.network,
                stochastic=True,
                seed=config.seed,
                dtype=dtype_policy(config.training),
                synchronized=strategy.num_replicas_in_sync > 1,
            )
            self.with_logits = with_logits(self.network)
            self.optimizer = make_optimizer(config.training, self.network)
        self._learn, self._judge = self._learn_from, self._judge_by
        if config.training.xla:
            _check_one_device(strategy)
            self._learn = tf.function(self._learn_from, jit_compile=True)
            self._judge = tf.function(self._judge_by, jit_compile=True)

    def batches(self, data: PackedSlices, first_step: int) -> Iterator[dict[str, Any]]:
        """Augmented batches from a step to the end of the planned training."""
        planned = self.config.training

        def feed(context: tf.distribute.InputContext) -> tf.data.Dataset:
            return training_batches(
                data,
                self.config,
                first_step=first_step,
                last_step=planned.epochs * planned.steps_per_epoch,
                replicas=context.num_replicas_in_sync,
                here=replicas_here(context),
            )

        return iter(distributed(self.strategy, feed))

    def train(self, batch: dict[str, Any], learning_rate: float) -> Totals:
        """One step: forward, backward, update.

        Args:
            batch: Of `batches`.
            learning_rate: For this step.
        """
        self.optimizer.learning_rate = learning_rate
        return Totals(*self._train_step(batch).numpy().tolist())

    def validate(self, data: PackedSlices, on_batch: Callable[[], None] = lambda: None) -> Totals:
        """Loss and Dice of all slices with the deterministic network; changes nothing.

        Args:
            data: The slices.
            on_batch: Called after each batch; what it raises ends the validation.
        """

        def feed(context: tf.distribute.InputContext) -> tf.data.Dataset:
            return validation_batches(
                data,
                self.config,
                replicas=context.num_replicas_in_sync,
                here=replicas_here(context),
            )

        totals = Totals()
        for batch in distributed(self.strategy, feed):
            totals += Totals(*self._validation_step(batch).numpy().tolist())
            on_batch()
        return totals

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Within the block the network has its averaged weights, if the training averages."""
        if not self.config.training.average or not int(self.optimizer.iterations):
            yield
            return
        variables = self.network.trainable_variables
        own = [variable.numpy() for variable in variables]
        self.optimizer.finalize_variable_values(variables)
        try:
            yield
        finally:
            for variable, values in zip(variables, own, strict=True):
                variable.assign(values)

    @tf.function(reduce_retracing=True)
    def _train_step(self, batch: dict[str, Any]) -> tf.Tensor:
        totals = self.strategy.run(self._train_replica, args=(batch,))
        return self.strategy.reduce("sum", totals, axis=None)

    @tf.function(reduce_retracing=True)
    def _validation_step(self, batch: dict[str, Any]) -> tf.Tensor:
        totals = self.strategy.run(self._validation_replica, args=(batch,))
        return self.strategy.reduce("sum", totals, axis=None)

    def _train_replica(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        config, images = self.config, batch["images"]  # (b, n, n, 4)
        total = config.training.batch_size
        # drawn here, since XLA makes other numbers of the same seed
        draws = Draws(config.seed, batch["step"], batch["offset"], images.shape[0], total)
        return self._learn(
            {"images": images, **dropout_masks(draws, config.network)}, batch["targets"]
        )

    def _learn_from(self, inputs: dict[str, tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
        config = self.config
        with tf.GradientTape() as tape:
            logits = self.with_logits(inputs, training=True)  # (b, n, n, 1)
            losses = focal_dice_loss(targets, logits, config.loss)  # (b,)
            # divided by the global batch, as the optimizer sums gradients over replicas
            mean = tf.reduce_sum(losses) / config.training.batch_size
            loss = self.optimizer.scale_loss(mean)
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return _sums(targets, logits, losses)

    def _validation_replica(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        kept = all_kept(tf.shape(batch["images"])[0], self.config.network)
        return self._judge({"images": batch["images"], **kept}, batch["targets"])

    def _judge_by(self, inputs: dict[str, tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
        logits = self.with_logits(inputs, training=False)
        return _sums(targets, logits, focal_dice_loss(targets, logits, self.config.loss))


def _check_one_device(strategy: tf.distribute.Strategy) -> None:
    count = strategy.num_replicas_in_sync
    if count > 1:
        raise InputError(f"training.xla is true on {count} devices, where it is accepted on one.")


def make_optimizer(config: TrainingConfig, network: keras.Model) -> keras.optimizers.Optimizer:
    """The optimizer, its variables already made.

    Weight decay spares biases and normalisation, whose shrinking serves nothing.
    """
    decay = config.weight_decay if config.optimizer == "adamw" else config.weight_decay or None
    kind = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}[config.optimizer]
    averaging = {"use_ema": True, "ema_momentum": config.average} if config.average else {}
    optimizer = kind(config.learning_rate, weight_decay=decay, **averaging)
    if config.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    if dtype_policy(config) == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(network.trainable_variables)
    return optimizer


def _sums(targets: tf.Tensor, logits: tf.Tensor, losses: tf.Tensor) -> tf.Tensor:
    """float32 (5,), in the order of `Totals`; counts are exact below 2²⁴ pixels a batch."""
    masks = tf.cast(targets > 0.5, tf.float32)
    predicted = tf.cast(logits > 0.0, tf.float32)  # probability above 0.5
    return tf.stack(
        [
            tf.reduce_sum(losses),
            tf.cast(tf.size(losses), tf.float32),
            tf.reduce_sum(masks * predicted),
            tf.reduce_sum(masks),
            tf.reduce_sum(predicted),
        ]
    )
