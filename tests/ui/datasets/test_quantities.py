from dataclasses import replace

import numpy as np
from stored_results import pair, stored, stored_set

from resunet.ui.datasets.quantities import slice_histograms, table_rows

NAN = np.nan


def test_the_surest_difference_comes_first_and_the_untested_last():
    rows = table_rows(
        pair(components=(0.01, 0.5), empty_share=(0.02, 0.3), mean_area_px=(0.001, 0.5))
    )
    titles = [row["Quantity"] for row in rows]
    assert titles[:3] == [
        "Share of slices without tumour",
        "Tumour area per slice",
        "Parts of the tumour per slice with tumour",
    ]
    assert rows[3]["p"] is None
    assert len(rows) == 26


def test_a_row_writes_values_in_their_units():
    made = pair(empty_share=(0.02, 0.3), mean_area_px=(0.04, 0.6))
    made["quantities"]["empty_share"] |= {
        "a": 0.4,
        "b": 0.25,
        "difference": -0.15,
        "ci": [-0.3, 0.01],
        "g": -0.8,
    }
    made["quantities"]["mean_area_px"] |= {"a": 1500.4, "b": 900.0, "difference": -600.4}
    first, second, *_ = table_rows(made)
    assert first == {
        "Quantity": "Share of slices without tumour",
        "training": "40.0%",
        "testing": "25.0%",
        "Difference": "−15.0% (−30.0% to 1.0%)",
        "g": -0.8,
        "p": 0.02,
        "p adjusted": 0.3,
    }
    assert (second["training"], second["Difference"]) == ("1,500 px", "−600 px")


def of_slices(*rows):
    """A set of slices: area, parts, sums of rows and of columns, brain."""
    return replace(stored_set(), measures=np.array(rows, np.float64))


def test_slices_without_tumour_count_for_the_brain_alone():
    made = stored(
        of_slices([100, 1, 100 * 127.5, 100 * 63.5, 9000], [0, 0, 0, 0, 5000]),
        replace(of_slices([NAN, NAN, NAN, NAN, 7000]), name="testing"),
    )
    found = {each.title.split(",")[0]: each for each in slice_histograms(made)}
    assert list(found) == [
        "Tumour area",
        "Parts of the tumour",
        "Tumour centre",
        "Brain area",
    ]
    assert found["Tumour area"].counts["training"].sum() == 1
    assert found["Tumour area"].counts["testing"].sum() == 0
    assert found["Brain area"].counts["training"].sum() == 2
    assert found["Brain area"].counts["testing"].sum() == 1
    edges = found["Brain area"].edges
    assert (edges[0], edges[-1]) == (5000, 9000)


def test_places_are_told_in_percent_of_the_grid_of_256():
    made = stored(of_slices([10, 1, 10 * 127.5, 10 * 63.5, 1], [10, 2, 10 * 0.0, 10 * 255.0, 1]))
    histograms = slice_histograms(made)
    front, right = histograms[2], histograms[3]
    assert "front" in front.title
    assert (front.edges[0], front.edges[-1]) == (100 * 0.5 / 256, 50.0)
    assert (right.edges[0], right.edges[-1]) == (25.0, 100 * 255.5 / 256)


def test_parts_are_whole_numbers():
    made = stored(of_slices([1, 1, 1, 1, 1], [1, 3, 1, 1, 1], [1, 3, 1, 1, 1]))
    parts = slice_histograms(made)[1]
    assert parts.edges.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert parts.counts["training"].tolist() == [1, 0, 2]


def test_sets_without_slices_have_no_histogram():
    assert slice_histograms(stored(stored_set())) == []
