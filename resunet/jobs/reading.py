"""Reads what the files of a run say, in the right types, whoever wrote them."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resunet.config import Config, from_dict
from resunet.errors import InputError
from resunet.records import check
from resunet.storage import SCHEMA, read_json

_BESIDE = ("data", "versions")  # what a run's config.json holds beside the settings

# of a run's status.json
_COUNTS = ("pid", "epoch", "epochs", "step", "steps", "best_epoch")
_NUMBERS = ("process_started", "heartbeat", "best_val_loss", "images_per_second", "seconds_left")
_TEXTS = ("state", "host", "device", "message")


def read_settings(path: Path) -> tuple[Config, dict[str, Any]]:
    """The settings in a JSON file, which may be a run's ``config.json``.

    Args:
        path: The file.

    Returns:
        The settings; and what data a run uses them on, empty where the file does not say.

    Raises:
        InputError: Names the file and what is wrong with it.
    """
    values = read_json(path)
    beside = {}
    if isinstance(values, dict):
        beside = {name: values.pop(name) for name in _BESIDE if name in values}
    try:
        return from_dict(values), _checked_data(beside.get("data", {}))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def read_versions(path: Path) -> dict[str, str | None]:
    """The versions that a run's ``config.json`` names; empty where it names none."""
    try:
        values = read_json(path)
    except InputError:
        return {}
    found = values.get("versions") if isinstance(values, dict) else None
    items = found.items() if isinstance(found, dict) else ()
    return {name: value for name, value in items if value is None or isinstance(value, str)}


def read_status(path: Path) -> dict[str, Any]:
    """What a ``status.json`` says, without what is not of its type; empty where it says nothing.

    Of a newer version's it is known only that it is one.
    """
    try:
        values = read_json(path)
    except InputError:
        return {}
    if not isinstance(values, dict):
        return {}
    schema = values.get("schema", SCHEMA)
    if type(schema) is int and schema > SCHEMA:
        message = f"A newer version of the program wrote {path.name} (schema {schema})."
        return {"schema": schema, "state": "unknown", "message": message}
    if values.get("best_val_loss") == "inf":  # as it is before the first validation
        values["best_val_loss"] = math.inf
    return {name: value for name, value in values.items() if _is_right(name, value)}


def _is_right(name: str, value: Any) -> bool:
    """Whether a value of a status has the type that its name asks for."""
    if name in _COUNTS:
        return type(value) is int and 0 <= value < 2**63
    if name in _NUMBERS:
        infinite = name == "best_val_loss" and value == math.inf
        return infinite or (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and abs(value) <= sys.float_info.max  # NaN is not
        )
    return isinstance(value, str) or (name not in _TEXTS and isinstance(value, int | float))


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, float | None]]:
    """The rows of a table of numbers.

    Args:
        path: A CSV file with a header.
        columns: Which columns are wanted. The first numbers the rows, and a row without its number
            is left out; so is one that is not whole. What else is undefined is None.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    header, *lines = text[: text.rfind("\n") + 1].splitlines() or [""]
    names = header.split(",")
    rows = []
    for line in lines:
        try:
            fields = dict(zip(names, line.split(","), strict=True))
            row = {column: _number(fields.get(column, "")) for column in columns}
        except ValueError:
            continue
        number = row[columns[0]]
        if number is not None and math.isfinite(number):
            rows.append(row)
    return rows


def _number(text: str) -> float | None:
    value = float(text) if text else math.nan
    return None if math.isnan(value) else value


def _checked_data(data: Any) -> dict[str, Any]:
    """What data a run uses: folder, fold, patients, slices, what is left out, first weights."""
    check(isinstance(data, dict), "data", data, "an object")
    for name, value in data.items():
        if name in ("folder", "begins_with", "fold"):
            check(isinstance(value, str), f"data.{name}", value, "text")
        elif name == "skip_bad":
            check(isinstance(value, bool), "data.skip_bad", value, "true or false")
        elif name == "slices":
            counts = isinstance(value, dict) and all(type(count) is int for count in value.values())
            check(counts, "data.slices", value, "an object of whole numbers")
        else:
            texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
            what = "names" if name == "excluded" else "patients"
            check(texts, f"data.{name}", value, f"a list of {what}")
    return data
