"""Focal and Dice loss, equations 1–4 of the paper: pure functions, and one Keras class.

Equation 3 as printed weights a tumour pixel by ŷ^γ, which makes the loss attend to what is
already right. Lin et al. (arXiv:1708.02002, the paper's own reference) weight by
(1 − p_t)^γ; that is the default here, and ``variant="printed"`` is the other.
"""

from dataclasses import asdict
from typing import Any

import keras
from keras import ops

from resunet.config import LossConfig

_PIXELS = (1, 2, 3)


def focal_loss(
    y_true: keras.KerasTensor,
    y_pred: keras.KerasTensor,
    *,
    alpha: float = 0.25,
    gamma: float = 1.0,
    variant: str = "lin",
    from_logits: bool = False,
) -> keras.KerasTensor:
    """Focal loss of each slice, the mean over its pixels (equation 3).

    With ``gamma=0, alpha=1`` it is the binary cross-entropy, in either variant.

    Args:
        y_true: float (N, H, W, 1), 0 or 1.
        y_pred: float (N, H, W, 1), probabilities, or logits with ``from_logits``.
        alpha: Factor of the whole (Table 3: 0.25); not a balance between the classes.
        gamma: Focusing exponent, 0 or more (Table 3: 1).
        variant: ``"lin"`` or ``"printed"``.
        from_logits: Whether ``y_pred`` is taken before the sigmoid.

    Returns:
        float32 (N,), 0 or more.
    """
    y_true = ops.cast(y_true, "float32")
    y_pred = ops.cast(y_pred, "float32")
    if from_logits:
        log_p, log_q = -ops.softplus(-y_pred), -ops.softplus(y_pred)
    else:
        y_pred = ops.clip(y_pred, 1e-7, 1.0 - 1e-7)
        log_p, log_q = ops.log(y_pred), ops.log(1.0 - y_pred)
    # powers by way of the logarithm, since the gradient of p**0 at p = 0 is not a number
    p_gamma, q_gamma = ops.exp(gamma * log_p), ops.exp(gamma * log_q)
    if variant == "printed":
        p_gamma, q_gamma = q_gamma, p_gamma
    pixel = -alpha * ((1.0 - y_true) * p_gamma * log_q + y_true * q_gamma * log_p)
    return ops.mean(pixel, axis=_PIXELS)


def share_focal_loss(
    y_true: keras.KerasTensor, logits: keras.KerasTensor, *, alpha: float = 0.25, gamma: float = 1.0
) -> keras.KerasTensor:
    """Focal loss of shares: α·|y − p|^γ times the binary cross-entropy, the mean over pixels.

    Of masks it is `focal_loss`; of shares its minimum is at p = y, where that one's is not.
    Source: the quality focal loss of Li et al., arXiv:2006.04388, equation 6.

    Args:
        y_true: float (N, H, W, 1), from 0 to 1.
        logits: float (N, H, W, 1), before the sigmoid.
        alpha: Factor of the whole.
        gamma: Focusing exponent, 0 or more.

    Returns:
        float32 (N,), 0 or more.
    """
    y_true, logits = ops.cast(y_true, "float32"), ops.cast(logits, "float32")
    entropy = ops.softplus(logits) - y_true * logits
    apart = ops.maximum(ops.abs(y_true - ops.sigmoid(logits)), 1e-7)  # a power of 0 has no slope
    return ops.mean(alpha * ops.exp(gamma * ops.log(apart)) * entropy, axis=_PIXELS)


def dice_loss(
    y_true: keras.KerasTensor,
    y_pred: keras.KerasTensor,
    *,
    smooth: float = 1.0,
    pool: str = "sample",
    squared: bool = False,
) -> keras.KerasTensor:
    """Soft Dice loss, 1 − D (equations 1 and 2).

    Args:
        y_true: float (N, H, W, 1), 0 or 1; with ``squared`` from 0 to 1.
        y_pred: float (N, H, W, 1), probabilities.
        smooth: Pixels added above and below the fraction, above 0. A large value flatters:
            with 100, a completely missed tumour of 50 pixels still scores 0.67.
        pool: ``"sample"`` for one Dice a slice; ``"batch"`` for one over all pixels.
        squared: Whether the sums below the fraction are of squares (Milletari et al.,
            arXiv:1606.04797). Then a prediction that equals the shares has a loss of 0.

    Returns:
        float32 (N,) or, pooled, a scalar; 0 for an empty prediction of an empty mask.
    """
    y_true = ops.cast(y_true, "float32")
    y_pred = ops.cast(y_pred, "float32")
    axes = _PIXELS if pool == "sample" else (0, *_PIXELS)
    overlap = ops.sum(y_true * y_pred, axis=axes)
    if squared:
        y_true, y_pred = ops.square(y_true), ops.square(y_pred)
    total = ops.sum(y_true, axis=axes) + ops.sum(y_pred, axis=axes)
    return 1.0 - (2.0 * overlap + smooth) / (total + smooth)


def focal_dice_loss(
    y_true: keras.KerasTensor, logits: keras.KerasTensor, config: LossConfig
) -> keras.KerasTensor:
    """The training loss, w_F · focal + w_D · Dice (equation 4).

    Args:
        y_true: float (N, H, W, 1), 0 or 1; from 0 to 1 where ``config.target`` is "share".
        logits: float (N, H, W, 1), the network's output before the sigmoid.
        config: Weights and variants.

    Returns:
        float32 (N,); their mean is the loss. A Dice pooled over the batch is in each.
    """
    shares = config.target == "share"
    if shares:
        focal = share_focal_loss(y_true, logits, alpha=config.alpha, gamma=config.gamma)
    else:
        focal = focal_loss(
            y_true,
            logits,
            alpha=config.alpha,
            gamma=config.gamma,
            variant=config.focal_variant,
            from_logits=True,
        )
    dice = dice_loss(
        y_true,
        ops.sigmoid(ops.cast(logits, "float32")),
        smooth=config.dice_smooth,
        pool=config.dice_pool,
        squared=shares,
    )
    return config.focal_weight * focal + config.dice_weight * dice


class FocalDiceLoss(keras.losses.Loss):
    """`focal_dice_loss` for ``model.compile``, on a model that gives logits.

    Args:
        config: Weights and variants; the paper's by default.
        name: Name of the loss.
    """

    def __init__(self, config: LossConfig | None = None, name: str = "focal_dice") -> None:
        super().__init__(name=name)
        self.config = config or LossConfig()

    def get_config(self) -> dict[str, Any]:
        """Settings as JSON values, so that a saved Keras model keeps them."""
        return {"config": asdict(self.config), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "FocalDiceLoss":
        """The inverse of `get_config`."""
        return cls(LossConfig(**config["config"]), config["name"])

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Returns float32 (N,); see `focal_dice_loss`."""
        return focal_dice_loss(y_true, y_pred, self.config)
