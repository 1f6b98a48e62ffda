"""What a mask measures: areas, volumes, diameters, and the lesions it falls into."""

from resunet.measure.areas import (
    INTERVAL_PERCENT,
    area_px,
    interval,
    key_slice,
    pixel_area_mm2,
    volume_ml,
    volume_reason,
)
from resunet.measure.summary import measures

__all__ = [
    "INTERVAL_PERCENT",
    "area_px",
    "interval",
    "key_slice",
    "measures",
    "pixel_area_mm2",
    "volume_ml",
    "volume_reason",
]
