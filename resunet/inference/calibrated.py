"""What calibrating a model adds to its card: an honest scale, and a level not to rely beyond."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from resunet.inference.weights import card_beside
from resunet.records import check
from resunet.storage import read_json

KEYS = ("temperature", "temperature_reason", "calibration", "calibration_reason")
"""What of a card tells of calibration."""

UNCALIBRATED: Mapping[str, Any] = MappingProxyType(
    {
        "temperature": None,
        "temperature_reason": "Not calibrated: probabilities are the network's own.",
        "calibration": None,
        "calibration_reason": "Not calibrated.",
    }
)
"""These keys of a card without calibration."""


@dataclass(frozen=True)
class Calibration:
    """What a program needs of a model's calibration.

    Attributes:
        temperature: T of the calibrated probability sigmoid(z / T), with z the network's value
            before the sigmoid. 1 leaves the network's own.
        doubt_level: The doubt of a slice (`resunet.measure.doubt`) above which, on patients
            that it was not trained on, Dice was more likely below 0.7 than not; None where the
            card names none.
    """

    temperature: float = 1.0
    doubt_level: float | None = None


NOT_CALIBRATED = Calibration()


def read_calibration(card: Mapping[str, Any]) -> Calibration:
    """Reads what a card says of calibration; older cards say nothing.

    Raises:
        InputError: Names the value that is wrong.
    """
    temperature = card.get("temperature")
    stated = temperature is None or (_is_number(temperature) and temperature > 0)
    check(stated, "temperature", temperature, "null or a number above 0")
    record = card.get("calibration")
    check(record is None or isinstance(record, dict), "calibration", record, "an object or null")
    level = (record or {}).get("doubt_level")
    well = level is None or (_is_number(level) and 0 <= level <= 1)
    check(well, "calibration.doubt_level", level, "null or a number from 0 to 1")
    return Calibration(
        1.0 if temperature is None else float(temperature), None if level is None else float(level)
    )


def calibration_beside(weights: Path) -> dict[str, Any]:
    """`calibration_of` the card that lies beside a weights file; uncalibrated without one.

    Raises:
        InputError: If the card cannot be read.
    """
    card = card_beside(weights)
    return calibration_of(read_json(card) if card.is_file() else {})


def calibration_of(card: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a card that tell of calibration, for another card of the same weights."""
    return {key: card.get(key, UNCALIBRATED[key]) for key in KEYS}


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
