"""What is there twice, and what is broken, in sentences."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from resunet.cohort.broken import Broken, SetFlag
from resunet.cohort.corruption.kinds import CERTAIN_KINDS, KINDS
from resunet.cohort.leakage import Leakage, SharedPatient

_NAMED = 5  # patients at most in a sentence


def leakage_sentences(leakage: Leakage) -> list[str]:
    """At least one sentence on patients in two sets and on slices that are there twice."""
    named = [pair for pair in leakage.shared if pair.same_name]
    alike = [pair for pair in leakage.shared if not pair.same_name]
    sentences = []
    if named:
        sentences.append(
            f"{_count(named, 'patient is', 'patients are')} in two sets by name: "
            f"{_listed(f'{p.a.name} ({p.a.group} and {p.b.group})' for p in named)}."
        )
    if alike:
        counted = _count(alike, "pair of patients seems", "pairs of patients seem")
        names = _listed(map(_two_names, alike))
        sentences.append(f"By their pictures {counted} to be one under two names: {names}.")
    if not sentences:
        sentences.append("No patient was found twice, by name or by pictures.")
    if leakage.copies:
        turned = sum(bool(copy.turn) for copy in leakage.copies)
        mirrored = f", {turned} of them mirrored or turned" if turned else ""
        sentences.append(
            f"{_count(leakage.copies, 'pair of slices shows', 'pairs of slices show')} one picture"
            f"{mirrored}."
        )
    return sentences


def broken_sentences(broken: Broken, slices_of: Mapping[str, int]) -> list[str]:
    """At least one sentence on files that cannot be used and slices that seem broken.

    Args:
        broken: What was found.
        slices_of: Set → how many of its slices could be read.
    """
    certain = [each for each in broken.flags if each.flag.kind in CERTAIN_KINDS]
    judged = [each for each in broken.flags if each.flag.kind not in CERTAIN_KINDS]
    sentences = []
    if certain:
        counted = _count(certain, "file cannot", "files cannot")
        as_is = "as it is" if len(certain) == 1 else "as they are"
        sentences.append(f"{counted} be used {as_is}: {_kinds(certain)}.")
    if not broken.checked:
        return sentences or ["All files can be read; whether slices look broken was not asked."]
    slices = sum(slices_of.values())
    found = Counter(group for group, _ in {(each.group, each.flag.file) for each in judged})
    if found:
        sentences.append(f"{found.total():,} of {slices:,} slices seem broken: {_kinds(judged)}.")
        if len(slices_of) > 1:
            shares = (_share(name, found[name], count) for name, count in slices_of.items())
            sentences.append(f"By set: {', '.join(shares)}.")
    else:
        sentences.append(f"None of {slices:,} slices seems broken.")
    if broken.false_alarm_rate is not None:
        sentences.append(
            f"Of good slices about {broken.false_alarm_rate:.1%} would be told nevertheless, going "
            f"by {broken.fitted_on}."
        )
    return sentences


def _share(name: str, found: int, slices: int) -> str:
    share = f" ({found / slices:.1%})" if slices else ""
    return f"{name} {found:,} of {slices:,}{share}"


def _two_names(pair: SharedPatient) -> str:
    slices = f"{pair.slices} slice{'' if pair.slices == 1 else 's'}"
    agreement = "" if pair.similarity is None else f", {slices}, agreement {pair.similarity:.2f}"
    groups = (
        f"both in {pair.a.group}"
        if pair.a.group == pair.b.group
        else f"{pair.a.group} and {pair.b.group}"
    )
    return f"{pair.a.name} and {pair.b.name} ({groups}{agreement})"


def _kinds(flags: Iterable[SetFlag]) -> str:
    """Kinds with their numbers, the most frequent first."""
    counted = Counter(each.flag.kind for each in flags).most_common()
    return ", ".join(f"{KINDS[kind].title.lower()} ({count})" for kind, count in counted)


def _count(items: Sequence, one: str, many: str) -> str:
    return f"{len(items):,} {one if len(items) == 1 else many}"


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return "; ".join(known[:_NAMED]) + more
