"""What each set is: its numbers, where its tumours lie, and where its patients come from."""

from collections.abc import Iterable, Mapping
from typing import Any

from resunet.export.comparison.marks import Scale, interval_mark
from resunet.export.comparison.markup import (
    Html,
    breakable,
    element,
    joined,
    over_text,
    section,
    table,
)
from resunet.export.comparison.numbers import (
    NONE,
    Notes,
    interval_at,
    list_at,
    mapping_at,
    number_at,
    percent,
    plain,
    whole,
)
from resunet.export.comparison.pictures import Pictures, shown
from resunet.export.comparison.words import spelled
from resunet.figures.colours import QUALITATIVE

Sets = Mapping[str, Mapping[str, Any]]


def sets_of(result: Mapping[str, Any]) -> Sets:
    """The sets of a result, those that are whole."""
    found = mapping_at(result, "sets")
    return {name: each for name, each in found.items() if isinstance(each, Mapping)}


def set_name(name: str, index: int) -> Html:
    """A set's name with its colour."""
    dot = element("span", class_=f"dot s{index % len(QUALITATIVE)}", aria_hidden="true")
    return element("span", dot, element("span", breakable(name or "(no name)")), class_="set")


def sets_section(result: Mapping[str, Any]) -> Html:
    """How many patients and slices the sets have, and how much tumour."""
    notes = Notes()
    flagged = [each.get("set") for each in list_at(result, "flags") if isinstance(each, Mapping)]
    head = ["Set", "Patients", "Slices", "With tumour", "Without tumour", "Mean tumour area, px"]
    head += ["Unusable files", "Findings"]
    rows = []
    for index, (name, each) in enumerate(sets_of(result).items()):
        reference = name == result.get("reference")
        mark = [element("span", "reference", class_="tag")] if reference else []
        area = number_at(each, "mean_area_px")
        rows.append(
            [
                element("th", set_name(name, index), *mark, scope="row"),
                whole(each.get("patients")),
                whole(each.get("slices")),
                whole(each.get("tumour_slices")),
                percent(number_at(each, "empty_share")),
                notes.missing(each, "mean_area_px") if area is None else f"{area:,.0f}",
                whole(each.get("unusable_files")),
                f"{flagged.count(name):,}",
            ]
        )
    return section("sets", "Sets", table(head, rows, class_="numbers"), notes.written())


def distributions_section(pictures: Pictures, names: Iterable[str]) -> Html:
    """Mean and standard deviation of the masks; nothing without the picture."""
    if pictures.distributions is None:
        return Html()
    alt = f"Mean and standard deviation of the tumour masks of {', '.join(names)}."
    caption = (
        "The share of slices with tumour at each pixel, and its standard deviation. R is the "
        "patient's right side."
    )
    return section(
        "distributions", "Where tumours lie", shown(pictures.distributions, alt, caption)
    )


def quadrants_section(result: Mapping[str, Any]) -> Html:
    """Tumour by quadrant, with intervals; nothing where no set tells."""
    sets = sets_of(result)
    names = dict.fromkeys(q for each in sets.values() for q in mapping_at(each, "quadrant_mass"))
    if not names:
        return Html()
    notes = Notes()
    scale = _share_scale(sets)
    rows = []
    for name in names:
        for index, (label, each) in enumerate(sets.items()):
            mass = mapping_at(mapping_at(each, "quadrant_mass"), name)
            first = element("th", spelled(name), scope="rowgroup", rowspan=len(sets))
            rows.append([*([] if index else [first]), *_quadrant(label, index, mass, scale, notes)])
    head = [*over_text("Quadrant", "Set"), "Tumour per slice, px", "Share of the tumour", ""]
    text = element(
        "p",
        "Means over patients with 95 % intervals, from patients drawn again. Right and left are "
        "the patient's.",
        class_="lead",
    )
    shown_table = table(head, rows, class_="numbers grouped")
    return section("quadrants", "Tumour by quadrant", text, shown_table, notes.written())


def _quadrant(
    label: str, index: int, mass: Mapping[str, Any], scale: Scale, notes: Notes
) -> list[Html]:
    mean, share = number_at(mass, "mean"), number_at(mass, "share")
    ends, share_ends = interval_at(mass), interval_at(mass, "share_ci")
    area = (
        notes.missing(mass, "mean")
        if mean is None
        else _with_interval(
            plain(mean), "" if ends is None else f"{plain(ends[0])} to {plain(ends[1])}"
        )
    )
    between = _percents(share_ends)
    part = (
        notes.missing(mass, "share") if share is None else _with_interval(percent(share), between)
    )
    text = f"{label}: {percent(share)}" + (f", {between}" if between else "")
    mark = interval_mark(
        share, share_ends, scale, text=text, class_=f"mark s{index % len(QUALITATIVE)}"
    )
    return [
        element("td", set_name(label, index), class_="text"),
        element("td", area),
        element("td", part),
        element("td", mark, class_="drawn"),
    ]


def sites_section(result: Mapping[str, Any]) -> Html:
    """Where the patients come from; nothing where no name tells."""
    sets = sets_of(result)
    counts = {name: mapping_at(each, "sites") for name, each in sets.items()}
    sites = sorted({site for each in counts.values() for site in each})
    if not sites:
        return Html()
    head = ["Site", *map(breakable, sets)]
    rows: list[list[str]] = [
        [element("th", site, scope="row"), *(whole(each.get(site, 0)) for each in counts.values())]
        for site in sites
    ]
    unknown = [_unknown(each, counts[name]) for name, each in sets.items()]
    if any(number != "0" for number in unknown):
        rows.append([element("th", "not told by the name", scope="row"), *unknown])
    tests = "; ".join(filter(None, map(_site_test, list_at(result, "pairs"))))
    words = f"That sites are spread so by chance alone: {tests}." if tests else ""
    return section(
        "sites",
        "Where patients come from",
        element("p", "By the patients' names, where these carry a site.", class_="lead"),
        table(head, rows, class_="numbers"),
        *([element("p", words, class_="note")] if words else []),
    )


def _unknown(each: Mapping[str, Any], counts: Mapping[str, Any]) -> str:
    patients = number_at(each, "patients")
    known = sum(number_at(counts, site) or 0 for site in counts)
    return NONE if patients is None else whole(max(patients - known, 0))


def _site_test(pair: Any) -> str:
    """Whether two sets' sites differ; empty where that was not tested."""
    p = number_at(mapping_at(pair, "sites"), "p")
    return "" if p is None else f"{pair.get('a')} and {pair.get('b')} p = {p:.2g}"


def _share_scale(sets: Sets) -> Scale:
    """From 0 to the highest end of an interval, in whole tenths."""
    ends = [0.0]
    for each in sets.values():
        for mass in mapping_at(each, "quadrant_mass").values():
            interval = interval_at(mass, "share_ci") if isinstance(mass, Mapping) else None
            ends.append(interval[1] if interval else number_at(mass, "share") or 0.0)
    return Scale(0.0, min(max(int(max(ends) * 10 + 0.999) / 10, 0.1), 1.0))


def _percents(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f"{100 * ends[0]:.1f} to {percent(ends[1])}"


def _with_interval(value: str, interval: str) -> Html:
    below = [element("span", interval, class_="interval")] if interval else []
    return joined([value, *below])
