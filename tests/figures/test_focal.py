import math

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.figures.colours import TRANSPARENT
from resunet.figures.focal import fig_focal_loss, focal, turning_point

P = np.array([0.02, 0.3, 0.5, 0.97])
GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)


def test_values_by_hand():
    half = np.array([0.5])
    assert focal(half, alpha=1.0, gamma=0.0) == pytest.approx(math.log(2))
    assert focal(half, alpha=0.25, gamma=2.0) == pytest.approx(0.25 * 0.25 * math.log(2))
    low = np.array([0.1])
    assert focal(low, alpha=1.0, gamma=1.0) == pytest.approx(0.9 * math.log(10))
    assert focal(low, alpha=1.0, gamma=1.0, variant="printed") == pytest.approx(0.1 * math.log(10))


@pytest.mark.keras
@pytest.mark.parametrize("variant", ["lin", "printed"])
@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_it_is_the_loss_that_trains(variant, gamma, truth):
    from resunet.network.losses import focal_loss

    given = P if truth else 1.0 - P  # what the network says of a pixel of this class
    found = focal_loss(
        np.full((len(P), 1, 1, 1), truth, np.float32),
        given.reshape(-1, 1, 1, 1).astype(np.float32),
        alpha=0.25,
        gamma=gamma,
        variant=variant,
    )
    np.testing.assert_allclose(
        np.asarray(found), focal(P, alpha=0.25, gamma=gamma, variant=variant), rtol=2e-5, atol=1e-9
    )


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_the_printed_form_turns_where_it_says(gamma):
    p = np.linspace(0.001, 1.0, 100_000)
    highest = p[np.argmax(focal(p, alpha=1.0, gamma=gamma, variant="printed"))]
    assert highest == pytest.approx(turning_point(gamma), abs=1e-4)


def test_without_gamma_both_forms_are_one_and_nothing_turns():
    assert turning_point(0.0) == 0.0
    np.testing.assert_array_equal(
        focal(P, alpha=1.0, gamma=0.0), focal(P, alpha=1.0, gamma=0.0, variant="printed")
    )


def test_an_unknown_variant_is_refused():
    with pytest.raises(InputError, match='variant is "odd"'):
        focal(P, alpha=1.0, gamma=1.0, variant="odd")


def make_figure(chosen=1.0, variant="lin"):
    return fig_focal_loss(GAMMAS, chosen=chosen, alpha=0.25, variant=variant, top=0.8)


def test_one_curve_a_gamma_the_chosen_one_thick():
    figure = make_figure()
    assert [trace.name for trace in figure.data] == [f"γ = {gamma:g}" for gamma in GAMMAS]
    assert [trace.line.width for trace in figure.data] == [1.5, 1.5, 4, 1.5, 1.5]
    curve = figure.data[2]
    np.testing.assert_allclose(curve.y, focal(np.asarray(curve.x), alpha=0.25, gamma=1.0))
    assert tuple(figure.layout.xaxis.range) == (0, 1)
    assert tuple(figure.layout.yaxis.range) == (0, 0.8)


def test_another_gamma_gets_a_curve_of_its_own():
    names = [trace.name for trace in make_figure(chosen=1.25).data]
    assert names == ["γ = 0", "γ = 0.5", "γ = 1", "γ = 1.25", "γ = 2", "γ = 5"]


def test_only_the_printed_form_is_shaded_up_to_its_turning_point():
    assert not make_figure().layout.shapes
    assert not make_figure(chosen=0.0, variant="printed").layout.shapes
    (shape,) = make_figure(chosen=2.0, variant="printed").layout.shapes
    assert (shape.x0, shape.x1) == (0, turning_point(2.0))


def test_the_theme_shows_through():
    layout = make_figure(variant="printed").layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == TRANSPARENT
    assert layout.font.color is None
