"""Frozen records from JSON values: unknown keys and bad values are refused by their dotted name."""

import dataclasses
import inspect
import math
import re
import sys
import types
import typing
from typing import Any, Literal

from resunet.errors import InputError


def check(condition: bool, name: str, value: Any, accepted: str) -> None:
    """Raises an `InputError` that names a value and what is accepted instead."""
    if not condition:
        raise InputError(f"{name} is {value!r}, where {accepted} is accepted.")


def read_record(kind: type, values: Any, path: str = "") -> Any:
    """Builds a dataclass, and those nested in it, from JSON values.

    Args:
        kind: The dataclass; its fields are numbers, truth values, texts, literals, tuples of
            whole numbers, or dataclasses again.
        values: A JSON object; keys left out take their defaults.
        path: What stands before the names in errors, such as ``"training."``.

    Raises:
        InputError: If a key is unknown, or a value of the wrong type or out of range.
    """
    if not isinstance(values, dict):
        raise InputError(f"{path.rstrip('.')} is {values!r}, where an object is accepted.")
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise InputError(
            f"{path}{unknown[0]} is not a setting; known are {', '.join(sorted(hints))}."
        )
    arguments = {
        name: _value(hints[name], value, f"{path}{name}") for name, value in values.items()
    }
    try:
        return kind(**arguments)
    except InputError as error:
        raise InputError(f"{path}{error}") from None


def flat(record: Any) -> dict[str, Any]:
    """Every value of a dataclass and of those nested in it, by its dotted name, in their order."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if dataclasses.is_dataclass(value):
            values |= {f"{field.name}.{name}": inner for name, inner in flat(value).items()}
        else:
            values[field.name] = value
    return values


def explained(kind: type) -> dict[str, str]:
    """What each field of a dataclass is, from the section ``Attributes:`` of its docstring."""
    found: dict[str, str] = {}
    name = ""
    _, _, section = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    for line in section.splitlines():
        if start := _ATTRIBUTE.match(line):
            name = start["name"]
            found[name] = start["text"]
        elif name and line.startswith(" " * 5):
            found[name] += f" {line.strip()}"
        else:
            break
    return found


def _value(hint: Any, value: Any, path: str) -> Any:
    """One JSON value as the annotated type, refused by name where it does not fit."""
    if dataclasses.is_dataclass(hint):
        return read_record(typing.cast(type, hint), value, f"{path}.")
    origin = typing.get_origin(hint)
    if origin is Literal:
        choices = typing.get_args(hint)
        check(value in choices, path, value, "one of " + ", ".join(map(repr, choices)))
        return value
    if origin is tuple:
        check(isinstance(value, list | tuple), path, value, "a list of whole numbers")
        return tuple(_value(int, item, f"{path}[{i}]") for i, item in enumerate(value))
    if hint is float and type(value) is int and abs(value) <= sys.float_info.max:
        value = float(value)
    check(type(value) is hint, path, value, _SAY[hint])
    if hint is float:
        check(math.isfinite(value), path, value, "a finite number")
    return value


_ATTRIBUTE = re.compile(r" {4}(?P<name>\w+): (?P<text>.+)")

_SAY: types.MappingProxyType[type, str] = types.MappingProxyType(
    {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
)
