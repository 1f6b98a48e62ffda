"""How DICOM files of tests store their pixels."""

from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

_SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "big-endian": ExplicitVRBigEndian,
    "rle": RLELossless,
    "enhanced-rle": RLELossless,
    "jpeg-ls": JPEGLSLossless,
    "jpeg": JPEGLosslessSV1,
    "jpeg-2000": JPEG2000Lossless,
}


def put_pixels(ds: Dataset, values: np.ndarray, plane: int, habit: str) -> None:
    """Stores whole numbers in 16 bits, the way the habit does."""
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = values.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    if habit == "twelve-bit":
        ds.BitsStored, ds.HighBit = 12, 11
    if habit == "scaled":
        # every plane has its own scaling, all of them exact
        slope, intercept = (0.5, 0.25)[plane % 2], -8.0 * plane
        values = (values - intercept) / slope
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = slope, intercept, "US"
    if habit == "signed":
        values = values - 1000
        ds.PixelRepresentation = 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, 1000, "US"
    ds.WindowCenter, ds.WindowWidth = 400, 800
    ds.PixelData = values.astype("<i2" if ds.PixelRepresentation else "<u2").tobytes()


def save(ds: Dataset, path: Path, habit: str = "plain") -> None:
    """Writes an instance with its pixels as the habit encodes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    syntax = _SYNTAXES.get(habit, ExplicitVRLittleEndian)
    little = syntax != ExplicitVRBigEndian
    if not little and "PixelData" in ds and ds.BitsAllocated == 16:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    if habit in ("rle", "enhanced-rle", "jpeg-ls"):
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        plugin = "pyjpegls" if habit == "jpeg-ls" else "pydicom"  # GDCM may end the process
        ds.compress(syntax, encoding_plugin=plugin, generate_instance_uid=False)
    elif habit in ("jpeg", "jpeg-2000"):
        save(ds, path)
        ds.PixelData = encapsulate([_by_gdcm(path, syntax)])
        ds["PixelData"].VR = "OB"
    if habit == "no-preamble":
        with path.open("wb") as file:
            ds.save_as(file, implicit_vr=True, little_endian=True)
        return
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = syntax
    ds.save_as(
        path, enforce_file_format=True, implicit_vr=habit == "implicit", little_endian=little
    )


def _by_gdcm(path: Path, syntax: str) -> bytes:
    """The one frame of a file, compressed by GDCM."""
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(str(syntax))))
    if not reader.Read():
        raise ValueError(f"GDCM does not read {path}")
    change.SetInput(reader.GetImage())
    if not change.Change():
        raise ValueError(f"GDCM does not write {syntax}")
    fragments = change.GetOutput().GetDataElement().GetSequenceOfFragments()
    # GDCM hands bytes over as text
    text = fragments.GetFragment(0).GetByteValue().GetBuffer()
    return text.encode("utf-8", "surrogateescape")
