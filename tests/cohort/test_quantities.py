import numpy as np
import pytest
from cohort.sets_of_patients import pictures_of, survey, write_patient

from resunet.cohort.quantities import patient_table
from resunet.cohort.units import MAP_SIDE


def test_a_patients_row_by_hand(tmp_path):
    images = np.zeros((4, 256, 256, 4), np.int16)
    images[:, 64:192, 64:192] = [100, 200, 300, 400]
    images[:, 64:192, 64:70, 3] = 800
    labels = np.zeros((4, 256, 256), np.uint8)
    labels[1, 80:90, 100:110] = 1  # 100 px, right anterior
    labels[2, 80:90, 120:140] = 1  # 200 px, on both sides of the middle
    labels[2, 160:170, 150:160] = 2  # 100 px, left posterior
    write_patient(tmp_path, "Brats18_p", images, labels, first=20)
    table = patient_table(survey(tmp_path)["all"])
    assert table.patients == ("Brats18_p",)
    values = {name: float(value[0]) for name, value in table.values.items()}
    assert values["mean_area_px"] == 100
    assert values["tumour_area_px"] == 200
    assert values["largest_area_px"] == 300
    assert values["empty_share"] == 0.5
    assert values["components"] == 1.5
    assert values["centroid_row"] == pytest.approx((3 * 85 + 165) / 4 / 256)
    assert values["centroid_column"] == pytest.approx((105 + 2 * 130 + 155) / 4 / 256)
    assert (values["tumour_position"], values["slice_position"]) == (21.5, 21.5)
    assert values["brain_area_px"] == 128**2
    assert values["right_anterior"] == (100 + 80) / 4
    assert values["left_anterior"] == 120 / 4
    assert (values["right_posterior"], values["left_posterior"]) == (0, 25)
    assert values["t1ce_median"] == pytest.approx(200, rel=0.05)
    assert values["t1ce_spread"] == pytest.approx(0, abs=0.1)
    assert table.maps.shape == (1, MAP_SIDE, MAP_SIDE)
    assert table.maps[0, 82 // 4, 104 // 4] == pytest.approx(0.25)
    assert table.maps.sum() * 4 * 16 == pytest.approx(400)


def test_what_is_undefined_is_nan(tmp_path):
    images, labels = pictures_of(1)
    write_patient(tmp_path, "empty", images, np.zeros_like(labels))
    write_patient(tmp_path, "plain", images, None)
    (tmp_path / "unreadable_1.npz").write_bytes(b"bad")
    table = patient_table(survey(tmp_path)["all"])
    assert table.patients == ("empty", "plain")
    values = table.values
    assert values["empty_share"][0] == 1.0
    assert values["mean_area_px"][0] == values["right_anterior"][0] == 0.0
    for name in ("tumour_area_px", "components", "centroid_row", "tumour_position"):
        assert np.isnan(values[name]).all()
    for name in ("mean_area_px", "empty_share", "largest_area_px", "left_posterior"):
        assert np.isnan(values[name][1])
    assert np.isfinite(values["slice_position"]).all()
    assert not table.maps[0].any()
    assert np.isnan(table.maps[1]).all()


def test_a_set_of_which_nothing_can_be_read_has_no_table(tmp_path):
    (tmp_path / "p_1.npz").write_bytes(b"bad")
    assert patient_table(survey(tmp_path)["all"]) is None
