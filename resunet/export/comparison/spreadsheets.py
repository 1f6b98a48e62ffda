"""A comparison as tables for spreadsheets: sets, pairs, findings, what is there twice.

CSV (RFC 4180, UTF-8, decimal point) below comment lines that begin with ``# ``, as the tables of
a prediction (`resunet.export.tables`). Columns are named as in ``comparison.json``, with the unit
at the end where a value has one. An empty cell is undefined; the JSON holds the reasons.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from resunet import DISCLAIMER, PROGRAM, __version__
from resunet.export.cells import harmless, text_cell
from resunet.export.comparison.findings import flags_of
from resunet.export.comparison.numbers import (
    finite,
    interval_at,
    list_at,
    mapping_at,
)
from resunet.export.comparison.pairs import pairs_of
from resunet.export.comparison.sets import sets_of
from resunet.export.comparison.words import Words
from resunet.export.refusals import writing_to
from resunet.storage import write_text

FILES = ("sets.csv", "pairs.csv", "flags.csv", "leakage.csv")

_SET = ("patients", "slices", "tumour_slices", "empty_share", "mean_area_px", "unusable_files")
_QUANTITY = ("a", "b", "difference", "ci", "g", "g_ci", "superiority", "p", "p_adjusted")
_FLAG = ("set", "file", "patient", "number", "kind", "score", "contrast", "why")
_INTERVALS = ("ci", "g_ci", "share_ci")

Row = list[Any]


def write_comparison_tables(
    folder: Path, result: Mapping[str, Any], words: Words | None = None
) -> list[Path]:
    """Writes ``sets.csv``, ``pairs.csv``, ``flags.csv`` and ``leakage.csv``.

    Args:
        folder: Where to; made if missing.
        result: What ``comparison.json`` holds; whatever it lacks, the tables lack.
        words: For the units of quantities.

    Returns:
        The files, in the order of `FILES`.

    Raises:
        InputError: If the folder cannot be written to.
    """
    tables = (
        sets_table(result),
        pairs_table(result, words or Words()),
        flags_table(result),
        leakage_table(result),
    )
    paths = [folder / name for name in FILES]
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, tables, strict=True):
            write_text(path, text)
    return paths


def sets_table(result: Mapping[str, Any]) -> str:
    """One line a set: its numbers, and the tumour of each quadrant."""
    sets = sets_of(result)
    quadrants = dict.fromkeys(q for s in sets.values() for q in mapping_at(s, "quadrant_mass"))
    head = ["set", "is_reference", *_SET]
    for name in quadrants:
        head += [f"{name}_{key}" for key in ("mean_px", "low_px", "high_px")]
        head += [f"{name}_{key}" for key in ("share", "share_low", "share_high")]
    rows = []
    for label, each in sets.items():
        row: Row = [label, label == result.get("reference"), *(each.get(key) for key in _SET)]
        for name in quadrants:
            mass = mapping_at(mapping_at(each, "quadrant_mass"), name)
            row += [mass.get("mean"), *_ends(mass, "ci")]
            row += [mass.get("share"), *_ends(mass, "share_ci")]
        rows.append(row)
    return _table(
        ["Quadrants: tumour pixels per slice, the mean over patients with its 95 % interval."],
        head,
        rows,
    )


def pairs_table(result: Mapping[str, Any], words: Words) -> str:
    """One line a pair and quantity."""
    head = ["set_a", "set_b", "patients_a", "patients_b", "quantity", "title", "unit", "family"]
    head += _headings(_QUANTITY)
    rows = []
    for pair in pairs_of(result):
        counts = [*list_at(pair, "patients"), None, None][:2]
        for name, entry in mapping_at(pair, "quantities").items():
            if not isinstance(entry, Mapping):
                continue
            quantity = words.quantity(name)
            row: Row = [pair.get("a"), pair.get("b"), *counts, name]
            row += [quantity.title, quantity.unit, quantity.family]
            rows.append(row + _cells(entry, _QUANTITY))
    notes = [
        "a, b: means over patients; difference: b less a; low and high: its 95 % interval.",
        "p: of the quantity alone; p_adjusted: allowed for all quantities of the pair.",
    ]
    return _table(notes, head, rows)


def flags_table(result: Mapping[str, Any]) -> str:
    """One line a finding of a slice that seems broken."""
    rows = [[flag.get(key) for key in _FLAG] for _, flag in flags_of(result)]
    return _table(["Score: in [0, 1], comparable within a kind."], _FLAG, rows)


def leakage_table(result: Mapping[str, Any]) -> str:
    """One line for two patients that seem one, or two slices that show one picture."""
    head = ["what", "set_a", "name_a", "set_b", "name_b", "same_name", "similarity", "turn"]
    head += ["slices", "file_a", "file_b"]
    rows: list[Row] = []
    found = mapping_at(result, "leakage")
    for each in list_at(found, "shared_patients"):
        if isinstance(each, Mapping):
            files = [*list_at(each, "files"), None, None][:2]
            row = ["patient", *_places(each, "patient"), each.get("same_name")]
            rows.append(
                [*row, each.get("similarity"), each.get("turn"), each.get("slices"), *files]
            )
    for each in list_at(found, "duplicate_slices"):
        if isinstance(each, Mapping):
            row = ["slice", *_places(each, "file"), None, each.get("similarity"), each.get("turn")]
            files = [mapping_at(each, side).get("file") for side in ("a", "b")]
            rows.append([*row, None, *files])
    return _table(["Similarity: agreement of the pictures, at most 1."], head, rows)


def _places(each: Mapping[str, Any], key: str) -> Row:
    """Set and name of both sides."""
    return [mapping_at(each, side).get(what) for side in ("a", "b") for what in ("set", key)]


def _headings(keys: Iterable[str]) -> list[str]:
    """Columns of some keys; an interval has two."""
    names: list[str] = []
    for key in keys:
        before = key.removesuffix("ci")
        names += [f"{before}low", f"{before}high"] if key in _INTERVALS else [key]
    return names


def _cells(entry: Mapping[str, Any], keys: Iterable[str]) -> Row:
    """Values in the order of `_headings`."""
    row: Row = []
    for key in keys:
        row += _ends(entry, key) if key in _INTERVALS else [entry.get(key)]
    return row


def _ends(entry: Mapping[str, Any], key: str) -> Row:
    return list(interval_at(entry, key) or (None, None))


def _table(notes: Iterable[str], head: Sequence[str], rows: Iterable[Row]) -> str:
    comments = [f"{PROGRAM} {__version__}. {DISCLAIMER}.", *notes]
    comments.append("An empty cell is undefined; comparison.json holds the reasons and all digits.")
    lines = [f"# {harmless(comment)}" for comment in comments]
    lines.append(",".join(text_cell(name) for name in head))
    lines += [",".join(map(_cell, row)) for row in rows]
    return "".join(f"{line}\r\n" for line in lines)


def _cell(value: Any) -> str:
    """A value as a cell: numbers with six digits, texts that are no formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return "" if finite(value) is None else f"{value + 0.0:.6g}"
    return text_cell(str(value))
