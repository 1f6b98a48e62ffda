"""Reads what the files of a run say, in the right types, whoever wrote them."""

from pathlib import Path
from typing import Any

from resunet.config import Config, from_dict
from resunet.errors import InputError
from resunet.records import check
from resunet.storage import read_json

_BESIDE = ("data", "versions")  # what a run's config.json holds beside the settings


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


def _checked_data(data: Any) -> dict[str, Any]:
    """What data a run uses: the folder, patients by split, slices, bad files, first weights."""
    check(isinstance(data, dict), "data", data, "an object")
    for name, value in data.items():
        if name in ("folder", "begins_with"):
            check(isinstance(value, str), f"data.{name}", value, "text")
        elif name == "skip_bad":
            check(isinstance(value, bool), "data.skip_bad", value, "true or false")
        elif name == "slices":
            counts = isinstance(value, dict) and all(type(count) is int for count in value.values())
            check(counts, "data.slices", value, "an object of whole numbers")
        else:
            texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
            check(texts, f"data.{name}", value, "a list of patients")
    return data
