import pytest

from resunet.errors import InputError
from resunet.figures.threshold_sweep import DiceByThreshold, fig_threshold_sweep

CURVE = DiceByThreshold("testing", [0.25, 0.5], [0.6, None], [0.7, 0.8])


def test_a_full_and_a_dashed_line_for_each_split():
    other = CURVE._replace(name="validating")
    figure = fig_threshold_sweep([CURVE, other], threshold=0.5)
    assert [line.line.dash for line in figure.data] == ["solid", "dash"] * 2
    assert list(figure.data[0].y) == [0.6, None]
    assert list(figure.data[1].y) == [0.7, 0.8]
    assert figure.data[0].line.color == figure.data[1].line.color != figure.data[2].line.color
    assert figure.data[2].name == "validating, mean of patients"


def test_the_threshold_in_use_is_marked():
    [line] = fig_threshold_sweep([CURVE], threshold=0.4).layout.shapes
    assert (line.x0, line.x1) == (0.4, 0.4)


def test_what_does_not_go_together_is_refused():
    with pytest.raises(InputError, match="curves is empty"):
        fig_threshold_sweep([], threshold=0.5)
    with pytest.raises(InputError, match="testing has 1 Dice at 2 thresholds"):
        fig_threshold_sweep([CURVE._replace(pooled=[0.5])], threshold=0.5)
