"""DICOM segmentations of test series, written by highdicom."""

from collections.abc import Sequence
from pathlib import Path

import highdicom as hd
import numpy as np
from pydicom import dcmread
from pydicom.sr.codedict import codes
from pydicom.uid import RLELossless


def write_segmentation(
    path: Path,
    sources: Sequence[Path],
    labels: np.ndarray,
    *,
    kind: str = "BINARY",
    numbers: Sequence[int] = (1,),
    omit_empty: bool = True,
    made_by: str = "MANUAL",
    compress: bool = False,
) -> Path:
    """Writes a segmentation of a series.

    Args:
        path: Where to; its folder is made if missing.
        sources: The series' files in the order of the planes, or its one enhanced file.
        labels: (planes, rows, columns): the segments' numbers; for ``"FRACTIONAL"`` fractions
            0 to 1 of a single segment; or (planes, rows, columns, segments) of 0 and 1, which
            may overlap.
        kind: ``"BINARY"``, ``"FRACTIONAL"`` or ``"LABELMAP"``.
        numbers: The numbers of all segments, from 1 without gaps.
        omit_empty: Leaves out the planes without a label.
        made_by: ``"MANUAL"``, ``"SEMIAUTOMATIC"`` or ``"AUTOMATIC"``.
        compress: By RLE; of a label map.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [dcmread(source) for source in sources]
    for image in images:
        image.PatientName = "Doe^Jane"
    algorithm = hd.AlgorithmIdentificationSequence(
        name="test", version="1", family=codes.cid7162.ArtificialIntelligence
    )
    segments = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"Part {number}",
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type=made_by,
            algorithm_identification=None if made_by == "MANUAL" else algorithm,
        )
        for number in numbers
    ]
    segmentation = hd.seg.Segmentation(
        source_images=images,
        pixel_array=labels,
        segmentation_type=kind,
        segment_descriptions=segments,
        series_instance_uid=hd.UID(),
        series_number=100,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Nobody",
        manufacturer_model_name="Phantom",
        software_versions="1",
        device_serial_number="1",
        omit_empty_frames=omit_empty,
    )
    if compress:
        segmentation.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    segmentation.save_as(path)
    return path
