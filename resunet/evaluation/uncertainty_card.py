"""Calibrates a model on patients that it was not trained on: what its card then says.

Twice the patients are predicted. First as the network says, to fit the temperature; then at that
temperature, to see what it brought and to find the doubt above which not to rely on a slice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from resunet.data.cases import Case
from resunet.errors import InputError
from resunet.evaluation.calibration import CalibrationCounts
from resunet.evaluation.one_pass import Plan, evaluate_cases
from resunet.evaluation.review_order import BAD_DICE
from resunet.evaluation.seen import OneNetwork
from resunet.evaluation.temperature import scaled_threshold
from resunet.evaluation.uncertainty import COUNTER, REGIONS, UncertaintyCounter, read_facts
from resunet.evaluation.uncertainty_band import WITHIN_MM
from resunet.evaluation.uncertainty_summary import Facts, level_entry, temperature_entry
from resunet.inference.calibrated import Calibration
from resunet.inference.engines import Engine, load_engine
from resunet.inference.models import ModelFile

_FIGURES = ("pixels", "ece", "brier", "nll")


@dataclass(frozen=True)
class Part:
    """Some patients, and the network that predicts them.

    Attributes:
        model: The model itself, or a fold of its cross-validation.
        cases: Patients that this network was not trained on.
    """

    model: ModelFile
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Calibrated:
    """What calibrating found.

    Attributes:
        temperature: T of sigmoid(z / T).
        threshold: At which a deterministic mask on the network's grid stays what it was.
        record: What a card says of it, as JSON values.
    """

    temperature: float
    threshold: float
    record: dict[str, Any]


def calibrate(
    parts: Sequence[Part],
    *,
    samples: int,
    seed: int = 0,
    region: str = "brain",
    skip_bad: bool = False,
    load: Callable[[ModelFile], Engine] = load_engine,
    on_case: Callable[[Case], None] = lambda case: None,
) -> Calibrated:
    """Fits the temperature and the level of doubt of a model.

    Args:
        parts: The patients, each predicted by one network; all networks of one threshold. An
            earlier temperature of theirs is left away.
        samples: T of the passes whose mean is calibrated; 0 is the deterministic pass.
        seed: Seed of the dropout masks.
        region: Where the temperature is fitted, as of `temperature_entry`.
        skip_bad: Whether files that cannot be used are left out, instead of refused.
        load: Makes the engine of a model.
        on_case: Called after each patient, so twice for each.

    Raises:
        InputError: If a patient cannot be read, comes twice, or none has tumour.
    """
    threshold = _base_threshold(parts)

    def predict(temperature: float) -> Facts:
        facts: dict[str, Any] = {}
        for part in parts:
            chosen = replace(part.model, calibration=Calibration(temperature))
            at = scaled_threshold(threshold, temperature)
            way = OneNetwork(load(chosen), samples=samples, seed=seed, threshold=at)
            plan = Plan(way, skip_bad=skip_bad, counters={COUNTER: UncertaintyCounter})
            for each in evaluate_cases(part.cases, plan, on_case=on_case).patients:
                if each.patient in facts:
                    raise InputError(f"{each.patient} comes twice; each patient once is accepted.")
                facts[each.patient] = read_facts(each.extra[COUNTER])
        return facts

    before = predict(1.0)
    fitted = temperature_entry(before, region)
    if fitted["fitted"] is None:
        raise InputError(
            "There is no brain to fit a temperature to; slices with brain are accepted."
        )
    temperature: float = fitted["fitted"]
    after = predict(temperature)
    record = {
        "patients": sorted(before),
        "networks": sorted({part.model.name for part in parts}),
        "samples": samples,
        "seed": seed if samples else None,
        "seed_reason": None if samples else "The deterministic pass draws nothing.",
        "region": region,
        "within_mm": WITHIN_MM,
        "threshold_before": threshold,
        "before": _figures(before),
        "after": _figures(after),
        "crossed": fitted["crossed"]
        and {name: _few(entry) for name, entry in fitted["crossed"].items()},
        "crossed_reason": fitted["crossed_reason"],
        **_level(level_entry(after)),
    }
    return Calibrated(temperature, scaled_threshold(threshold, temperature), record)


def calibrated_card(card: Mapping[str, Any], found: Calibrated) -> dict[str, Any]:
    """A card with what calibrating found.

    Args:
        card: As it was.
        found: Of `calibrate`.
    """
    return {
        **card,
        "threshold": found.threshold,
        "temperature": found.temperature,
        "temperature_reason": None,
        "calibration": found.record,
        "calibration_reason": None,
    }


def _base_threshold(parts: Sequence[Part]) -> float:
    """The threshold of the unscaled probabilities."""
    found = {
        scaled_threshold(part.model.threshold, 1.0 / part.model.calibration.temperature)
        for part in parts
    }
    if max(found) - min(found) > 1e-9:
        raise InputError(
            f"The networks have thresholds from {min(found):g} to {max(found):g}, where one is "
            "accepted."
        )
    return next(iter(found))


def _figures(facts: Facts) -> dict[str, Any]:
    """Calibration by region, and the mean Dice over patients, which scaling hardly moves."""
    dice = [each.overlap.dice for each in facts.values()]
    known = [value for value in dice if value == value]  # NaN is not equal to itself
    return {
        **{
            name: _few(
                sum(
                    (each.calibration[name] for each in facts.values()), CalibrationCounts()
                ).to_dict()
            )
            for name in REGIONS
        },
        "dice_patient_mean": sum(known) / len(known) if known else None,
        "dice_reason": None if known else "No patient has tumour, expert's or predicted.",
    }


def _few(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of calibration without its diagram."""
    return {name: entry[name] for name in _FIGURES}


def _level(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The level of doubt, as a card holds it."""
    values = dict(entry)
    return {
        "bad_dice": BAD_DICE,
        "doubt_level": values.pop("value"),
        "doubt_level_reason": values.pop("reason"),
        "doubt_level_found": values,
    }
