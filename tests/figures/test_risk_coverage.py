import pytest

from resunet.errors import InputError
from resunet.figures.risk_coverage import RiskByCoverage, fig_risk_coverage

CURVE = RiskByCoverage([0.5, 1.0], [0.1, 0.25], 0.1234)


def test_a_line_for_each_measure_with_its_area():
    figure = fig_risk_coverage({"Entropy": CURVE, "std": CURVE._replace(area=None)}, error_rate=0.2)
    entropy, std = figure.data
    assert (entropy.x, entropy.y) == ((0.5, 1.0), (0.1, 0.25))
    assert (entropy.name, std.name) == ("Entropy (0.123)", "std")
    [line] = figure.layout.shapes
    assert (line.y0, line.y1) == (0.2, 0.2)


def test_the_axis_holds_curve_and_error_rate():
    for rate, top in ((0.5, 0.5), (0.01, 0.25), (None, 0.25)):
        figure = fig_risk_coverage({"Entropy": CURVE}, error_rate=rate)
        assert figure.layout.yaxis.range[0] == 0
        assert top < figure.layout.yaxis.range[1] < 1.2 * top


def test_no_curve_is_refused():
    with pytest.raises(InputError, match="curves is empty"):
        fig_risk_coverage({}, error_rate=0.1)
