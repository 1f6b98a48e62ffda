"""How a picture was acquired, as far as its name or its DICOM header says it."""

import re
import unicodedata
from typing import NamedTuple

LABELS = "labels"
"""What an expert's segmentation is called beside `CONTRASTS`."""

_LONGEST = 256  # a name's characters that are looked at
_LONGEST_GLUED = 24


class NameEvidence(NamedTuple):
    """What a name's words say.

    Attributes:
        weighting: ``"t1"`` (with or without a contrast agent), ``"t2"``, ``"flair"``, `LABELS`,
            or None where the words say none of them, or two.
        words: The words that say it, in lower case; for None those that contradict each other.
        is_other: Whether they name something that is no contrast of ours, such as diffusion.
        enhanced: Whether they say that a contrast agent was given; None if they do not say.
        says_flair: Whether they say FLAIR, of any weighting: a "T1 FLAIR" is T1-weighted.
    """

    weighting: str | None = None
    words: tuple[str, ...] = ()
    is_other: bool = False
    enhanced: bool | None = None
    says_flair: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    """A pattern for whole words of a text as `_text` makes it."""
    return re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")


_AGENT = (
    "gd|gad|gado|gadolinium|gadobutrol|gadovist|gadavist|dotarem|magnevist|km|ce|contrast|contraste"
    "|contrasto|kontrast|kontrastmittel|enhanced|enhancement|mdc|inj|injected|injection"
)
# an operation or treatment before or after which a patient was scanned
_TREATMENT = (
    "op|operative|operation|surgery|surgical|resection|treatment|therapy|tx|rt|radiation|chemo"
    "|process(?:ed|ing)"
)
_OTHER = _words(
    r"t2w? (?:starw?|ffe|gre|fgre|flash|fl[23]d)|t2w? ?\*|t2starw?"  # T2* and susceptibility
    r"|hemo|haemo|heme|hamo|swi|swip|swan|venobold|susceptibility"
    r"|dwi|diff|diffusion|tracew?|e?adc|dadc|dti|dki|tensor|ep2d|epi|bold|fmri"  # echo planar
    r"|perf|perfusion|pwi|dsc|dce|dyn|dynamic|p?c?asl|r?cb[vf]|mtt|ttp|tmax|ktrans"  # blood
    r"|tof|s?3di|inflow|mra|mrv|(?:mr)?angio\w*|venogra\w*|mips?|minip"
    r"|loc|locali[sz]ers?|scouts?|survey|smartbrain|calibration|(?:field|b[01]) ?map(?:ping)?"
    r"|phase|subtract\w*|sub(?! \d+(?!\S))"  # "sub 1" is a subject
    r"|t[12]w? ?map(?:s|ping)?|mp2rage(?: \S+)* t1 images|inv ?[12]|probseg"  # computed
    r"|ciss|fiesta|trufi|truefisp|bffe|btfe|stir|dir|double inversion"  # neither T1 nor T2
)
_LABEL = _words("d?seg|segs|segm|segmentations?|masks?|labels?")
_BRAIN_MASK = _words(
    r"(?:brain|bet|skull)(?: \S+)* masks?|masks?(?: \S+)* (?:brain|bet|skull)"
    r"|(?:brain|skull|parenchyma) (?:d?seg|segm|segmentation)"
)
_TUMOUR = _words("tumou?rs?|lesions?|glioma|gtv")
_FLAIR = _words("flair|fla|t2f|dark ?fluid")
_T1_ENHANCED = _words(r"t1w?(?:ce|c|gd|gado?|km)|t1w? c(?! spine)|(?:ct|cet|gdt)1w?")
_T1_NATIVE = _words(r"t1n|t1w?(?:c|gd|gad|km)-")
_T1 = _words("t1|t1wi?|unit1")
_T1_SEQUENCE = _words(r"mprage|mp rage|mp2rage|mp 2 ?rage|f?spgr|bravo|vibe|tfe|thrive")
_T2 = _words("t2|t2wi?")
_GRADIENT_ECHO = _words("f?gre|mpgr|ffe")
_PROTON_DENSITY = _words("pdw?|proton ?density")
_TIRM = _words("tirm")  # of a FLAIR, or of a fat suppression
_WITH_AND_WITHOUT = _words(r"(?:with|w|pre)(?: and)? (?:without|wo|w/o|post)|post pre")
_WITHOUT = _words(
    r"(?:without|wo|w/o|no|non|pre|before|vor|ohne|sans|avant|sin|senza)(?: iv)?"
    rf" (?:{_AGENT}|c|con)"
    rf"|pre(?! (?:{_TREATMENT})(?!\S))|(?:without|wo|w/o)(?! (?:fs|fat|fatsat)(?!\S))"
    r"|-(?:c|gd|gad|km)|(?:c|gd|gad|km)-|unenhanced|noncontrast"
)
_NATIVE = _words("native?")  # also a patient's own space, therefore weaker than _WITHOUT
_WITH = _words(
    rf"post(?! (?:{_TREATMENT})(?!\S))|(?:post|with|w) (?:c|con)|{_AGENT}|\+ ?c|c ?\+"
    r"|\+$|\+(?= (?:ax|sag|cor|tra|[23]d)(?!\S))"
)
# "t2 registered to t1" is the T2
_REGISTERED = re.compile(
    r"(?<!\S)((?:t1|t2|fla)\S*(?: \S+)*?) (?:2|to|into|in|onto|on|reg|registered|coreg|aligned)"
    r"(?: to| with| on)? (?:t1|t2|fla).*"
)

# What names run together without a separator, as in "axt1post" or "3DFLAIR"
_GLUED = re.compile(
    r"ax|axial|sag|cor|tra|2d|3d|t1|t1wi?|t1c|t1ce|t1gd|t1gad|t1km|t2|t2wi?|flair"
    r"|weighted|pd|se|fse|tse|frfse|fs|mprage|mp2rage|spgr|fspgr|bravo|vibe|tfe|ffe|gre|star|starw"
    r"|map|post|pre|no|non|gd|gad|gado|ce|con|contrast|enhanced|km|t2w?\*|\+|\+c|c\+|mask|seg"
    r"|segmentation|brain|tumou?r|ciss|fiesta|tof|asl|pcasl|swi|swan|adc|dwi|dti"
)
_TOKEN = re.compile(
    r"w/o(?![a-z0-9])|(?<=[\s_])-(?:c|gd|gad|km)(?![a-z0-9])"
    r"|(?<![a-z0-9])(?:t1w?)?(?:c|gd|gad|km)-(?=[\s_]|$)|[a-z0-9+*]+"
)
_SUFFIXES = re.compile(r"(?:\.(?:nii|gz|png|dcm|zip))+$")
# parts of a BIDS name that tell who, when and where, but not what
_BIDS = re.compile(r"(?:(?<=_)|^)(?:sub|ses|run|space|from|to|task|dir)-[a-z0-9+]+(?=_)")


def evidence_in(name: str) -> NameEvidence:
    """What the words of a file's name, or of a DICOM series' description, say."""
    text = _text(name)
    if other := _OTHER.search(text):
        return NameEvidence(words=(other[0],), is_other=True)
    if label := _LABEL.search(text):
        brain = _BRAIN_MASK.search(text)
        if brain and not _TUMOUR.search(text):
            return NameEvidence(words=(brain[0],), is_other=True)
        return NameEvidence(LABELS, (label[0],))
    return _weighting(_REGISTERED.sub(r"\1", text))


def _weighting(text: str) -> NameEvidence:
    t1 = _T1_ENHANCED.search(text) or _T1_NATIVE.search(text) or _T1.search(text)
    t1 = t1 or _T1_SEQUENCE.search(text)
    t2, flair = _T2.search(text), _FLAIR.search(text)
    enhanced, told_by = _enhancement(text)
    told = NameEvidence(enhanced=enhanced, says_flair=bool(flair))
    if t1 and t2:
        return told._replace(words=(t1[0], t2[0]))
    if t1 and flair and flair.start() < t1.start():
        return told._replace(words=(flair[0], t1[0]))
    if t1 and enhanced is None and told_by:
        return told._replace(words=told_by)
    if t1 and flair:  # "T1 FLAIR" is the usual name of a T1-weighted inversion recovery
        return told._replace(weighting="t1", words=(t1[0], flair[0], *told_by))
    if t1:
        return told._replace(weighting="t1", words=(t1[0], *told_by))
    if flair:
        return told._replace(weighting="flair", words=(flair[0],))
    density = _PROTON_DENSITY.search(text)
    if other := _GRADIENT_ECHO.search(text) or (None if t2 else density):
        return told._replace(words=(other[0],), is_other=True)
    doubt = density or _TIRM.search(text)
    words = tuple(word[0] for word in (t2, doubt) if word)
    return told._replace(weighting="t2" if t2 and not doubt else None, words=words)


def _enhancement(text: str) -> tuple[bool | None, tuple[str, ...]]:
    """Whether a contrast agent was given, and the words that say it beside T1's own.

    None with words means that they contradict each other.
    """
    # "t1c" and "t1n" are a tool's names; what stands beside them tells of the patient's history
    if _T1_ENHANCED.search(text):
        return True, ()
    if _T1_NATIVE.search(text):
        return False, ()
    if both := _WITH_AND_WITHOUT.search(text):
        return None, (both[0],)
    without = _WITHOUT.search(text)
    given = _WITH.search(_WITHOUT.sub(" ", text))
    if without and given:
        return None, (without[0], given[0])
    if given:
        return True, (given[0],)
    without = without or _NATIVE.search(text)
    return (False, (without[0],)) if without else (None, ())


def _text(name: str) -> str:
    """A name's words in lower case, with one space between them."""
    plain = unicodedata.normalize("NFKD", name[-_LONGEST:]).lower()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _BIDS.sub("", _SUFFIXES.sub("", plain))
    words: list[str] = []
    for token in _TOKEN.findall(plain):
        words += _cut(token) or [token]
    return " ".join(words)


def _cut(token: str) -> list[str]:
    """The known words that a token is made of; empty if something else is in it."""
    if len(token) > _LONGEST_GLUED:
        return []
    # s: Philips' SENSE; r: SPM's resliced
    if token[0] in "sr" and token[1:3] in ("t1", "t2", "fl"):
        token = token[1:]
    return _cut_all(token) or []


def _cut_all(token: str) -> list[str] | None:
    if not token:
        return []
    for length in range(len(token), 0, -1):
        if _GLUED.fullmatch(token, 0, length) and (rest := _cut_all(token[length:])) is not None:
            return [token[:length], *rest]
    return None


def quotable(text: str) -> str:
    """Somebody else's text for a sentence: one line without control characters, cut to 64."""
    # categories C: control and formatting characters, such as those that turn the direction
    kept = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    short = " ".join(kept.split())
    return short if len(short) <= 64 else f"{short[:63]}…"


class SeriesFields(NamedTuple):
    """What a DICOM header says of a series' acquisition; empty or None where it is silent.

    Attributes:
        description: SeriesDescription.
        protocol: ProtocolName.
        sequence_name: SequenceName.
        contrast_agent: ContrastBolusAgent.
        echo_time_ms: EchoTime, > 0.
        repetition_time_ms: RepetitionTime, > 0.
        inversion_time_ms: InversionTime; 0 counts as silent.
        flip_angle_deg: FlipAngle.
        scanning_sequence: ScanningSequence: SE, IR, GR, EP, RM.
        image_type: ImageType.
        diffusion_b: DiffusionBValue in s/mm²; 0 says nothing, as some scanners always write it.
    """

    description: str = ""
    protocol: str = ""
    sequence_name: str = ""
    contrast_agent: str = ""
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    flip_angle_deg: float | None = None
    scanning_sequence: tuple[str, ...] = ()
    image_type: tuple[str, ...] = ()
    diffusion_b: float | None = None


class Measurement(NamedTuple):
    """What the times of a sequence say.

    Attributes:
        weighting: ``"t1"``, ``"t2"``, ``"flair"`` or None.
        reason: The times that say it; for None why it is no contrast of ours, or empty.
    """

    weighting: str | None
    reason: str


# Siemens: echo planar, susceptibility, CISS, TrueFISP, field map, spin labelling, angiography
_SIEMENS_OTHER = re.compile(r"\*?(?:ep|swi|ci3d|tfi|fm\dd|tgse|fl3d\dr)", re.IGNORECASE)


def is_gradient_echo(fields: SeriesFields) -> bool:
    """Whether a series is no spin echo: by ScanningSequence, else by a very short repetition."""
    if fields.scanning_sequence and set(fields.scanning_sequence) != {"RM"}:
        return "GR" in fields.scanning_sequence and "SE" not in fields.scanning_sequence
    repetition = _known(fields.repetition_time_ms)
    return repetition is not None and repetition < 100  # a spin echo needs longer


def measured(fields: SeriesFields) -> Measurement:
    """The weighting that the times of a sequence make."""
    echo, inversion = _known(fields.echo_time_ms), _known(fields.inversion_time_ms)
    repetition = _known(fields.repetition_time_ms)
    gradient = is_gradient_echo(fields)
    if _SIEMENS_OTHER.match(fields.sequence_name):
        return Measurement(None, f'SequenceName says "{quotable(fields.sequence_name)}"')
    if echo is None:
        return Measurement(None, "")
    if inversion is not None:
        reason = f"inversion time {inversion:g} ms, echo time {echo:g} ms"
        if inversion >= 1500 and echo > 60:
            return Measurement("flair", reason)
        t1 = 300 <= inversion <= 1400 and (gradient or echo < 30)
        return Measurement("t1" if t1 else None, reason if t1 else "")
    if gradient and echo >= 12:
        return Measurement(None, f"a gradient echo with echo time {echo:g} ms is T2*-weighted")
    if repetition is None or "IR" in fields.scanning_sequence:  # how long did it invert?
        return Measurement(None, "")
    reason = f"echo time {echo:g} ms, repetition time {repetition:g} ms"
    if echo >= 70 and repetition >= 1800:
        return Measurement("t2", reason)
    if echo < 30 and repetition < 1200 and (not gradient or _spoils(fields, repetition)):
        return Measurement("t1", reason)
    return Measurement(None, "")


def _spoils(fields: SeriesFields, repetition_ms: float) -> bool:
    """Whether a gradient echo's flip angle makes a T1: else it is proton density or CISS/FIESTA."""
    flip = _known(fields.flip_angle_deg)
    return flip is not None and flip >= 8 and (flip < 40 or repetition_ms >= 20)


def _known(value: float | None) -> float | None:
    """A number that a header can mean: scanners write 0, and 1e308, for "none"."""
    return value if value is not None and 0 < value < 1e5 else None
