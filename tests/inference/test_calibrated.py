import json

import pytest

from resunet.errors import InputError
from resunet.inference.calibrated import (
    NOT_CALIBRATED,
    UNCALIBRATED,
    Calibration,
    calibration_beside,
    calibration_of,
    read_calibration,
)


@pytest.mark.parametrize(
    "card", [{}, {"temperature": None}, {"calibration": None, "temperature": 1}, UNCALIBRATED]
)
def test_a_card_that_says_nothing_leaves_the_networks_own(card):
    assert read_calibration(card) == NOT_CALIBRATED == Calibration(1.0, None)


def test_what_a_card_says_is_taken():
    card = {"temperature": 2, "calibration": {"doubt_level": 0.3, "patients": ["a"]}}
    assert read_calibration(card) == Calibration(2.0, 0.3)
    assert read_calibration({"calibration": {"doubt_level": None}}).doubt_level is None


@pytest.mark.parametrize("temperature", [0, -1, True, "1", float("nan"), float("inf"), [1]])
def test_a_temperature_that_is_none_is_refused(temperature):
    with pytest.raises(InputError, match="where null or a number above 0"):
        read_calibration({"temperature": temperature})


@pytest.mark.parametrize("level", [-0.1, 1.1, "0.3", float("nan"), True])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(InputError, match=r"calibration\.doubt_level is"):
        read_calibration({"calibration": {"doubt_level": level}})
    with pytest.raises(InputError, match="calibration is 3, where an object or null"):
        read_calibration({"calibration": 3})


def test_it_goes_from_card_to_card():
    card = {"id": "a", "temperature": 1.4, "temperature_reason": None, "calibration": {"x": 1}}
    assert calibration_of(card) == {
        "temperature": 1.4,
        "temperature_reason": None,
        "calibration": {"x": 1},
        "calibration_reason": "Not calibrated.",
    }
    assert calibration_of({}) == dict(UNCALIBRATED)


def test_it_is_found_beside_the_weights(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"temperature": 3.0}))
    assert calibration_beside(tmp_path / "a.weights.npz")["temperature"] == 3.0
    assert calibration_beside(tmp_path / "b.weights.h5") == dict(UNCALIBRATED)
