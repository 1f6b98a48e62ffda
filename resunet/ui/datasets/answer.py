"""The answer, before any chart: what differs, what is there twice, what is broken."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from resunet.cohort.corruption.kinds import CERTAIN_KINDS
from resunet.figures.labels import shortened
from resunet.ui.notices import literal

_ALONE = (
    "There is one set, and nothing to compare it with. A second one, such as another folder under "
    "**Compare with** or splits called training and testing, adds what differs between them and "
    "how sure that is, a map of it, and patients who are in both."
)
_FINE, _MIND = ":green[:material/check_circle:]", ":orange[:material/warning:]"
_SETS_MEAN = "Mean area of a slice on a grid of 256×256, slices without tumour included."
_FIXED = "\u00a0"  # a space at which no line ends
_NAME_LETTERS = 24
_ANSWER_PX, _SETS_PX = 540, 420
_MOST_PAIRS = 4  # of either sort
_MOST_DETAILS = 4  # of the pair that differs most, so that the answer stays on the first screen


def by_difference(pairs: Sequence[Mapping[str, Any]]) -> list[int]:
    """Indices of the pairs, that which differs most surely first."""

    def unlikeness(index: int) -> tuple[bool, float, float]:
        pair = pairs[index]
        holm, alone = pair.get("p_holm"), pair.get("p")
        return (
            not pair["differs"],
            2.0 if holm is None else holm,
            2.0 if alone is None else alone,
        )

    return sorted(range(len(pairs)), key=unlikeness)


def show_answer(result: Mapping[str, Any]) -> None:
    """What was found in sentences, and the sets in numbers beside it."""
    with st.container(horizontal=True, gap="medium"):
        with st.container(width="stretch", gap="xsmall", key="datasets_answer"):
            _show_pairs(result)
        with st.container(width=_SETS_PX, gap="xsmall"):
            _show_sets(result["sets"])
            for sentence, mind in (leakage_line(result), broken_line(result)):
                st.markdown(f"{_MIND if mind else _FINE} {literal(sentence)}")


def _show_pairs(result: Mapping[str, Any]) -> None:
    pairs = result["pairs"]
    if not pairs:
        st.markdown(_ALONE if len(result["sets"]) == 1 else literal(str(result["pairs_reason"])))
        return
    order = [pairs[index] for index in by_difference(pairs)]
    differing = [pair for pair in order if pair["differs"]]
    others = [pair for pair in order if not pair["differs"]]
    for pair in differing[:_MOST_PAIRS]:
        headline, *details = pair["summary"]
        st.markdown(f":red[:material/difference:] **{literal(headline)}**")
        if pair is differing[0]:
            st.markdown("\n".join(f"- {literal(line)}" for line in details[:_MOST_DETAILS]))
    if not differing and any(pair["p_holm"] is not None for pair in pairs):
        st.markdown("**No difference between the sets was shown.**")
    for pair in others[:_MOST_PAIRS]:
        st.caption(literal(pair["summary"][0]))
    left = len(differing[_MOST_PAIRS:]) + len(others[_MOST_PAIRS:])
    if left:
        st.caption(f"And {_counted(left, 'more pair', 'more pairs')}.")
    more = st.popover("All that was found of each pair", icon=":material/subject:")
    with more, st.container(width=_ANSWER_PX):
        for pair in order:
            headline, *details = pair["summary"]
            lines = [f"**{literal(headline)}**", "", *(f"- {literal(line)}" for line in details)]
            st.markdown("\n".join(lines))


def leakage_line(result: Mapping[str, Any]) -> tuple[str, bool]:
    """What is there twice in one sentence, and whether it is to be minded."""
    leakage = result["leakage"]
    pairs, copies = leakage["shared_patients"], len(leakage["duplicate_slices"])
    across = sum(pair["a"]["set"] != pair["b"]["set"] for pair in pairs)
    within = len(pairs) - across
    several = len(result["sets"]) > 1
    parts = []
    if across or (several and not within):
        parts.append(f"{_counted(across, 'patient is', 'patients are')} in two sets")
    if within:
        parts.append(f"{_counted(within, 'patient is', 'patients are')} in a set twice")
    parts.append(f"{_counted(copies, 'slice is', 'slices are')} there twice")
    return _sentence(parts), bool(pairs or copies)


def broken_line(result: Mapping[str, Any]) -> tuple[str, bool]:
    """How many slices are broken in one sentence, and whether it is to be minded.

    It is not where so many good slices are expected to be told: up to two standard deviations
    more than the false-alarm rate gives, as of a Poisson count.
    """
    flags = result["flags"]
    unusable = {(each["set"], each["file"]) for each in flags if each["kind"] in CERTAIN_KINDS}
    seeming = {(each["set"], each["file"]) for each in flags} - unusable
    slices = sum(values["slices"] for values in result["sets"].values())
    parts = []
    if unusable:
        parts.append(f"{_counted(len(unusable), 'file', 'files')} cannot be used")
    if result["checked"] or not unusable:
        what = "is known to be"
        if result["checked"]:
            what = "seem" if len(seeming) > 1 else "seems"
        parts.append(f"{_number(len(seeming))} of {slices:,} slices {what} broken")
    expected = (result.get("false_alarm_rate") or 0.0) * slices
    if seeming and round(expected):
        parts[-1] += f"; false alarms alone make about {expected:,.0f}"
    return _sentence(parts), bool(unusable) or len(seeming) > expected + 2 * math.sqrt(expected)


def _sentence(parts: Sequence[str]) -> str:
    joined = "; ".join(parts)
    return f"{joined[0].upper()}{joined[1:]}."


def _counted(count: int, one: str, many: str) -> str:
    if not count:
        return f"no {one}"
    return f"{count:,} {one if count == 1 else many}"


def _show_sets(sets: Mapping[str, Mapping[str, Any]]) -> None:
    """A table of text: one that scrolls would load a megabyte of script before the first chart."""
    st.markdown("\n".join(set_rows(sets)))
    st.caption(_SETS_MEAN)


def set_rows(sets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The sets in numbers, as the lines of a table in Markdown."""
    titles = ("Set", "Patients", "Slices", f"No{_FIXED}tumour", f"Mean{_FIXED}area")
    lines = [f"| {' | '.join(titles)} |", "|---|---:|---:|---:|---:|"]
    for name, values in sets.items():
        share, area = values.get("empty_share"), values.get("mean_area_px")
        cells = (
            literal(shortened(name, _NAME_LETTERS)).replace("|", "\\|"),
            f"{values['patients']:,}",
            f"{values['slices']:,}",
            "–" if share is None else f"{share:.0%}",
            "–" if area is None else f"{area:,.0f}{_FIXED}px",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _number(count: int) -> str:
    return f"{count:,}" if count else "none"
