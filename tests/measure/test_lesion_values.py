import math
from dataclasses import replace

import numpy as np
import pytest

from resunet.errors import InputError
from resunet.measure.lesion_values import expert_measures, lesion_measures
from resunet.study import Source, Study

SHAPE = (3, 4, 5)


def make_study(*, spacing_mm=(2.0, 0.5), numbers=(), labels=None):
    """Three slices of 4 × 5 pixels, 3 mm apart."""
    return Study(
        np.ones((*SHAPE, 4), np.float32),
        "phantom-1",
        Source("npz", "ab" * 32),
        labels=labels,
        spacing_mm=spacing_mm,
        slice_positions_mm=np.array([0.0, 3.0, 6.0]),
        slice_numbers=numbers,
    )


def mask_of(*places):
    mask = np.zeros(SHAPE, bool)
    for place in places:
        mask[place] = True
    return mask


THREE_VOXELS = mask_of((0, 0, 0), (1, 0, slice(0, 2)))
SPECK_AND_SQUARE = mask_of((0, 0, 0), (2, slice(2, 4), slice(3, 5)))


def test_lesions_are_counted_and_the_largest_measured():
    # Pixels are 2 × 0.5 mm. Slice 1 holds a rectangle of 2 × 1 mm: √5 long, 1 · √5 / 2 across.
    found = lesion_measures(make_study(numbers=(8, 9, 10)), THREE_VOXELS)
    assert (found["lesions_dimensions"], found["lesions_dimensions_reason"]) == (3, None)
    assert (found["lesions_count"], found["lesions_reason"]) == (1, None)
    assert (found["lesions_measurable"], found["lesions_measurable_reason"]) == (0, None)
    assert found["largest_diameter_mm"] == pytest.approx(math.sqrt(5))
    assert (found["largest_diameter_slice"], found["largest_diameter_number"]) == (1, 9)
    assert found["bidimensional_mm"] == pytest.approx([math.sqrt(5), math.sqrt(5) / 2])
    assert found["bidimensional_product_mm2"] == pytest.approx(2.5)
    assert (found["bidimensional_slice"], found["bidimensional_number"]) == (1, 9)
    assert found["diameter_reason"] is None
    (lesion,) = found["lesions"]
    assert (lesion["lesion"], lesion["voxels"]) == (1, 3)
    assert (lesion["volume_ml"], lesion["volume_reason"]) == (pytest.approx(0.009), None)
    assert (lesion["first_slice"], lesion["last_slice"]) == (0, 1)
    assert (lesion["first_number"], lesion["last_number"]) == (8, 9)
    assert lesion["centroid_index"] == pytest.approx([2 / 3, 0.0, 1 / 3])
    assert lesion["centroid_ras_mm"] is None
    assert lesion["centroid_ras_mm_reason"] == "The source has no grid."
    assert (lesion["side"], lesion["side_reason"]) == ("right", None)
    assert lesion["bidimensional_product_mm2"] == found["bidimensional_product_mm2"]
    assert (lesion["measurable"], lesion["diameter_reason"]) == (False, None)


def test_the_largest_diameter_and_product_may_be_of_different_lesions():
    # one line of 5 pixels, 1 mm each, and, apart from it, one square of 2 × 2
    study = make_study(spacing_mm=(1.0, 1.0))
    found = lesion_measures(study, mask_of((0, 0), (2, slice(2, 4), slice(3, 5))))
    assert found["lesions_count"] == 2
    assert found["largest_diameter_mm"] == pytest.approx(math.sqrt(26))
    assert found["largest_diameter_slice"] == 0
    assert found["bidimensional_mm"] == pytest.approx([math.sqrt(8), math.sqrt(8)])
    assert found["bidimensional_slice"] == 2


def test_measurable_lesions_are_counted_among_all():
    study = make_study(spacing_mm=(6.0, 6.0))  # a pixel has a diagonal of 8.5 mm
    found = lesion_measures(study, SPECK_AND_SQUARE)
    assert (found["lesions_count"], found["lesions_measurable"]) == (2, 1)
    assert [each["measurable"] for each in found["lesions"]] == [True, False]


def test_nothing_found_is_no_lesion_and_no_diameter():
    found = lesion_measures(make_study(), mask_of())
    assert found["lesions"] == []
    assert found["lesions_count"] == found["lesions_measurable"] == 0
    assert found["largest_diameter_mm"] is found["bidimensional_mm"] is None
    assert found["bidimensional_product_mm2"] is found["bidimensional_slice"] is None
    assert found["diameter_reason"] == "No tumour is found."


def test_unknown_spacing_leaves_lesions_without_diameters():
    found = lesion_measures(make_study(spacing_mm=None), THREE_VOXELS)
    assert found["lesions_count"] == 1
    assert found["lesions_measurable"] is found["largest_diameter_mm"] is None
    assert found["lesions_measurable_reason"] == "The pixel spacing is unknown."
    assert found["diameter_reason"] == "The pixel spacing is unknown."
    (lesion,) = found["lesions"]
    assert lesion["volume_reason"] == lesion["diameter_reason"] == "The pixel spacing is unknown."
    assert lesion["largest_diameter_mm"] is lesion["measurable"] is lesion["volume_ml"] is None


def test_a_stack_with_gaps_is_searched_slice_by_slice_and_says_so():
    found = lesion_measures(make_study(numbers=(4, 5, 9)), THREE_VOXELS)
    assert found["lesions_dimensions"] == 2
    assert found["lesions_dimensions_reason"] == (
        "The stack of slices has gaps or uneven steps. Each slice is searched by itself."
    )
    assert found["lesions_count"] == 2
    assert found["lesions"][0]["volume_ml"] is None
    assert "gaps" in found["lesions"][0]["volume_reason"]


def test_the_experts_outline_is_measured_alike():
    # two lesions: 1 voxel of 3 mm³, and 2 × 2 pixels (4 × 1 mm) in slice 2
    study = make_study(labels=SPECK_AND_SQUARE.astype(np.uint8) * 4)
    found = expert_measures(study)
    expert = found["expert"]
    assert found["expert_reason"] is None
    assert expert["volume_ml"] == pytest.approx(5 * 3 / 1000)
    assert (expert["lesions_count"], expert["lesions_measurable"]) == (2, 0)
    assert expert["largest_diameter_mm"] == pytest.approx(math.sqrt(17))
    assert expert["bidimensional_product_mm2"] == pytest.approx(17 / 4)
    assert expert["bidimensional_slice"] == 2
    expected = lesion_measures(study, SPECK_AND_SQUARE)
    del expected["lesions"]
    assert expert == {**expected, "volume_ml": expert["volume_ml"], "volume_reason": None}


def test_without_an_outline_there_is_no_expert_and_a_reason():
    found = expert_measures(make_study())
    assert found == {"expert": None, "expert_reason": "There is no expert outline."}


def test_pictures_without_brain_have_no_sides_and_a_reason():
    study = replace(make_study(), images=np.zeros((*SHAPE, 4), np.float32))
    (lesion,) = lesion_measures(study, THREE_VOXELS)["lesions"]
    assert (lesion["side"], lesion["side_reason"]) == (None, "The pictures show no brain.")


def test_the_lesions_of_an_unfinished_mask_are_unknown():
    done = np.array([True, True, False])
    found = lesion_measures(make_study(), THREE_VOXELS, done)
    assert found["lesions"] is found["lesions_count"] is found["lesions_measurable"] is None
    assert found["lesions_reason"] == "Only 2 of 3 slices are computed."
    assert found["lesions_measurable_reason"] == found["diameter_reason"] == found["lesions_reason"]


def test_another_grid_is_refused():
    with pytest.raises(InputError, match="mask has shape"):
        lesion_measures(make_study(), np.zeros((3, 4, 6), bool))
