"""Places where the network is unsure and has found nothing, for the slice view."""

import math
from typing import Any

from resunet.measure.spots import find_spots, spot_sentence
from resunet.study import Prediction, Study


def spots_of(study: Study, prediction: Prediction) -> list[dict[str, Any]]:
    """What is to be pointed out, once all slices are computed: half of a spot is none."""
    if not prediction.done.all():
        return []
    return [
        {
            "slice": spot.slice_index,
            "row": spot.centroid[1],
            "column": spot.centroid[2],
            "radius": math.sqrt(spot.area_px / math.pi),
            "text": spot_sentence(study, spot),
        }
        for spot in find_spots(study, prediction)
    ]
