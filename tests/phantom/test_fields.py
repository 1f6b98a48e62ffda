import numpy as np
import pytest
from scipy.interpolate import BSpline

from resunet.phantom.fields import smooth_noise, smooth_step

SHAPE = (40, 60, 80)


def noise(spacing, *, seed=0, shape=SHAPE):
    return smooth_noise(np.random.default_rng(seed), shape, spacing)


# Its distribution


@pytest.mark.parametrize("spacing", [1.6, 2.0, 2.5, (2.0, 2.5, 3.3)])
def test_mean_0_and_standard_deviation_1(spacing):
    field = noise(spacing)
    values = np.prod(np.asarray(SHAPE) / np.broadcast_to(spacing, 3))  # drawn independently
    # the mean of n values of deviation 1, over the (151/315)^1.5 by which the spline smooths
    assert abs(field.mean()) < 4 * (315 / 151) ** 1.5 / np.sqrt(values)
    assert field.std() == pytest.approx(1, abs=0.04)
    # normal: as many beyond one and two deviations as there should be
    assert (np.abs(field) > 1).mean() == pytest.approx(0.3173, abs=0.03)
    assert (np.abs(field) > 2).mean() == pytest.approx(0.0455, abs=0.015)


@pytest.mark.parametrize("spacing", [2, 4, 6])
def test_the_length_over_which_it_changes_is_the_spacing(spacing):
    # the autocorrelation of cubic B-spline noise is the B-spline of degree 7: at 0, 1, 2, 3
    # and 4 grid steps 2416, 1191, 120, 1 and 0 of 5040
    field = noise(spacing, shape=(72, 120, 120))
    for axis in range(3):
        along = np.moveaxis(field, axis, 0)
        for steps, expected in enumerate((2416, 1191, 120, 1, 0)):
            lag = steps * spacing
            found = (along[lag:] * along[: len(along) - lag]).mean()
            assert found == pytest.approx(expected / 2416, abs=0.09), (axis, steps)


def test_each_axis_has_a_spacing_of_its_own():
    field = noise((2.0, 4.0, 8.0), shape=(80, 80, 80))
    for axis, spacing in enumerate((2, 4, 8)):
        along = np.moveaxis(field, axis, 0)
        found = (along[spacing:] * along[:-spacing]).mean()
        assert found == pytest.approx(1191 / 2416, abs=0.12)


@pytest.mark.parametrize(
    ("shape", "spacing"),
    [
        ((9, 12, 15), (3.0, 3.0, 3.0)),
        ((7, 10, 13), (1.9, 2.4, 5.0)),
        ((1, 6, 5), (4.0, 1.3, 40.0)),  # a single slice; a spacing beyond the field
    ],
)
def test_it_is_the_spline_of_its_coefficients(shape, spacing):
    counts = [int(np.ceil((n - 1) / step)) + 4 for n, step in zip(shape, spacing, strict=True)]
    expected = np.random.default_rng(3).standard_normal(counts, np.float32).astype(np.float64)
    for axis, (n, step) in enumerate(zip(shape, spacing, strict=True)):
        knots = np.arange(counts[axis] + 4) - 3.0  # the first four splines overlap in [0, 1]
        expected = np.moveaxis(
            BSpline(knots, np.moveaxis(expected, axis, 0), 3)(np.arange(n) / step), 0, axis
        )
    expected /= (151 / 315) ** 1.5
    field = noise(spacing, seed=3, shape=shape)
    assert field.shape == shape
    assert field.dtype == np.float32
    np.testing.assert_allclose(field, expected, atol=3e-6)


def test_the_power_that_a_spline_keeps():
    # 151/315, by which the test above divides, is the integral of a cubic B-spline's square
    spline = BSpline.basis_element([-2, -1, 0, 1, 2], extrapolate=False)
    x = np.linspace(-2, 2, 40001)
    assert np.trapezoid(spline(x) ** 2, x) == pytest.approx(151 / 315, rel=1e-6)


def test_the_same_seed_gives_the_same_bits():
    assert noise(5.0, seed=4).tobytes() == noise(5.0, seed=4).tobytes()
    assert noise(5, seed=4).tobytes() == noise([5.0, 5.0, 5.0], seed=4).tobytes()
    assert abs(np.corrcoef(noise(2.0, seed=4).ravel(), noise(2.0, seed=5).ravel())[0, 1]) < 0.05


def test_each_call_draws_anew():
    rng = np.random.default_rng(0)
    assert not np.array_equal(smooth_noise(rng, SHAPE, 5.0), smooth_noise(rng, SHAPE, 5.0))


# Soft edges


@pytest.mark.parametrize("width", [0.5, 1.0, 8.0])
def test_a_step_goes_from_012_to_088_over_its_width(width):
    x = np.array([-50, -0.5, 0, 0.5, 50], np.float32) * width
    # (1 + tanh ±1) / 2
    np.testing.assert_allclose(smooth_step(x, width), [0, 0.11920, 0.5, 0.88080, 1], atol=1e-5)


def test_a_step_rises_evenly_about_its_middle():
    x = np.linspace(-3, 3, 61, dtype=np.float32)
    step = smooth_step(x, 2.0)
    assert step.dtype == np.float32
    assert (np.diff(step) > 0).all()
    np.testing.assert_allclose(step + step[::-1], 1, atol=1e-6)
    # in the middle tanh(2x/w)/2 rises by 1/w
    assert (step[31] - step[29]) / (x[31] - x[29]) == pytest.approx(1 / 2.0, rel=0.01)
