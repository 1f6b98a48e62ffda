import math

import pytest
from evaluated import made_patient, made_slice

from resunet.evaluation.by_size import patients_by_size, slices_by_size
from resunet.evaluation.words import NO_SPACING

DRAWN = {"bootstraps": 200, "seed": 0}


def slices_of(*patients):
    return slices_by_size(patients, **DRAWN)


def thirds_of(*patients):
    return patients_by_size(patients, **DRAWN)


def test_slices_fall_into_classes_by_the_experts_area():
    # 1 mm² a pixel: 100 pixels are 1 cm²
    anna = made_patient(
        "anna",
        made_slice(1, shared=0, true=99, pred=5),
        made_slice(2, shared=100, true=100, pred=100),
        made_slice(3, shared=150, true=299, pred=150),
        made_slice(4, pred=7),  # no tumour: in no class
    )
    bert = made_patient("bert", made_slice(1, shared=500, true=1000, pred=500, ceiling=900))
    found = slices_of(anna, bert)
    classes = found["classes"]
    edges = [(each["from_cm2"], each["below_cm2"]) for each in classes]
    assert edges == [(0, 1), (1, 3), (3, 10), (10, math.inf)]
    assert [each["slices"] for each in classes] == [1, 2, 0, 1]
    dice = [each["dice"]["value"] for each in classes]
    assert dice[0] == 0.0
    assert dice[1] == pytest.approx((1 + 300 / 449) / 2)
    assert dice[2] is None
    assert "size" in classes[2]["dice"]["value_reason"]
    assert dice[3] == pytest.approx(1000 / 1500)
    assert classes[3]["ceiling_dice"]["value"] == pytest.approx(1800 / 1900)
    assert found["slices_of_unknown_size"] == 0


def test_the_area_is_in_cm2_whatever_the_pixels():
    found = slices_of(made_patient("anna", made_slice(1, true=100), pixel_mm2=0.25))
    assert [each["slices"] for each in found["classes"]] == [1, 0, 0, 0]


def test_slices_of_unknown_size_are_counted():
    found = slices_of(made_patient("anna", made_slice(1, true=9), made_slice(2), pixel_mm2=None))
    assert found["slices_of_unknown_size"] == 1
    assert [each["slices"] for each in found["classes"]] == [0] * 4


def sized(name, true, shared, **more):
    return made_patient(name, made_slice(1, shared=shared, true=true, pred=shared), **more)


def test_patients_fall_into_thirds_by_summed_areas():
    patients = [sized(str(true), true, true // 2) for true in (700, 100, 300, 200, 600, 400, 500)]
    found = thirds_of(*patients, made_patient("none", made_slice(1)))
    assert (found["size"], found["reason"]) == ("summed_area_cm2", None)
    thirds = found["thirds"]
    assert [each["patients"] for each in thirds] == [3, 2, 2]
    assert [(each["from"], each["to"]) for each in thirds] == [(1, 3), (4, 5), (6, 7)]
    assert [each["name"].split()[0] for each in thirds] == ["smallest", "middle", "largest"]
    for each in thirds:
        assert each["dice"]["value"] == pytest.approx(2 / 3)
        assert each["ceiling_dice"]["value"] == 1.0


def test_where_all_have_a_volume_it_is_the_size():
    stack = [sized(str(true), true, true, step_mm=2.0) for true in (100, 200, 300)]
    found = thirds_of(*stack)
    assert found["size"] == "volume_ml"
    assert [each["from"] for each in found["thirds"]] == pytest.approx([0.2, 0.4, 0.6])
    assert thirds_of(*stack, sized("gap", 9, 9))["size"] == "summed_area_cm2"


def test_two_patients_leave_a_third_empty():
    third = thirds_of(sized("a", 100, 50), sized("b", 200, 50))["thirds"][2]
    assert (third["patients"], third["from"], third["dice"]["value"]) == (0, None, None)


def test_without_sizes_there_are_no_thirds():
    assert thirds_of(sized("a", 9, 9, pixel_mm2=None)) == {
        "size": None,
        "thirds": [],
        "reason": NO_SPACING,
    }
    assert "size" in thirds_of(made_patient("none", made_slice(1)))["reason"]
