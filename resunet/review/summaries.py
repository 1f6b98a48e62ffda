"""The rows of computed patients, kept so that a list stands at once when it is opened again.

A row is kept under a digest of the patient's files (their names, sizes and times, as
`resunet.data.cache` does) and of everything the prediction depends on. The bytes of the files
are not read for it: that would take as long as opening every patient. What is kept are numbers
and warnings, never a picture.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from resunet.config import to_dict
from resunet.data.cases import Case
from resunet.errors import InputError
from resunet.inference.calibrated import NOT_CALIBRATED, Calibration
from resunet.inference.models import ModelFile
from resunet.review.rows import PatientRow, Size, SliceRow
from resunet.storage import SCHEMA, cache_dir, read_json, write_json

_VERSION = 1  # raise it when preparing, predicting or measuring changes: no old row is taken then


@dataclass(frozen=True)
class Settings:
    """What a row depends on, besides the patient.

    Attributes:
        model_sha256: Digest of the weights.
        config: Digest of the model's settings.
        threshold: Probability above which a pixel counts as tumour.
        samples: T, the number of stochastic passes.
        seed: Seed of the dropout masks.
        calibration: Of the model's card.
    """

    model_sha256: str
    config: str
    threshold: float
    samples: int
    seed: int
    calibration: Calibration = NOT_CALIBRATED


def settings_of(model: ModelFile, *, samples: int, seed: int) -> Settings:
    """The settings of a model's predictions; reads the weights for their digest.

    Raises:
        InputError: If they are not those of its card, or cannot be read.
    """
    config = json.dumps(to_dict(model.config), sort_keys=True)
    digest = hashlib.sha256(config.encode()).hexdigest()
    return Settings(model.check_digest(), digest, model.threshold, samples, seed, model.calibration)


def summary_path(case: Case, settings: Settings) -> Path | None:
    """The file in which a patient's row is kept; None where its files cannot be looked at.

    Args:
        case: The patient; to be asked before it is read, so that a row is never kept under a
            state of the files that came later.
        settings: What the row depends on.
    """
    try:
        files = [
            [os.path.realpath(path), (stat := os.stat(path)).st_size, stat.st_mtime_ns]
            for path in _files(case)
        ]
    except OSError:
        return None
    key = json.dumps([_VERSION, files, asdict(settings)])
    return cache_dir() / "worklist" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def load_row(path: Path) -> PatientRow | None:
    """The row kept in a file; None where there is none that can be used."""
    if not path.is_file():
        return None
    try:
        values = read_json(path)
        if values["schema"] != SCHEMA:
            return None
        return _row(values["row"])
    except (InputError, KeyError, TypeError):
        return None


def save_row(path: Path, row: PatientRow) -> None:
    """Keeps a row; where the disk does not take it, it is computed again another time."""
    with contextlib.suppress(OSError):
        write_json(path, {"schema": SCHEMA, "row": asdict(row)})


def _files(case: Case) -> Iterator[Path]:
    if case.folder is None:
        yield from (file.path for file in case.slices)
        return
    for folder, folders, names in os.walk(case.folder):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _row(values: dict[str, Any]) -> PatientRow:
    rows = [SliceRow(**{**each, "size": Size(*each["size"])}) for each in values["slices"]]
    changed = {"size": Size(*values["size"]), "warnings": tuple(values["warnings"])}
    return PatientRow(**{**values, **changed, "slices": tuple(rows)})
