import numpy as np
import pytest

from resunet.errors import InputError
from resunet.figures.patients import Group, fig_patients


def group(name="training", values=(1.0, 2.0, np.nan, 6.0), ci=(2.0, 5.0)):
    values = np.array(values)
    patients = [f"{name}_{index}" for index in range(len(values))]
    mean = float(np.nanmean(values)) if np.isfinite(values).any() else None
    return Group(name, patients, values, mean, ci)


def test_every_patient_who_has_a_value_is_a_named_point():
    box, mean = fig_patients([group()], title="Area, px").data
    assert list(box.x) == [1.0, 2.0, 6.0]
    assert list(box.text) == ["training_0", "training_1", "training_3"]
    assert box.boxpoints == "all"
    assert mean.x == (3.0,)
    assert (mean.error_x.array[0], mean.error_x.arrayminus[0]) == (2.0, 1.0)


def test_sets_stand_below_each_other_in_their_colours():
    figure = fig_patients([group("a"), group("b")], title="Area")
    assert (figure.data[0].y0, figure.data[2].y0) == (0, 1)
    assert figure.data[0].marker.color != figure.data[2].marker.color
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_a_set_without_values_keeps_its_place():
    figure = fig_patients([group(values=(np.nan,), ci=None), group("b")], title="Area")
    assert [trace.type for trace in figure.data] == ["box", "box", "scatter"]
    assert figure.layout.yaxis.ticktext == ("training", "b")


def test_very_many_patients_are_drawn_as_a_box_alone():
    figure = fig_patients([group(values=np.arange(1.0, 2503.0))], title="Area")
    assert figure.data[0].boxpoints is False


def test_shares_are_written_in_percent():
    figure = fig_patients([group(values=(0.1, 0.2), ci=(0.05, 0.25))], title="Share", is_share=True)
    assert figure.layout.xaxis.tickformat == ".0%"
    assert "5.0% to 25.0%" in figure.data[1].hovertemplate


def test_a_logarithmic_axis_holds_all_points_and_intervals():
    figure = fig_patients(
        [group(values=(100.0, 10_000.0), ci=(50.0, 20_000.0))], title="T1", log=True
    )
    assert figure.layout.xaxis.type == "log"
    low, high = figure.layout.xaxis.range
    assert 10**low < 50.0 < 20_000.0 < 10**high


def test_values_of_zero_and_less_have_no_logarithm():
    assert fig_patients([group(values=(0.0, 3.0))], title="T1", log=True).layout.xaxis.type is None


def test_names_are_shown_as_they_are():
    figure = fig_patients([Group("a", ["<b>x"], np.array([1.0]), 1.0, None)], title="Area")
    assert figure.data[0].text[0] == "&lt;b&gt;x"


def test_what_does_not_go_together_is_refused():
    with pytest.raises(InputError, match="a has 1 patients and 2 values"):
        fig_patients([Group("a", ["x"], np.zeros(2), None, None)], title="Area")
    with pytest.raises(InputError, match="groups is empty"):
        fig_patients([], title="Area")


def test_limits_hold_whatever_the_values_are():
    figure = fig_patients([group(values=(0.8, 0.9), ci=None)], title="Dice", limits=(0.0, 1.0))
    low, high = figure.layout.xaxis.range
    assert low < 0.0 < 1.0 < high
