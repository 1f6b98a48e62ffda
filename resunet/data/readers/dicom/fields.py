"""What the header of a DICOM series says of how it was acquired, and what it is called."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from resunet.data.acquisition import SeriesFields, quotable
from resunet.data.readers.dicom.groups import groups_of, items
from resunet.data.readers.dicom.headers import first_number, number, text, texts

if TYPE_CHECKING:
    from pydicom import Dataset

_SEQUENCES = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}


def series_fields(header: "Dataset") -> SeriesFields:
    """How a series was acquired: of a multi-frame file, its first frame."""
    places = [header, *groups_of(header, 1)]
    return SeriesFields(
        description=text(header, "SeriesDescription"),
        protocol=text(header, "ProtocolName"),
        sequence_name=text(header, "SequenceName") or text(header, "PulseSequenceName"),
        contrast_agent=_agent(places),
        echo_time_ms=first_number(places, "EchoTime", "EffectiveEchoTime"),
        repetition_time_ms=first_number(places, "RepetitionTime"),
        inversion_time_ms=first_number(places, "InversionTime", "InversionTimes"),
        flip_angle_deg=first_number(places, "FlipAngle"),
        scanning_sequence=_sequence(places),
        image_type=texts(header, "ImageType"),
        diffusion_b=first_number(places, "DiffusionBValue"),
    )


def series_names(headers: "Iterable[Dataset]") -> list[str]:
    """What series are called, no two alike: by number and description, never by patient."""
    names: list[str] = []
    for header in headers:
        numbered, described = number(header, "SeriesNumber"), text(header, "SeriesDescription")
        plain = "series" if numbered is None else f"series {numbered:.0f}"
        plain += f' "{quotable(described)}"' if quotable(described) else ""
        name, count = plain, 1
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        names.append(name)
    return names


def _agent(places: "Sequence[Dataset]") -> str:
    """The contrast agent that was given, as classic or as enhanced files name it."""
    if any(text(place, "ContrastBolusAgentAdministered") == "NO" for place in places):
        return ""
    agents = items(places[0], "ContrastBolusAgentSequence")
    classic = text(places[0], "ContrastBolusAgent")
    return classic or next((text(agent, "CodeMeaning") for agent in agents), "")


def _sequence(places: "Sequence[Dataset]") -> tuple[str, ...]:
    """ScanningSequence, or what enhanced files say instead of it."""
    classic = texts(places[0], "ScanningSequence")
    if classic:
        return classic
    inverted = any(text(place, "InversionRecovery") == "YES" for place in places)
    echo = _SEQUENCES.get(text(places[0], "EchoPulseSequence"), ())
    planar = text(places[0], "EchoPlanarPulseSequence") == "YES"
    return (*echo, *(("IR",) if inverted else ()), *(("EP",) if planar else ()))
