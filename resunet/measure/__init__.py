"""What a mask measures: areas, volumes, diameters, lesions, and how far it lies from another."""

from resunet.measure.agreement import patient_hd95, slice_hd95
from resunet.measure.areas import (
    INTERVAL_PERCENT,
    area_px,
    interval,
    key_slice,
    pixel_area_mm2,
    volume_ml,
    volume_reason,
)
from resunet.measure.corrections import (
    correction_counts,
    correction_sentence,
    result_warnings,
)
from resunet.measure.summary import measures

__all__ = [
    "INTERVAL_PERCENT",
    "area_px",
    "correction_counts",
    "correction_sentence",
    "interval",
    "key_slice",
    "measures",
    "patient_hd95",
    "pixel_area_mm2",
    "result_warnings",
    "slice_hd95",
    "volume_ml",
    "volume_reason",
]
