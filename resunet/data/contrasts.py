"""Which file or DICOM series is which contrast, and why."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from resunet.data.acquisition import (
    LABELS,
    Measurement,
    NameEvidence,
    SeriesFields,
    evidence_in,
    is_gradient_echo,
    measured,
    quotable,
)
from resunet.errors import InputError
from resunet.study import CONTRASTS

if TYPE_CHECKING:
    from resunet.data.readers.volumes import Candidate

# ImageType's words for what is no picture of the anatomy; a plain DERIVED is a reformatted one
_NO_ANATOMY = re.compile(
    r"(?:^|[^A-Z0-9])(?:LOCALIZER|E?ADC|DIFFUSION|TRACEW|FA|DWI|PERFUSION|ASL|R?CB[FV]|MTT|TTP|TMAX"
    r"|MIP|MINIP|IP|PROJECTION|SUBTRACT|SUBTRACTION|SUB|PHASE|VELOCITY|SWI|MAP|SCREEN)(?![A-Z0-9])"
)
# what people write into ContrastBolusAgent where none was given
_NO_AGENT = re.compile(
    r"[\W_]*|0+([.,]0*)?( *ML)?|N/?A?|NONE?|NIL|NULL|UNKNOWN|(NO|W/O|OHNE|KEIN|WITHOUT)\b.*"
)


class Guess(NamedTuple):
    """Which contrast something is taken for.

    Attributes:
        contrast: One of `CONTRASTS`, `LABELS`, or None where nothing tells.
        reason: What tells it, in a few words, such as ``its name says "t1c"``.
    """

    contrast: str | None
    reason: str


class UnclearContrasts(InputError):  # noqa: N818 - no fault, but a question to the user
    """Guesses that give a contrast to two volumes or to none: somebody has to choose.

    Attributes:
        candidates: What there is to choose from; empty until whoever knows the volumes adds it.
    """

    candidates: "tuple[Candidate, ...]" = ()


def guess_from_name(name: str) -> Guess:
    """The contrast that a file's name tells of.

    Knows the names of BraTS 2018–2024 (t1, t1ce, t1c, t1n, t2w, t2f, …), those of BIDS, and
    what tools and scanners write (``t1c_bet``, ``AX T1 +C``, ``t2_tirm_tra_dark-fluid``).

    Args:
        name: A file's name without its folder; case, separators and suffixes do not matter.
    """
    evidence = evidence_in(name)
    is_t1ce = evidence.weighting == "t1" and evidence.enhanced
    return Guess("t1ce" if is_t1ce else evidence.weighting, f"its name {_said(evidence)}")


def _said(evidence: NameEvidence) -> str:
    if not evidence.words:
        return "tells no contrast"
    unclear = evidence.weighting is None and len(evidence.words) > 1
    *others, last = (f'"{word}"' for word in evidence.words)
    words = f"{', '.join(others)} and {last}" if others else last
    return f"says both {words}" if unclear else f"says {words}"


class _Source(NamedTuple):
    """What a text of a header is called in a reason, and what it says."""

    called: str
    evidence: NameEvidence


def guess_from_series(fields: SeriesFields) -> Guess:
    """The contrast that a DICOM header tells of.

    The description comes first, then the protocol's name. The times of the sequence complete
    them, and correct a "T2" that is a FLAIR or a gradient echo. A series of pictures is never
    taken for `LABELS`.
    """
    if other := _other_picture(fields):
        return Guess(None, other)
    times = measured(fields)
    texts = (("SeriesDescription", fields.description), ("ProtocolName", fields.protocol))
    sources = [
        _Source(f'{keyword} "{quotable(text)}"', evidence_in(text))
        for keyword, text in texts
        if quotable(text)
    ]
    for place, source in enumerate(sources):
        evidence = source.evidence
        if evidence.is_other or evidence.weighting == LABELS:
            return Guess(None, f"{source.called} {_said(evidence)}")
        # a protocol may be named for a whole examination: the series' own times weigh more
        if evidence.weighting and (place == 0 or times.weighting in (None, evidence.weighting)):
            return _enhance(_settle(source, times, fields), sources[: place + 1], fields)
    if times.reason:
        return _enhance(Guess(times.weighting, times.reason), sources[:1], fields)
    for source in sources:
        if source.evidence.words:
            return Guess(None, f"{source.called} {_said(source.evidence)}")
    return Guess(None, "its header tells no contrast")


def _other_picture(fields: SeriesFields) -> str:
    """Why a series is certainly no contrast of ours, whatever its name; else empty."""
    for value in fields.image_type:
        upper = value.strip().upper()
        if upper == "P" or _NO_ANATOMY.search(upper):  # P: Siemens' phase
            return f'ImageType says "{quotable(value)}"'
    if "EP" in fields.scanning_sequence:
        return "ScanningSequence says EP, echo planar"
    if fields.diffusion_b is not None and fields.diffusion_b > 0:
        return f"diffusion b-value {fields.diffusion_b:g} s/mm²"
    return ""


def _settle(source: _Source, times: Measurement, fields: SeriesFields) -> Guess:
    """The weighting where a name tells one, whether or not a contrast agent was given."""
    called, evidence = source
    told, usual = evidence.weighting, times.weighting
    if usual == "flair" and (told == "t2" or (told == "t1" and evidence.says_flair)):
        return Guess("flair", f"{called} with {times.reason} is the usual name of a FLAIR")
    if told == "flair" and usual == "t1" and "inversion" in times.reason:
        return Guess("t1", f"{called} with {times.reason} is a T1-weighted FLAIR")
    if told == "t2" and is_gradient_echo(fields):
        return Guess(None, f"{called}, but it is a gradient echo: T2*-weighted, or CISS/FIESTA")
    # where a header is silent about the inversion, a FLAIR's times look like a T2's
    if usual is None or usual == told or (told, usual) == ("flair", "t2"):
        return Guess(told, called)
    return Guess(told, f"{called}, although {times.reason} are usual for {usual.upper()}")


def _enhance(guess: Guess, sources: Sequence[_Source], fields: SeriesFields) -> Guess:
    """Tells T1CE from T1: by the words; where they are silent, by ContrastBolusAgent."""
    if guess.contrast != "t1":
        return guess
    for called, evidence in sources:
        if evidence.enhanced is not None:
            reason = guess.reason if called in guess.reason else f"{guess.reason}, {called}"
            return Guess("t1ce" if evidence.enhanced else "t1", reason)
    if _NO_AGENT.fullmatch(fields.contrast_agent.strip().upper()):
        return guess
    # the agent itself is not repeated: that field is free text
    return Guess("t1ce", f"{guess.reason}, ContrastBolusAgent is given")


def assign_volumes(
    guesses: Sequence[tuple[str, Guess]],
    where: str,
    *,
    chosen: Sequence[tuple[str, str]] = (),
    noun: str = "file",
    allow_missing: bool = False,
) -> dict[str, int]:
    """Gives each contrast its volume.

    Args:
        guesses: The name of each volume of one patient, and what it is taken for; those of no
            contrast are left aside.
        where: What the volumes are called together, for the error.
        chosen: (contrast or `LABELS`, name) pairs that overrule the guesses. The named volume
            is used for nothing else. ``"none"`` or ``""`` as the name for `LABELS` leaves all
            segmentations aside.
        noun: What one volume is called, for the error.
        allow_missing: Leaves out contrasts that have no volume, unless all four have none.

    Returns:
        Contrast → index into ``guesses``, in the order of `CONTRASTS`, then `LABELS` where
        there is one.

    Raises:
        UnclearContrasts: If a contrast has no volume, or two.
        InputError: If a choice names a contrast or a volume that is not there, or one twice.
    """
    choice = _choices([name for name, _ in guesses], where, chosen, noun)
    found: dict[str, int] = {}
    for contrast in (*CONTRASTS, LABELS):
        if contrast in choice:
            fitting = [index for index in (choice[contrast],) if index is not None]
        else:
            fitting = [
                index
                for index, (_, guess) in enumerate(guesses)
                if guess.contrast == contrast and index not in choice.values()
            ]
        if len(fitting) > 1:
            *others, last = (guesses[index][0] for index in fitting)
            number = "two" if len(fitting) == 2 else len(fitting)
            plural = noun if noun.endswith("s") else f"{noun}s"
            raise UnclearContrasts(
                f"{where} has {number} {plural} for {contrast}: {', '.join(others)} and {last}; "
                f"one is accepted: say which, as {contrast}=name."
            )
        if fitting:
            found[contrast] = fitting[0]
    missing = [contrast for contrast in CONTRASTS if contrast not in found]
    if missing and (len(missing) == len(CONTRASTS) or not allow_missing):
        accepted = f"one {noun} for each of {', '.join(CONTRASTS)} is accepted"
        named = ", named as in BraTS" if noun == "file" else ""
        raise UnclearContrasts(
            f"{where} has no {noun} for {', '.join(missing)}; {accepted}{named}."
        )
    return found


def _choices(
    names: Sequence[str], where: str, chosen: Sequence[tuple[str, str]], noun: str
) -> dict[str, int | None]:
    """Contrast → index of the volume chosen for it; None where none is to be taken."""
    accepted = (*CONTRASTS, LABELS)
    choice: dict[str, int | None] = {}
    for contrast, name in chosen:
        quoted = f'"{quotable(name)}"'
        if contrast not in accepted:
            raise InputError(
                f'{quoted} was chosen for "{quotable(contrast)}"; one of {", ".join(accepted)} is '
                "accepted."
            )
        if contrast in choice:
            raise InputError(f"{contrast} was chosen twice; one {noun} for it is accepted.")
        if name.lower() in ("", "none") and name not in names:
            choice[contrast] = None
            continue
        if names.count(name) != 1:
            number = f"{names.count(name)} times" if name in names else f"no {noun}"
            raise InputError(
                f"{where} has {number} {quoted}, which was chosen for {contrast}; one of "
                f"{', '.join(names)} is accepted."
            )
        index = names.index(name)
        if index in choice.values():
            raise InputError(f"{quoted} was chosen twice; one contrast for a {noun} is accepted.")
        choice[contrast] = index
    return choice
