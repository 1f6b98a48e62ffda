"""What the headers of the invented patient's DICOM files say."""

from pydicom import Dataset
from pydicom.uid import generate_uid

PERSONAL = {
    "PatientName": "Doe^Jane<script>alert(1)</script>",
    "PatientID": "../../MRN-4711",
    "PatientBirthDate": "19610203",
    "PatientComments": "Jane's neighbour knows",
    "InstitutionName": "St. Elsewhere General",
    "ReferringPhysicianName": "Strange^Stephen",
    "OperatorsName": "Gant^Chapel",
    "AccessionNumber": "ACC-0815",
    "StudyID": "STUDY-0042",
    "StationName": "BASEMENT-2",
    "DeviceSerialNumber": "SN-271828",
}

HEADERS = {
    "t1": {
        "SeriesDescription": "AX T1 SE",
        "ProtocolName": "T1 SE tra",
        "ScanningSequence": "SE",
        "EchoTime": 10,
        "RepetitionTime": 550,
        "FlipAngle": 90,
    },
    "t1ce": {
        "SeriesDescription": "AX T1 SE +C",
        "ProtocolName": "T1 SE tra",
        "ScanningSequence": "SE",
        "EchoTime": 10,
        "RepetitionTime": 550,
        "FlipAngle": 90,
        "ContrastBolusAgent": "Gadobutrol",
    },
    "t2": {
        "SeriesDescription": "AX T2 TSE",
        "ProtocolName": "T2 TSE tra",
        "ScanningSequence": "SE",
        "EchoTime": 101,
        "RepetitionTime": 4500,
        "FlipAngle": 150,
    },
    "flair": {
        "SeriesDescription": "AX FLAIR",
        "ProtocolName": "T2 FLAIR tra",
        "ScanningSequence": ["SE", "IR"],
        "EchoTime": 120,
        "RepetitionTime": 9000,
        "InversionTime": 2500,
        "FlipAngle": 150,
    },
}
"""What a scanner writes of each contrast."""


def uid(*parts: object) -> str:
    """A UID made of words: the same words give the same one."""
    return generate_uid(entropy_srcs=[str(part) for part in parts])


def identify(
    ds: Dataset, patient: str, uids: tuple[str, str], series_uid: str, number: int, plane: int
) -> None:
    """Whose, where, when, and which of how many."""
    for keyword, value in PERSONAL.items():
        setattr(ds, keyword, value)
    ds.PatientID = patient
    ds.PatientSex = "F"
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.StudyInstanceUID, ds.FrameOfReferenceUID = uids
    ds.SeriesInstanceUID = series_uid
    ds.SOPInstanceUID = uid(series_uid, plane)
    ds.SeriesNumber = number
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20240607"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = "080910"
    ds.StudyDescription = "MRI brain"
    ds.Modality = "MR"
    ds.Manufacturer = "Nobody"
    ds.ManufacturerModelName = "Phantom"
    ds.SoftwareVersions = "1"
    ds.MagneticFieldStrength = 3
    ds.PositionReferenceIndicator = ""
    ds.BodyPartExamined = "HEAD"
    block = ds.private_block(0x0009, "NOBODY HEADER", create=True)
    block.add_new(0x01, "LO", PERSONAL["PatientName"])
    block.add_new(0x02, "OB", b"\0" * 64)
