"""Results of patients kept on disk, so that an evaluation that was stopped goes on.

A result is found again by what went into it: the model's bytes, the patient's files with their
sizes and times, how it was predicted and counted. Some ten kilobytes a patient, in the folder
``patients`` of the result folder; safe to delete.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from resunet import __version__
from resunet.data.cases import Case
from resunet.data.named_slices import patient_name
from resunet.data.stamps import stamps_of
from resunet.errors import InputError
from resunet.evaluation.outlines import read_outlines
from resunet.evaluation.patients import PatientResult, Surface
from resunet.evaluation.slices import SliceResult
from resunet.evaluation.sweep import Sweep
from resunet.metrics import BrainCounts, OverlapCounts
from resunet.storage import SCHEMA, dump_json, read_json, write_json

FOLDER = "patients"
"""In the result folder."""

_VERSION = 1  # raise it when counting changes, so that old results are not taken


@dataclass(frozen=True)
class CaseResult:
    """What came of one patient.

    Attributes:
        result: What was measured; None where none of the patient's files can be used.
        skipped: A sentence for each file that was left out.
    """

    result: PatientResult | None
    skipped: tuple[str, ...] = ()


def case_key(case: Case, settings: Mapping[str, Any]) -> str:
    """What a patient's result is kept under: 32 hexadecimal digits.

    Args:
        case: The patient.
        settings: JSON values that tell how it is predicted and counted.

    Raises:
        InputError: If a file of the patient is gone.
    """
    what = {
        "version": [_VERSION, __version__],
        "patient": patient_name(case),
        "files": stamps_of(case),
        "left_out": case.left_out,
        **settings,
    }
    return hashlib.sha256(dump_json(what).encode()).hexdigest()[:32]


def read_kept(folder: Path, key: str) -> CaseResult | None:
    """A patient's result, where it was kept.

    Args:
        folder: The result folder.
        key: Of `case_key`.

    Returns:
        None where there is none, or one that cannot be read.
    """
    try:
        values = read_json(_file(folder, key))
        result = values["result"]
        return CaseResult(
            None if result is None else _result(result), tuple(map(str, values["skipped"]))
        )
    except (InputError, LookupError, TypeError, ValueError):  # damaged: it is made anew
        return None


def keep(folder: Path, key: str, case: Case, found: CaseResult) -> None:
    """Keeps a patient's result.

    Args:
        folder: The result folder.
        key: Of `case_key`.
        case: The patient.
        found: What came of it.
    """
    values = None if found.result is None else _values(found.result)
    write_json(
        _file(folder, key),
        {
            "schema": SCHEMA,
            "split": case.split,
            "patient": case.patient,
            "skipped": found.skipped,
            "result": values,
        },
    )


def _file(folder: Path, key: str) -> Path:
    return folder / FOLDER / f"{key}.json"


def _values(result: PatientResult) -> dict[str, Any]:
    """JSON values; slices by column, since names on every one would fill the file."""
    rows = [_row(each) for each in result.slices]
    return {
        "split": result.split,
        "patient": result.patient,
        "pixel_mm2": result.pixel_mm2,
        "step_mm": result.step_mm,
        "volume_reason": result.volume_reason,
        "surface": None if result.surface is None else asdict(result.surface),
        "sweep": asdict(result.sweep),
        "slices": {name: [row[name] for row in rows] for name in (rows[0] if rows else ())},
        "extra": dict(result.extra),
        "outlines": {name: each.to_dict() for name, each in result.outlines.items()},
    }


def _row(each: SliceResult) -> dict[str, Any]:
    return {
        "number": each.number,
        **{f"native_{name}": value for name, value in asdict(each.native).items()},
        **{f"grid_{name}": value for name, value in asdict(each.grid).items()},
        **{f"ceiling_{name}": value for name, value in asdict(each.ceiling).items()},
        "hd95_mm": each.hd95_mm,
        "near_px": each.near_px,
        "surface_px": each.surface_px,
    }


def _result(values: Mapping[str, Any]) -> PatientResult:
    columns: Mapping[str, Sequence[Any]] = values["slices"]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    surface, sweep = values["surface"], values["sweep"]
    return PatientResult(
        split=str(values["split"]),
        patient=str(values["patient"]),
        slices=tuple(map(_slice, rows)),
        sweep=Sweep(
            tuple(map(float, sweep["thresholds"])),
            tuple(map(int, sweep["inside"])),
            tuple(map(int, sweep["pred"])),
            int(sweep["true"]),
        ),
        pixel_mm2=values["pixel_mm2"],
        step_mm=values["step_mm"],
        volume_reason=values["volume_reason"],
        surface=None
        if surface is None
        else Surface(_number(surface["hd95_mm"]), surface["near_px"], surface["surface_px"]),
        extra=dict(values["extra"]),
        outlines=read_outlines(values.get("outlines")),  # older files have none
    )


def _slice(row: Mapping[str, Any]) -> SliceResult:
    def counts(grid: str) -> dict[str, int]:
        return {
            name.removeprefix(grid): int(value)
            for name, value in row.items()
            if name.startswith(grid)
        }

    return SliceResult(
        number=int(row["number"]),
        native=BrainCounts(**counts("native_")),
        grid=BrainCounts(**counts("grid_")),
        ceiling=OverlapCounts(**counts("ceiling_")),
        hd95_mm=_number(row["hd95_mm"]),
        near_px=int(row["near_px"]),
        surface_px=int(row["surface_px"]),
    )


def _number(value: float | str | None) -> float:
    """A number as it was before it was written: null is NaN, ``"inf"`` infinite."""
    return math.nan if value is None else float(value)
