import pytest

from resunet.errors import InputError
from resunet.figures.filtered import Filtered, fig_filtered


def test_a_line_for_each_curve_over_the_thresholds():
    figure = fig_filtered(
        {"Dice of what is left": Filtered([1.0, 0.9, 0.8], 0.9), "Gone": Filtered([1.0, 0.5], None)}
    )
    dice, gone = figure.data
    assert (dice.x, dice.y) == ((0, 1, 2), (1.0, 0.9, 0.8))
    assert (gone.x, gone.y) == ((0, 1), (1.0, 0.5))
    assert (dice.name, gone.name) == ("Dice of what is left (0.900)", "Gone")
    assert figure.layout.xaxis.range[0] < 0
    assert figure.layout.xaxis.range[1] > 2


def test_no_curve_is_refused():
    with pytest.raises(InputError, match="curves is empty"):
        fig_filtered({})
