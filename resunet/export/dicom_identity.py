"""What a DICOM export takes over of its source's headers: place, references, and who it is.

An allow-list: an attribute that is not named here does not reach an exported file.
"""

from copy import deepcopy
from typing import TYPE_CHECKING

from resunet.data.readers.dicom.headers import numbers, quiet
from resunet.data.readers.volumes import DicomStack
from resunet.errors import InputError
from resunet.study import Study

if TYPE_CHECKING:
    from pydicom import Dataset

# What every DICOM object must have, empty where it is not known
_REQUIRED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_OPTIONAL = (
    "IssuerOfPatientID",
    "OtherPatientIDs",
    "PatientAge",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "StudyDescription",
)
_REFERENCES = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
)
_COMPRESSION = ("LossyImageCompressionRatio", "LossyImageCompressionMethod")
# Attribute → the functional group that holds it in a multi-frame instance
_GROUPS = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
}


def source_images(stack: DicomStack) -> "list[Dataset]":
    """Makes what an export says of its source images, as highdicom takes it: nothing personal.

    Args:
        stack: The series.

    Returns:
        Of a classic series one header for each plane, in the order of the planes; of a
        multi-frame instance one header whose frames are the planes, in their order and
        numbered from 1 (`DicomStack.frames` has their own numbers).

    Raises:
        InputError: If a header lacks an attribute that a reference needs.
    """
    from pydicom.uid import MRImageStorage

    with quiet():
        images = [_image(stack.headers[index]) for index, _ in stack.frames]
        places = [_place(stack, index, number) for index, number in stack.frames]
    if images[0].SOPClassUID != MRImageStorage:
        return [_multi_frame(images[0], places)]
    for image, place in zip(images, places, strict=True):
        image.update(place)
        # the planes are parallel: here to the last digit
        image.ImageOrientationPatient = places[0].ImageOrientationPatient
    return images


def identity(stack: DicomStack, study: Study, *, keep: bool) -> "Dataset":
    """The attributes of patient and study that an export has.

    Args:
        stack: The series.
        study: What was read from it.
        keep: Copies them as they stand in the series. Otherwise name and number are
            ``resunet-`` and the first 12 digits of the input's digest, what DICOM requires
            beside them is empty, and the rest is absent.
    """
    from pydicom import Dataset

    who = Dataset()
    for keyword in _REQUIRED:
        setattr(who, keyword, None)
    if keep:
        header = stack.headers[stack.frames[0][0]]
        with quiet():
            for keyword in (*_REQUIRED, *_OPTIONAL):
                if keyword in header:
                    who.add(deepcopy(header[keyword]))  # decoded text: it is written in UTF-8
    else:
        who.PatientName = who.PatientID = f"resunet-{study.source.sha256[:12]}"
        who.PatientIdentityRemoved = "YES"
        who.DeidentificationMethod = "Only geometry, references and UIDs were taken over"
    return who


def _multi_frame(image: "Dataset", places: "list[Dataset]") -> "Dataset":
    """Adds the frames, each at its place."""
    from pydicom import Dataset

    shared, frames = Dataset(), []
    shared.PlaneOrientationSequence = [_part(places[0], "ImageOrientationPatient")]
    shared.PixelMeasuresSequence = [_part(places[0], "PixelSpacing", "SliceThickness")]
    for place in places:
        groups = Dataset()
        groups.PlanePositionSequence = [_part(place, "ImagePositionPatient")]
        frames.append(groups)
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = frames
    image.NumberOfFrames = len(frames)
    return image


def _part(place: "Dataset", *keywords: str) -> "Dataset":
    from pydicom import Dataset

    return Dataset({place[keyword].tag: place[keyword] for keyword in keywords})


def _image(header: "Dataset") -> "Dataset":
    """The UIDs, the size, and whether it was compressed with loss."""
    from pydicom import Dataset
    from pydicom.uid import generate_uid

    image = Dataset()
    for keyword in _REQUIRED:
        setattr(image, keyword, None)
    for keyword in _REFERENCES:
        if keyword == "FrameOfReferenceUID" and not header.get(keyword):
            # optional in what old scanners wrote, required of what refers to it
            series = str(header.get("SeriesInstanceUID"))
            image.FrameOfReferenceUID = generate_uid(entropy_srcs=[series])
            continue
        if not header.get(keyword):
            raise InputError(
                f"The DICOM series has no {keyword}, without which no DICOM file can refer to it."
            )
        setattr(image, keyword, str(header.get(keyword)))
    image.Rows, image.Columns = int(header.Rows), int(header.Columns)
    if header.get("LossyImageCompression") == "01":
        image.LossyImageCompression = "01"
        for keyword in _COMPRESSION:
            if keyword in header:
                image.add(deepcopy(header[keyword]))
    return image


def _place(stack: DicomStack, index: int, number: int) -> "Dataset":
    """Where a plane lies, in numbers as DICOM allows them: some headers hold longer ones.

    A thickness that the header does not state is the planes' distance.
    """
    import numpy as np
    from pydicom import Dataset
    from pydicom.valuerep import format_number_as_ds

    place = Dataset()
    for keyword in _GROUPS:
        found = numbers(_holder(stack.headers[index], number, keyword), keyword)
        if found is not None:
            setattr(place, keyword, [format_number_as_ds(float(value)) for value in found])
    if not place.get("SliceThickness"):
        place.SliceThickness = format_number_as_ds(float(np.linalg.norm(stack.grid.affine[:3, 0])))
    return place


def _holder(header: "Dataset", number: int, keyword: str) -> "Dataset":
    """Where an attribute of a frame stands: its own group, the shared one, or the header."""
    name = _GROUPS[keyword]
    own = header.get("PerFrameFunctionalGroupsSequence")
    shared = header.get("SharedFunctionalGroupsSequence")
    for groups in (own and own[number - 1], shared and shared[0]):
        group = groups and groups.get(name)
        if group and keyword in group[0]:
            return group[0]
    return header
