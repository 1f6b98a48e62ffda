import keras
import numpy as np
import pytest
import tensorflow as tf

from resunet.config import LossConfig
from resunet.network.losses import (
    FocalDiceLoss,
    dice_loss,
    focal_dice_loss,
    focal_loss,
    share_focal_loss,
)

pytestmark = pytest.mark.keras


def picture(*values):
    """One slice (1, 1, W, 1) of these pixels."""
    return np.array(values, np.float32).reshape(1, 1, -1, 1)


def random_pair(count=3, side=6, seed=0, spread=2.0):
    rng = np.random.default_rng(seed)
    y_true = (rng.random((count, side, side, 1)) < 0.3).astype(np.float32)
    logits = (spread * rng.standard_normal(y_true.shape)).astype(np.float32)
    return y_true, logits


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-np.asarray(z, np.float64)))


def reference_focal(y, p, alpha, gamma, variant):
    """Pixel by pixel, with the factor of the class that is true."""
    y, p = np.asarray(y, np.float64), np.asarray(p, np.float64)
    p_true = np.where(y == 1, p, 1 - p)
    weight = (1 - p_true) ** gamma if variant == "lin" else p_true**gamma
    return (-alpha * weight * np.log(p_true)).reshape(len(y), -1).mean(axis=1)


def reference_dice(y, p, smooth, pool):
    y, p = np.asarray(y, np.float64), np.asarray(p, np.float64)
    if pool == "batch":
        y, p = y.reshape(1, -1), p.reshape(1, -1)
    else:
        y, p = y.reshape(len(y), -1), p.reshape(len(p), -1)
    return 1 - (2 * (y * p).sum(1) + smooth) / (y.sum(1) + p.sum(1) + smooth)


def reference(y, z, config):
    p = sigmoid(z)
    focal = reference_focal(y, p, config.alpha, config.gamma, config.focal_variant)
    dice = reference_dice(y, p, config.dice_smooth, config.dice_pool)
    return config.focal_weight * focal + config.dice_weight * dice


def test_equations_worked_by_hand():
    y_true, y_pred = picture(1, 0), picture(0.8, 0.4)
    # ln 0.8 = −0.2231436, ln 0.6 = −0.5108256
    lin = 0.25 * (0.2 * 0.2231436 + 0.4 * 0.5108256) / 2
    printed = 0.25 * (0.8 * 0.2231436 + 0.6 * 0.5108256) / 2
    assert float(focal_loss(y_true, y_pred)[0]) == pytest.approx(lin, rel=1e-5)
    as_printed = focal_loss(y_true, y_pred, variant="printed")
    assert float(as_printed[0]) == pytest.approx(printed, rel=1e-5)
    # D = (2·0.8 + 1) / (1 + 1.2 + 1)
    assert float(dice_loss(y_true, y_pred, smooth=1.0)[0]) == pytest.approx(1 - 2.6 / 3.2)
    logits = np.log(y_pred / (1 - y_pred))
    both = focal_dice_loss(y_true, logits, LossConfig())
    assert float(both[0]) == pytest.approx(0.8 * lin + 0.2 * (1 - 2.6 / 3.2), rel=1e-5)


def test_dice_almost_unsmoothed_is_the_papers_fraction():
    y_true, y_pred = picture(1, 1, 0, 0), picture(1, 0, 1, 0)
    loss = dice_loss(y_true, y_pred, smooth=1e-6)
    assert float(loss[0]) == pytest.approx(0.5, abs=1e-5)  # D = 2·1 / (2 + 2)


@pytest.mark.parametrize("variant", ["lin", "printed"])
@pytest.mark.parametrize("from_logits", [True, False])
def test_focal_without_focus_is_binary_cross_entropy(variant, from_logits):
    y_true, logits = random_pair()
    p = sigmoid(logits)
    entropy = -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p)).mean(axis=(1, 2, 3))
    given = logits if from_logits else p.astype(np.float32)
    loss = focal_loss(y_true, given, alpha=1.0, gamma=0.0, variant=variant, from_logits=from_logits)
    np.testing.assert_allclose(loss, entropy, rtol=1e-5)


@pytest.mark.parametrize("variant", ["lin", "printed"])
@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 1.0), (0.7, 2.0), (1.0, 0.5)])
def test_focal_agrees_with_an_independent_implementation(variant, alpha, gamma):
    y_true, logits = random_pair(seed=1)
    p = sigmoid(logits)
    expected = reference_focal(y_true, p, alpha, gamma, variant)
    options = {"alpha": alpha, "gamma": gamma, "variant": variant}
    from_logits = focal_loss(y_true, logits, from_logits=True, **options)
    from_probabilities = focal_loss(y_true, p.astype(np.float32), **options)
    assert from_logits.shape == (3,)
    np.testing.assert_allclose(from_logits, expected, rtol=1e-5)
    np.testing.assert_allclose(from_probabilities, expected, rtol=1e-4)


def test_lin_attends_to_what_is_wrong_and_printed_to_what_is_right():
    y_true, wrong, right = picture(1), picture(0.1), picture(0.9)

    def ratio(variant):
        """How the loss weights a pixel, wrong to right, against cross-entropy."""
        weights = [
            float(focal_loss(y_true, p, alpha=1.0, gamma=1.0, variant=variant)[0])
            / float(focal_loss(y_true, p, alpha=1.0, gamma=0.0, variant=variant)[0])
            for p in (wrong, right)
        ]
        return weights[0] / weights[1]

    assert ratio("lin") == pytest.approx(9.0, rel=1e-3)
    assert ratio("printed") == pytest.approx(1 / 9, rel=1e-3)


@pytest.mark.parametrize("smooth", [1.0, 100.0])
def test_dice_by_slice_and_pooled(smooth):
    y_true, logits = random_pair(seed=2)
    y_true[1] = 0.0
    p = sigmoid(logits).astype(np.float32)
    by_slice = dice_loss(y_true, p, smooth=smooth, pool="sample")
    pooled = dice_loss(y_true, p, smooth=smooth, pool="batch")
    np.testing.assert_allclose(by_slice, reference_dice(y_true, p, smooth, "sample"), rtol=1e-5)
    np.testing.assert_allclose(
        float(pooled), reference_dice(y_true, p, smooth, "batch")[0], rtol=1e-5
    )
    assert pooled.shape == ()
    assert abs(float(np.mean(by_slice)) - float(pooled)) > 1e-3


def test_a_large_smoothing_flatters_a_missed_tumour():
    missed = np.zeros((1, 20, 20, 1), np.float32)
    missed[0, :5, :10] = 1.0  # 50 pixels
    nothing = np.zeros_like(missed)
    assert 1 - float(dice_loss(missed, nothing, smooth=100.0)[0]) == pytest.approx(100 / 150)
    assert 1 - float(dice_loss(missed, nothing, smooth=1.0)[0]) == pytest.approx(1 / 51, rel=1e-4)


@pytest.mark.parametrize("pool", ["sample", "batch"])
@pytest.mark.parametrize("smooth", [1.0, 100.0])
def test_nothing_found_where_nothing_is_costs_nothing(pool, smooth):
    empty = np.zeros((2, 4, 4, 1), np.float32)
    np.testing.assert_array_equal(dice_loss(empty, empty, smooth=smooth, pool=pool), 0.0)


def test_perfect_and_sure_is_close_to_no_loss():
    y_true, _ = random_pair()
    loss = focal_dice_loss(y_true, (2 * y_true - 1) * 50, LossConfig(dice_pool="sample"))
    np.testing.assert_allclose(loss, 0.0, atol=1e-6)


@pytest.mark.parametrize("variant", ["lin", "printed"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_extreme_logits_keep_loss_and_gradient_finite(variant, gamma):
    y_true = picture(1, 0, 1, 0, 1)
    logits = tf.constant(picture(200, 200, -200, -200, 0))
    config = LossConfig(focal_variant=variant, gamma=gamma, dice_pool="sample")
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_sum(focal_dice_loss(y_true, logits, config))
    gradient = tape.gradient(loss, logits).numpy()
    assert np.isfinite(float(loss))
    assert np.isfinite(gradient).all()
    if variant == "lin":
        # each of the two wrong pixels of five costs 200, times α = 0.25 and w_F = 0.8
        focal = focal_loss(y_true, logits, gamma=gamma, variant=variant, from_logits=True)
        undecided = 0.5**gamma * np.log(2)
        assert float(focal[0]) == pytest.approx(0.25 * (400 + undecided) / 5, rel=1e-5)
        assert gradient[0, 0, 1, 0] > 0.03 > -0.03 > gradient[0, 0, 2, 0]


@pytest.mark.parametrize("dtype", [np.uint8, bool])
def test_truth_of_any_type_is_taken(dtype):
    y_true, logits = random_pair()
    config = LossConfig()
    np.testing.assert_array_equal(
        focal_dice_loss(tf.constant(y_true.astype(dtype)), logits, config),
        focal_dice_loss(y_true, logits, config),
    )


@pytest.mark.parametrize("variant", ["lin", "printed"])
@pytest.mark.parametrize("pool", ["sample", "batch"])
def test_values_and_gradients_agree_with_float64_differences(variant, pool):
    config = LossConfig(
        alpha=0.4, gamma=1.5, focal_variant=variant, dice_pool=pool, dice_smooth=2.0
    )
    y_true, values = random_pair(count=2, side=3, seed=5)
    logits = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = focal_dice_loss(y_true, logits, config)
        total = tf.reduce_sum(losses)
    np.testing.assert_allclose(losses, reference(y_true, values, config), rtol=1e-5)

    h, numeric = 1e-5, np.zeros(values.size)
    for index in range(values.size):
        moved = [values.astype(np.float64).ravel() for _ in range(2)]
        moved[0][index] += h
        moved[1][index] -= h
        up, down = (reference(y_true, m.reshape(values.shape), config).sum() for m in moved)
        numeric[index] = (up - down) / (2 * h)
    gradient = tape.gradient(total, logits).numpy().ravel()
    np.testing.assert_allclose(gradient, numeric, rtol=1e-3, atol=1e-6)


def test_the_keras_class_trains_a_compiled_model_one_step():
    config = LossConfig(dice_pool="sample", alpha=0.5)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(1, 1, kernel_initializer=keras.initializers.Constant(0.3)),
        ]
    )
    y_true, images = random_pair(count=4)
    expected = reference(y_true, 0.3 * images, config).mean()
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=FocalDiceLoss(config))
    history = model.fit(images, y_true, batch_size=4, epochs=1, verbose=0)
    assert history.history["loss"][0] == pytest.approx(expected, rel=1e-5)
    assert float(model.layers[-1].kernel.numpy().ravel()[0]) != pytest.approx(0.3, abs=1e-6)


def test_the_keras_class_defaults_to_the_paper():
    assert FocalDiceLoss().config == LossConfig()
    assert (LossConfig().alpha, LossConfig().gamma) == (0.25, 1.0)
    assert (LossConfig().focal_weight, LossConfig().dice_weight) == (0.8, 0.2)


def test_the_keras_loss_keeps_its_settings_through_its_config():
    settings = LossConfig(alpha=0.7, gamma=2.0, focal_variant="printed", dice_pool="sample")
    again = FocalDiceLoss.from_config(FocalDiceLoss(settings, name="mine").get_config())
    assert again.config == settings
    assert again.name == "mine"


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
def test_of_masks_the_focal_loss_of_shares_is_the_focal_loss(gamma):
    y_true, logits = random_pair()
    found = share_focal_loss(y_true, logits, alpha=0.3, gamma=gamma)
    expected = focal_loss(y_true, logits, alpha=0.3, gamma=gamma, from_logits=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_focal_loss_of_shares_by_hand():
    # y = .25, p = .5: |y − p| = .25, and the cross-entropy is log 2
    found = share_focal_loss(picture(0.25), picture(0.0), alpha=2.0, gamma=2.0)
    np.testing.assert_allclose(found, [2.0 * 0.25**2 * np.log(2.0)], rtol=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_the_loss_of_shares_is_least_where_the_prediction_is_the_share(share):
    config = LossConfig(target="share", dice_pool="sample", gamma=1.0)
    logits = np.linspace(-6.0, 6.0, 2401, dtype=np.float32)
    y_true = np.full((len(logits), 2, 2, 1), share, np.float32)
    losses = focal_dice_loss(y_true, np.tile(logits[:, None, None, None], (1, 2, 2, 1)), config)
    assert sigmoid(logits[np.argmin(losses)]) == pytest.approx(share, abs=2e-3)


def test_its_slope_is_finite_there():
    z = tf.constant(picture(0.0, 0.0))
    with tf.GradientTape() as tape:
        tape.watch(z)
        loss = share_focal_loss(picture(0.5, 0.5), z, gamma=0.5)
    assert np.isfinite(tape.gradient(loss, z)).all()
