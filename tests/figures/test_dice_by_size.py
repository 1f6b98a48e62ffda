import math

import pytest

from resunet.errors import InputError
from resunet.figures.dice_by_size import SizedPatient, fig_dice_by_size

ANNA = SizedPatient("anna", 10.0, 0.7, 0.9)
BERT = SizedPatient("<b>ert", 250.0, 0.85, None)


def test_every_patient_is_a_named_dot_and_a_ring_where_the_ceiling_is_known():
    rings, dots = fig_dice_by_size([("testing", [ANNA, BERT])], title="Size").data
    assert (list(dots.x), list(dots.y)) == ([10.0, 250.0], [0.7, 0.85])
    assert list(dots.text) == ["anna", "&lt;b&gt;ert"]
    assert (list(rings.x), list(rings.y)) == ([10.0], [0.9])
    assert rings.marker.symbol == "circle-open"


def test_each_split_has_its_colour():
    figure = fig_dice_by_size([("a", [ANNA]), ("b", [BERT])], title="Size")
    assert figure.data[1].marker.color != figure.data[3].marker.color
    assert [figure.data[1].name, figure.data[3].name] == ["a", "b"]


def test_the_axis_of_sizes_is_logarithmic_and_holds_all_of_them():
    axis = fig_dice_by_size([("a", [ANNA, BERT])], title="Size").layout.xaxis
    assert axis.type == "log"
    assert axis.range[0] < math.log10(10.0) < math.log10(250.0) < axis.range[1]
    assert set(axis.tickvals) == {10.0, 20.0, 50.0, 100.0, 200.0}


@pytest.mark.parametrize("groups", [[], [("a", [])], [("a", [ANNA._replace(size=0.0)])]])
def test_sizes_that_have_no_place_are_refused(groups):
    with pytest.raises(InputError, match="all above 0"):
        fig_dice_by_size(groups, title="Size")
