"""A prediction as DICOM objects on the source's own pixels: segmentations and a parametric map."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from resunet import DISCLAIMER, PROGRAM, __version__
from resunet.data.grids import study_shape
from resunet.data.readers.volumes import DicomStack
from resunet.errors import InputError
from resunet.export.dicom_identity import identity, source_images
from resunet.export.provenance import provenance, provenance_lines
from resunet.export.refusals import check_finished, writing_to
from resunet.figures.colours import PREDICTION
from resunet.storage import write_atomically
from resunet.study import Prediction, Study

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.pm import ParametricMap
    from highdicom.seg import Segmentation, SegmentDescription
    from pydicom import Dataset

CONTENTS = {
    "segmentation": "tumour",
    "probability": "tumour probability",
    "uncertainty": "tumour uncertainty",
}
"""File name → what the object holds, in the words of its descriptions."""

STEPS = 255
"""The whole number that stands for probability 1 in ``probability.dcm``."""

_LONG_STRING = 64
_LONG_TEXT = 10240 - 1  # a blank may be added for an even number of bytes
_FIRST_SERIES = 9001  # above what scanners number, so that a study keeps its order


def write_dicom(
    study: Study,
    prediction: Prediction,
    stack: DicomStack,
    folder: Path,
    *,
    keep_identity: bool = False,
) -> list[Path]:
    """Writes mask, probability and, of two or more passes, their standard deviation.

    ``segmentation.dcm`` is a binary Segmentation, ``probability.dcm`` a fractional one (in
    steps of 1/255), ``uncertainty.dcm`` a Parametric Map of float32 values. Each is a series
    of its own, has one frame for every source plane, empty ones included, and refers to
    the planes. All name the model, the input and the settings, in Image Comments.

    The UIDs of study, series, instances and frame of reference are the source's, identity
    kept or not: without them a reference to the source images means nothing. Whoever has
    the source can match them, and some scanners put a date and their own number in UIDs.

    Args:
        study: What was predicted on.
        prediction: Its prediction, of all slices.
        stack: The DICOM series whose grid the study has, with gaps or without.
        folder: Where to; made if missing.
        keep_identity: Copies patient and study attributes of the source, so that a PACS files
            the objects with it. Otherwise the patient's name and number are a pseudonym made
            from the input's digest, and nothing else about person, place and time is taken
            over.

    Returns:
        The files written, in the order of `CONTENTS`.

    Raises:
        InputError: If slices are not predicted yet, the series does not fit or lacks what a
            reference needs, or the folder cannot be written to.
    """
    check_finished(prediction)
    _check_shape(prediction, stack)
    values = provenance(study, prediction)
    who = identity(stack, study, keep=keep_identity)
    if not keep_identity:
        values["identifier"] = str(who.PatientID)  # a folder may be called like the patient
    sources = source_images(stack)
    layers: dict[str, NDArray] = {
        "segmentation": prediction.mask,
        "probability": prediction.probability,
    }
    if prediction.samples >= 2:
        layers["uncertainty"] = prediction.std
    paths = []
    for name, array in layers.items():
        build = _parametric_map if name == "uncertainty" else _segmentation
        pixels = np.ascontiguousarray(stack.grid.to_file(array))
        dataset = build(sources, pixels, values, name)
        dataset.update(who)
        _finish(dataset, stack, values)
        paths.append(folder / f"{name}.dcm")
        _write(paths[-1], dataset)
    return paths


def _check_shape(prediction: Prediction, stack: DicomStack) -> None:
    shape, expected = prediction.probability.shape, study_shape(stack.grid)
    if shape != expected:
        raise InputError(
            f"The prediction has shape {shape}, where the DICOM series has {expected}."
        )


def _segmentation(
    sources: "list[Dataset]", array: NDArray, values: dict[str, Any], name: str
) -> "Segmentation":
    """One segment, of booleans or of probabilities (planes, rows, columns)."""
    from highdicom.seg import Segmentation, SegmentationTypeValues

    is_mask = array.dtype == np.bool_
    is_corrected = is_mask and values["correction"] is not None  # the maps stay the network's
    kind = SegmentationTypeValues.BINARY if is_mask else SegmentationTypeValues.FRACTIONAL
    return Segmentation(
        source_images=sources,
        # a mean of ones, brought to another grid, may exceed 1 by a rounding error
        pixel_array=array if is_mask else np.clip(array, 0.0, 1.0),
        segmentation_type=kind,
        segment_descriptions=[_segment(values, is_corrected=is_corrected)],
        max_fractional_value=STEPS,
        omit_empty_frames=False,  # a plane without tumour says so, and an empty mask is valid
        content_label="TUMOUR" if is_mask else "TUMOUR_PROB",
        **_description(values, name),
    )


def _parametric_map(
    sources: "list[Dataset]", array: NDArray[np.float32], values: dict[str, Any], name: str
) -> "ParametricMap":
    from highdicom import VOILUTFunctionValues, VOILUTTransformation
    from highdicom.pm import ParametricMap, RealWorldValueMapping
    from pydicom.sr.codedict import codes

    mapping = RealWorldValueMapping(
        lut_label="STD",
        lut_explanation="Standard deviation of the tumour probability",
        unit=codes.UCUM.NoUnits,
        value_range=(0.0, 1.0),
        quantity_definition=codes.SCT.StandardDeviation,
    )
    # the standard deviation of many values from 0 to 1 is at most a half
    window = VOILUTTransformation(
        window_center=0.25, window_width=0.5, voi_lut_function=VOILUTFunctionValues.LINEAR_EXACT
    )
    return ParametricMap(
        source_images=sources,
        pixel_array=array,
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[mapping],
        voi_lut_transformations=[window],
        content_label="TUMOUR_STD",
        **_description(values, name),
    )


def _description(values: dict[str, Any], name: str) -> dict[str, Any]:
    """What highdicom is told of series and equipment, the same for every kind of object."""
    from highdicom import UID

    content = CONTENTS[name]
    return {
        "series_instance_uid": UID(),
        "series_number": _FIRST_SERIES + list(CONTENTS).index(name),
        "series_description": f"{PROGRAM} {content} (research only)",
        "sop_instance_uid": UID(),
        "instance_number": 1,
        "manufacturer": PROGRAM,
        "manufacturer_model_name": _long_string(values["model_id"]),
        "device_serial_number": (values["model_sha256"] or "unknown")[:16],
        "software_versions": [f"{PROGRAM} {__version__}", _long_string(values["engine"])],
        "content_description": f"{content.capitalize()}. {DISCLAIMER}",
        "specific_character_set": "ISO_IR 192",
    }


def _segment(values: dict[str, Any], *, is_corrected: bool) -> "SegmentDescription":
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes
    from pydicom.uid import generate_uid

    red, green, blue = bytes.fromhex(PREDICTION.removeprefix("#"))
    kinds = SegmentAlgorithmTypeValues
    return SegmentDescription(
        segment_number=1,
        segment_label="Tumour, whole",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=kinds.SEMIAUTOMATIC if is_corrected else kinds.AUTOMATIC,
        algorithm_identification=_algorithm(values),
        # what is tracked is the same in each object, and when the input is predicted on again
        tracking_uid=generate_uid(entropy_srcs=[values["input_sha256"]]),
        tracking_id="Tumour, whole",
        anatomic_regions=[codes.SCT.Brain],
        display_color=CIELabColor.from_rgb(red, green, blue),
    )


def _algorithm(values: dict[str, Any]) -> "AlgorithmIdentificationSequence":
    from highdicom import AlgorithmIdentificationSequence
    from pydicom.sr.codedict import codes

    names = ("model_id", "model_sha256", "engine", "samples", "seed", "threshold", "input_sha256")
    texts = {n: "unknown" if values[n] is None else str(values[n]) for n in names}
    return AlgorithmIdentificationSequence(
        name=PROGRAM,
        family=codes.DCM.ArtificialIntelligence,
        version=__version__,
        source=PROGRAM,
        # commas and equals signs part the parameters
        parameters={n: text.replace(",", ";").replace("=", ":") for n, text in texts.items()},
    )


def _finish(dataset: "Dataset", stack: DicomStack, values: dict[str, Any]) -> None:
    """Gives referenced frames their own numbers, and writes down the provenance."""
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        for source in frame.DerivationImageSequence[0].SourceImageSequence:
            if "ReferencedFrameNumber" in source:
                plane = int(source.ReferencedFrameNumber) - 1
                source.ReferencedFrameNumber = stack.frames[plane][1]
    text = "\r\n".join(provenance_lines(values))
    dataset.ImageComments = text if len(text) <= _LONG_TEXT else text[: _LONG_TEXT - 1] + "…"
    dataset.ContentCreatorName = None  # a person's
    dataset.BodyPartExamined = "BRAIN"


def _long_string(text: str) -> str:
    """What a DICOM long string holds: 64 characters, none of them a backslash."""
    return text.replace("\\", "/")[:_LONG_STRING]


def _write(path: Path, dataset: "Dataset") -> None:
    def write(file: BinaryIO) -> None:
        dataset.save_as(file, enforce_file_format=True)

    with writing_to(path.parent):
        write_atomically(path, write)
