"""Random changes to training slices (section 3.3.1 of the paper, and some more).

Everything is drawn for a whole batch at once and depends only on the `Draws` given. Flips,
rotation, scaling and shifts move picture and mask together; the rest touches the picture
alone, and never the mask.
"""

import math

import tensorflow as tf

from resunet.config import AugmentConfig
from resunet.training.draws import Draws


def augment(
    images: tf.Tensor,
    masks: tf.Tensor,
    config: AugmentConfig,
    draws: Draws,
    *,
    intensity_range: tuple[float, float],
    shares: bool = False,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Augments a batch.

    Args:
        images: float32 (b, n, n, C), prepared.
        masks: float32 (b, n, n, 1), 0 or 1; or shares of pixels, from 0 to 1.
        config: What may happen, and how often.
        draws: The batch's random numbers; shared among its samples where
            ``config.per_sample`` is false.
        intensity_range: (background, ceiling) of the preparation.
        shares: Whether masks hold shares, which are then not cut at one half.

    Returns:
        Images and masks of the same shapes and dtypes.
    """
    background, ceiling = intensity_range
    # with the background at 0, whatever comes in from outside the picture is background
    images = images - background
    images, masks = _flip(images, masks, config, draws)
    images, masks = _move(images, masks, config, draws, shares)
    images = _intensities(images, config, draws, background, ceiling - background)
    images = _blank_patches(images, config, draws)
    images = _add_noise(images, config, draws)
    images = _drop_contrast(images, config, draws)
    return images + background, masks


def _flip(
    images: tf.Tensor, masks: tf.Tensor, config: AugmentConfig, draws: Draws
) -> tuple[tf.Tensor, tf.Tensor]:
    for purpose, probability, axis in (
        ("flip_up_down", config.flip_up_down, 1),
        ("flip_left_right", config.flip_left_right, 2),
    ):
        if probability > 0:
            chosen = (draws.uniform(purpose) < probability)[:, None, None, None]
            images = tf.where(chosen, tf.reverse(images, [axis]), images)
            masks = tf.where(chosen, tf.reverse(masks, [axis]), masks)
    return images, masks


def _move(
    images: tf.Tensor, masks: tf.Tensor, config: AugmentConfig, draws: Draws, shares: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Rotates, scales and shifts about the centre, bilinear; a mask is cut at one half."""
    if config.rotation_deg == config.scale == config.shift == 0:
        return images, masks
    size = images.shape[1]
    symmetric = 2.0 * draws.uniform("move", (4,)) - 1.0
    angle = math.radians(config.rotation_deg) * symmetric[:, 0]
    zoom = 1.0 / (1.0 + config.scale * symmetric[:, 1])
    shift = config.shift * size * symmetric[:, 2:]
    centre = (size - 1) / 2
    # output pixel (x, y) → input pixel (a·x − b·y + c, b·x + a·y + d)
    a, b = zoom * tf.cos(angle), zoom * tf.sin(angle)
    c = centre - a * centre + b * centre - shift[:, 0]
    d = centre - b * centre - a * centre - shift[:, 1]
    zero = tf.zeros_like(a)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.concat([images, masks], axis=-1),
        transforms=tf.stack([a, -b, c, b, a, d, zero, zero], axis=1),
        output_shape=[size, size],
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )
    images, masks = moved[..., :-1], moved[..., -1:]
    return images, masks if shares else tf.cast(masks > 0.5, masks.dtype)


def _intensities(
    images: tf.Tensor, config: AugmentConfig, draws: Draws, background: float, span: float
) -> tf.Tensor:
    """Gamma, gain and offset of each contrast inside the brain; kept within the range."""
    if config.gamma == 1.0 and config.gain == config.offset == 0:
        return images
    brain = tf.reduce_any(images > 1e-3, axis=-1, keepdims=True)
    symmetric = 2.0 * draws.uniform("intensities", (3, images.shape[-1])) - 1.0
    gamma = config.gamma ** symmetric[:, 0]
    gain = 1.0 + config.gain * symmetric[:, 1]
    offset = config.offset * symmetric[:, 2]
    gamma, gain, offset = (x[:, None, None, :] for x in (gamma, gain, offset))
    changed = span * tf.clip_by_value(images / span, 1e-6, 1.0) ** gamma
    # gain and offset act on the prepared values, whose zero may be the brain's mean
    changed = (changed + background) * gain + offset - background
    return tf.where(brain, tf.clip_by_value(changed, 0.0, span), images)


def _blank_patches(images: tf.Tensor, config: AugmentConfig, draws: Draws) -> tf.Tensor:
    """Sets 1 … ``patches_max`` rectangles to the background."""
    longest = int(config.patch_side_max * images.shape[1])
    if config.patches == 0 or longest == 0:
        return images
    size = images.shape[1]
    chosen = draws.uniform("patches") < config.patches
    wanted = 1 + tf.cast(config.patches_max * draws.uniform("patches_count"), tf.int32)
    numbers = draws.uniform("patches_place", (config.patches_max, 4))
    sides = 1.0 + tf.floor(longest * numbers[..., :2])
    starts = tf.floor((size - sides + 1.0) * numbers[..., 2:])
    pixel = tf.range(size, dtype=tf.float32)
    # (b, patches, 2, n): which rows and which columns each patch covers
    covered = (pixel >= starts[..., None]) & (pixel < (starts + sides)[..., None])
    used = tf.range(config.patches_max) < tf.where(chosen, wanted, 0)[:, None]
    rows, columns = covered[:, :, 0] & used[:, :, None], covered[:, :, 1]
    blank = tf.reduce_any(rows[:, :, :, None] & columns[:, :, None, :], axis=1)
    return tf.where(blank[..., None], 0.0, images)


def _add_noise(images: tf.Tensor, config: AugmentConfig, draws: Draws) -> tf.Tensor:
    if config.noise == 0:
        return images
    chosen = (draws.uniform("noise") < config.noise)[:, None, None, None]
    noise = config.noise_mean + config.noise_sigma * draws.normal(
        "noise_values", tuple(images.shape[1:])
    )
    return tf.where(chosen, images + noise, images)


def _drop_contrast(images: tf.Tensor, config: AugmentConfig, draws: Draws) -> tf.Tensor:
    """Sets one contrast to the background, as it is where a study lacks it; last of all changes."""
    if config.contrast_dropout == 0:
        return images
    contrasts = images.shape[-1]
    chosen = draws.uniform("contrast") < config.contrast_dropout
    which = tf.cast(contrasts * draws.uniform("contrast_which"), tf.int32)
    dropped = chosen[:, None] & (tf.range(contrasts) == which[:, None])
    return tf.where(dropped[:, None, None, :], 0.0, images)
