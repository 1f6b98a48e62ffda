import math

import pytest
from plotly.graph_objects import Figure

from resunet.errors import InputError
from resunet.figures.colours import TRANSPARENT
from resunet.figures.curves import fig_history, fig_learning_rates, fig_losses


def make_history(epochs=3):
    return {
        "epoch": list(range(1, epochs + 1)),
        "step": [125 * epoch for epoch in range(1, epochs + 1)],
        "loss": [0.3] * epochs,
        "val_loss": [0.4] * epochs,
        "dice": [0.5] * epochs,
        "val_dice": [0.6] * epochs,
        "learning_rate": [0.01] * epochs,
        "seconds": [1.0] * epochs,
    }


def test_dashed_training_and_solid_validation_of_one_colour():
    figure = fig_history({"paper": make_history()})
    training, validation = figure.data
    assert (training.name, validation.name) == ("paper, training", "paper, validation")
    assert (training.line.dash, validation.line.dash) == ("dash", "solid")
    assert training.line.color == validation.line.color
    assert list(training.x) == [1, 2, 3]
    assert list(training.y) == [0.5, 0.5, 0.5]
    assert list(validation.y) == [0.6, 0.6, 0.6]


def test_runs_differ_in_colour_and_keep_their_order():
    figure = fig_history({name: make_history() for name in ("b", "a", "c")})
    assert [trace.legendgroup for trace in figure.data] == ["b", "b", "a", "a", "c", "c"]
    assert len({trace.line.color for trace in figure.data}) == 3


def test_dice_axis_is_fixed_and_zoom_survives_more_epochs():
    before = fig_history({"run": make_history(2)})
    after = fig_history({"run": make_history(9)})
    assert tuple(before.layout.yaxis.range) == tuple(after.layout.yaxis.range) == (-0.02, 1.02)
    assert before.layout.uirevision
    assert before.layout.uirevision == after.layout.uirevision


def test_the_epochs_fit_and_are_labelled_as_whole_numbers():
    axis = fig_history({"a": make_history(3), "b": make_history(24)}).layout.xaxis
    assert tuple(axis.range) == (0.5, 24.5)
    assert axis.dtick == 3  # 23 epochs further in at most ten steps


def test_a_run_of_one_epoch_is_drawn_as_markers():
    figure = fig_history({"run": make_history(1)})
    assert all("markers" in trace.mode for trace in figure.data)
    assert tuple(figure.layout.xaxis.range) == (0.5, 1.5)


def test_hover_names_epoch_value_and_learning_rate():
    history = make_history(2) | {"learning_rate": [0.00125, None]}
    trace = fig_history({"run": history}).data[0]
    assert list(trace.customdata) == ["1.25e-03", "unknown"]
    for part in ("epoch %{x}", "Dice %{y", "learning rate %{customdata}"):
        assert part in trace.hovertemplate


def test_undefined_values_leave_a_gap():
    history = make_history() | {"val_dice": [0.1, None, 0.3]}
    trace = fig_history({"run": history}).data[1]
    assert list(trace.y) == [0.1, None, 0.3]
    assert trace.connectgaps is False


@pytest.mark.parametrize("build", [fig_history, fig_losses])
@pytest.mark.parametrize("histories", [{}, {"run": make_history(0)}])
def test_without_an_epoch_a_sentence_stands_there(build, histories):
    figure = build(histories)
    assert isinstance(figure, Figure)
    assert [note.text for note in figure.layout.annotations] == ["No epoch has been finished yet."]
    assert figure.layout.xaxis.visible is False


def test_a_run_without_epochs_beside_one_with():
    figure = fig_history({"new": make_history(0), "old": make_history(4)})
    assert not figure.layout.annotations
    assert len(figure.data) == 4


def test_losses_start_at_zero_and_read_their_own_columns():
    figure = fig_losses({"run": make_history()})
    assert [trace.y[0] for trace in figure.data] == [0.3, 0.4]
    assert figure.layout.yaxis.rangemode == "tozero"
    assert figure.layout.yaxis.range is None
    assert figure.layout.yaxis.title.text == "Loss"


def test_the_theme_shows_through():
    layout = fig_history({"run": make_history()}).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == TRANSPARENT
    assert layout.font.color is None
    assert layout.legend.font.color is None


def test_a_missing_column_is_refused_by_run_and_name():
    history = make_history()
    del history["val_dice"]
    with pytest.raises(InputError, match="The history of odd lacks val_dice"):
        fig_history({"odd": history})
    assert fig_losses({"odd": history}).data


def test_columns_of_different_length_are_refused():
    with pytest.raises(InputError, match=r"odd has columns of different length.*dice 1"):
        fig_history({"odd": make_history() | {"dice": [0.5]}})


def test_learning_rates_are_one_curve_a_run_on_a_logarithmic_axis():
    history = make_history(3) | {"learning_rate": [0.01, 0.005, 0.00125]}
    figure = fig_learning_rates({"a": history, "b": make_history()})
    assert [trace.name for trace in figure.data] == ["a", "b"]
    assert list(figure.data[0].y) == [0.01, 0.005, 0.00125]
    assert figure.layout.yaxis.type == "log"
    assert "5.00e-03" in figure.data[0].customdata
    assert "learning rate %{customdata}" in figure.data[0].hovertemplate
    with pytest.raises(InputError, match="lacks learning_rate"):
        fig_learning_rates({"a": {"epoch": [1]}})


@pytest.mark.parametrize(
    ("rates", "decades"),
    [
        ([0.02, 0.005], (-3, -1)),  # 10⁻³ is below 0.005, 10⁻¹ above 0.02
        ([3e-4], (-4, -3)),
        ([0.01, 0.01], (-2, -1)),  # on a line: one decade all the same
        ([0.01, 0.0001], (-4, -2)),
        ([2.0], (0, 1)),
        ([0.01, 0.0], (-2, -1)),  # a cosine ends at zero, which has no logarithm
        ([None, 0.005, math.nan], (-3, -2)),
    ],
)
def test_the_axis_of_rates_covers_whole_decades(rates, decades):
    history = make_history(len(rates)) | {"learning_rate": rates}
    axis = fig_learning_rates({"a": history}).layout.yaxis
    assert axis.type == "log"
    low, high = axis.range
    assert (round(low), round(high)) == decades
    assert low < decades[0]  # the lines at both ends are in sight
    assert high > decades[1]
    assert abs(low - decades[0]) < 0.1 > abs(high - decades[1])
    assert axis.dtick == 1


def test_the_axis_of_rates_covers_all_runs():
    one, other = (make_history(1) | {"learning_rate": [rate]} for rate in (0.05, 2e-5))
    low, high = fig_learning_rates({"a": one, "b": other}).layout.yaxis.range
    assert (round(low), round(high)) == (-5, -1)


@pytest.mark.parametrize("rate", [0.0, None, -1.0, math.inf, math.nan])
def test_rates_without_a_logarithm_do_not_set_the_axis(rate):
    history = make_history(1) | {"learning_rate": [rate]}
    figure = fig_learning_rates({"a": history})
    assert figure.layout.yaxis.range is None
    assert len(figure.data) == 1


@pytest.mark.parametrize("histories", [{}, {"run": make_history(0)}])
def test_without_an_epoch_no_rate_is_drawn_either(histories):
    figure = fig_learning_rates(histories)
    assert [note.text for note in figure.layout.annotations] == ["No epoch has been finished yet."]
