"""The numbers of a report as text, with units, and reasons where there is none."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from resunet.export.report.words import count
from resunet.measure.corrections import CORRECTED

NONE = "–"
"""Stands for a value that is not known."""

MOST_LESIONS = 8
"""So many lesions are listed."""


class Row(NamedTuple):
    """One measured quantity.

    Attributes:
        name: What it is.
        predicted: Its number.
        unit: Of all numbers in the row.
        interval: Its spread over the passes; empty where it has none.
        expert: The same of the expert's outline; empty where there is none.
        remark: The slice, the count or the reason.
    """

    name: str
    predicted: str
    unit: str = ""
    interval: str = ""
    expert: str = ""
    remark: str = ""


def number(value: float | None, digits: int) -> str:
    """A number with so many decimals; `NONE` for None."""
    return NONE if value is None else f"{value:.{digits}f}"


def millilitres(value: float | None) -> str:
    """A volume with three significant figures or so."""
    return number(value, 2 if value is not None and value < 10 else 1)


def signed(value: float, digits: int) -> str:
    """A difference with its sign; nothing is ``+0``."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def spread(bounds: Sequence[float] | None, digits: int) -> str:
    """An interval; empty where there is none."""
    return "" if bounds is None else f"{bounds[0]:.{digits}f} – {bounds[1]:.{digits}f}"


def area(entry: Mapping[str, Any], key: str = "area") -> tuple[str, str, str]:
    """A slice's area, its interval and unit: mm², or pixels where the spacing is unknown.

    Args:
        entry: One of the values' ``slices``.
        key: ``"area"`` or ``"expert_area"``.
    """
    for unit, suffix in (("mm²", "mm2"), ("pixels", "px")):
        value = entry[f"{key}_{suffix}"]
        if value is not None:
            bounds = entry.get(f"{key}_{suffix}_interval")  # of the prediction alone
            return number(value, 0), spread(bounds, 0), unit
    return NONE, "", ""


def rows(values: Mapping[str, Any], key_slice: int) -> list[Row]:
    """The table of the first page.

    Args:
        values: As `resunet.export.report.write_report` takes them.
        key_slice: Index of the slice shown large.
    """
    entry, expert = values["slices"][key_slice], values["expert"] or {}
    shown, bounds, unit = area(entry)
    listed = [
        _volume(values, expert),
        Row(
            f"Area in slice {entry['number']}",
            shown,
            unit,
            bounds,
            area(entry, "expert_area")[0] if expert else "",
            _area_remark(values, entry) if entry["done"] else "not computed",
        ),
        *_diameters(values, expert),
        _lesions(values, expert),
        _doubt(values),
    ]
    if expert or values["dice"] is not None:
        listed += [_dice(values), _hd95(values, entry)]
    return listed


def lesion_heads(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The heads of the columns of `lesion_rows`."""
    size = "Volume, ml" if _has_volumes(values) else "Voxels"
    return ("", "Side", "Slices", size, "Largest, mm", "Bidimensional, mm", "Product, mm²", "RANO")


def lesion_rows(values: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The largest lesions, at most `MOST_LESIONS`."""
    listed: list[tuple[str, ...]] = []
    for lesion in (values["lesions"] or [])[:MOST_LESIONS]:
        first, last = lesion["first_number"], lesion["last_number"]
        size = millilitres(lesion["volume_ml"]) if _has_volumes(values) else str(lesion["voxels"])
        measurable = {None: NONE, True: "measurable", False: "below 10 mm"}[lesion["measurable"]]
        listed.append(
            (
                str(lesion["lesion"]),
                lesion["side"] or NONE,
                str(first) if first == last else f"{first} – {last}",
                size,
                number(lesion["largest_diameter_mm"], 1),
                _two(lesion["bidimensional_mm"]),
                number(lesion["bidimensional_product_mm2"], 0),
                measurable,
            )
        )
    return listed


def lesion_remarks(values: Mapping[str, Any]) -> list[str]:
    """What stands beneath the lesions: those not listed, and why something is not known."""
    lesions = values["lesions"]
    if lesions is None:
        return [values["lesions_reason"]]
    if not lesions:
        return ["No tumour is found."]
    remarks = []
    rest = lesions[MOST_LESIONS:]
    if rest:
        if _has_volumes(values):
            size = f"{millilitres(sum(lesion['volume_ml'] for lesion in rest))} ml"
        else:
            size = f"{sum(lesion['voxels'] for lesion in rest)} voxels"
        remarks.append(f"{len(rest)} more, each no larger than the last, are together {size}.")
    for key in ("lesions_dimensions_reason", "diameter_reason"):
        if values.get(key):
            remarks.append(values[key])
    return remarks


def single_slice(values: Mapping[str, Any], mean_std: float | None) -> str:
    """What stands in place of the course over the slices where there is but one.

    Args:
        values: As `resunet.export.report.write_report` takes them.
        mean_std: Mean uncertainty in its brain, or None.
    """
    (entry,) = values["slices"]
    shown, bounds, unit = area(entry)
    passes = f" ({bounds} over the passes)" if bounds else ""
    doubt = f"; uncertainty at most {number(entry['std_max'], 3)}" if mean_std is not None else ""
    mean = f", {number(mean_std, 3)} on average in the brain" if doubt else ""
    return f"A single slice has no course. Tumour area {shown} {unit}{passes}{doubt}{mean}."


def _volume(values: Mapping[str, Any], expert: Mapping[str, Any]) -> Row:
    volume, error = values["volume_ml"], values["volume_error_ml"]
    digits = 2 if volume is not None and volume < 10 else 1
    # that one pass has no interval is said beside the uncertainty
    reason = "volume_ml_interval_reason" if values["samples"] >= 2 else "volume_reason"
    return Row(
        "Volume",
        millilitres(volume),
        "ml" if volume is not None else "",
        spread(values["volume_ml_interval"], digits),
        millilitres(expert["volume_ml"]) if expert else "",
        _remark(_error(error, digits, "ml", values["volume_error_percent"]), values[reason]),
    )


def _area_remark(values: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    # what holds for all slices stands beside the volume
    reason = None if values["interval_reason"] else entry["area_interval_reason"]
    unit, suffix = ("pixels", "px") if entry["area_mm2"] is None else ("mm²", "mm2")
    error = _error(entry[f"area_error_{suffix}"], 0, unit, entry["area_error_percent"])
    return _remark(error, reason)


def _remark(error: str | None, reason: str | None) -> str:
    reason = "Corrected by hand." if reason == CORRECTED else reason
    return ". ".join(filter(None, (error, reason)))


def _error(value: float | None, digits: int, unit: str, percent: float | None) -> str | None:
    """How far a size is from the expert's; None where there is no outline to compare with."""
    if value is None:
        return None
    share = "" if percent is None else f" ({signed(percent, 1)} %)"
    return f"error {signed(value, digits)} {unit}{share}"


def _diameters(values: Mapping[str, Any], expert: Mapping[str, Any]) -> list[Row]:
    reason = values["diameter_reason"] or ""
    both, product = values["bidimensional_mm"], values["bidimensional_product_mm2"]
    return [
        Row(
            "Largest diameter",
            number(values["largest_diameter_mm"], 1),
            "" if reason else "mm",
            "",
            number(expert["largest_diameter_mm"], 1) if expert else "",
            reason or f"slice {values['largest_diameter_number']}",
        ),
        Row(
            "Bidimensional (RANO)",
            _two(both),
            "mm" if both else "",
            "",
            _two(expert["bidimensional_mm"]) if expert else "",
            f"slice {values['bidimensional_number']}" if both else "",
        ),
        Row(
            "Bidimensional product",
            number(product, 0),
            "mm²" if both else "",
            "",
            number(expert["bidimensional_product_mm2"], 0) if expert else "",
        ),
    ]


def _lesions(values: Mapping[str, Any], expert: Mapping[str, Any]) -> Row:
    found, measurable = values["lesions_count"], values["lesions_measurable"]
    remarks = [values["lesions_reason"] or ""]
    if found and values["lesions_dimensions"] == 2 and len(values["slices"]) > 1:
        remarks.append("counted in each slice")
    if found and measurable is not None:
        remarks.append(f"{measurable} of at least 10 × 10 mm")
    return Row(
        "Lesions",
        number(found, 0),
        expert=number(expert["lesions_count"], 0) if expert else "",
        remark="; ".join(filter(None, remarks)),
    )


def _doubt(values: Mapping[str, Any]) -> Row:
    known = [entry for entry in values["slices"] if entry["std_max"] is not None]
    if not known:
        return Row("Highest uncertainty", NONE, remark=values["interval_reason"] or "not computed")
    highest = max(known, key=lambda entry: entry["std_max"])
    return Row(
        "Highest uncertainty",
        number(highest["std_max"], 3),
        remark=f"slice {highest['number']}; standard deviation",
    )


def _dice(values: Mapping[str, Any]) -> Row:
    over = f"over {count(values['dice_slices'], 'slice')}"
    return Row(
        "Dice with the expert",
        number(values["dice"], 3),
        remark=values["dice_reason"] or over,
    )


def _hd95(values: Mapping[str, Any], entry: Mapping[str, Any]) -> Row:
    """The patient's distance, or the one slice's alone where there is none, and why."""
    in_slice, whole = _distance(entry), values["hd95_mm"]
    name = f"slice {entry['number']}"
    if whole is not None:
        remark = f"{name}: {' '.join(in_slice).strip()}"
        return Row("HD95 to the expert", *_distance(values), remark=remark)
    known = in_slice != (NONE, "")
    return Row(f"HD95 in {name}", *in_slice, remark=(values if known else entry)["hd95_reason"])


def _distance(values: Mapping[str, Any]) -> tuple[str, str]:
    """A distance and its unit: mm, or pixels where the spacing is unknown."""
    for unit, key in (("mm", "hd95_mm"), ("pixels", "hd95_px")):
        value = values.get(key)
        if value is not None:
            return (number(value, 2), unit) if math.isfinite(value) else ("infinite", "")
    return NONE, ""


def _two(both: Sequence[float] | None) -> str:
    return NONE if both is None else f"{both[0]:.1f} × {both[1]:.1f}"


def _has_volumes(values: Mapping[str, Any]) -> bool:
    return all(lesion["volume_ml"] is not None for lesion in values["lesions"] or [])
