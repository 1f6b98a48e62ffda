"""Patients whose tumour is where t1 is bright, or is not, and networks that see just that."""

import numpy as np
from tiny import tiny_config

from resunet.config import PreparationConfig
from resunet.data.cases import find_cases
from resunet.study import CONTRASTS

# 32×32 pixels seen whole on a grid of 16×16: 2×2 pixels each
CONFIG = tiny_config()
CONFIG = type(CONFIG)(
    network=CONFIG.network,
    preparation=PreparationConfig(scaling="maximum", framing="resize", scope="slice"),
)
BLOCK = (slice(8, 12), slice(10, 14))  # 4×4 pixels, 2×2 on the grid
TALLER = (slice(8, 13), slice(10, 14))  # 5×4 pixels; half of a grid pixel does not count
NOTHING = None


class BrightEngine:
    """An engine whose network finds tumour where t1 is bright; every pass agrees."""

    name = "bright"
    model_id = "bright@0"
    model_sha256 = "b" * 64
    config = CONFIG
    threshold = 0.5

    def __init__(self):
        self.calls = []

    def passes(self, images, masks):
        self.calls.append((len(images), masks.copy()))
        found = (images[..., 0] > 0.9).astype(np.float32)
        return np.repeat(found[None], len(masks), axis=0)


class WaveringEngine(BrightEngine):
    """Finds it only in every third pass, the first among them."""

    def passes(self, images, masks):
        out = super().passes(images, masks)
        out[np.arange(len(masks)) % 3 != 0] = 0.0
        return out


SLICES = {
    # patient: slice → (truth, predicted)
    "anna": {3: (BLOCK, BLOCK), 4: (BLOCK, NOTHING)},
    "bert": {10: (NOTHING, NOTHING), 9: (TALLER, BLOCK)},
    "carl": {1: (NOTHING, NOTHING)},
    "dora": {1: (NOTHING, BLOCK)},
}


def write(root, slices=SLICES, masks=True):
    for patient, pictures in slices.items():
        for number, (truth, predicted) in pictures.items():
            mask, t1 = np.zeros((32, 32), np.uint8), np.full((32, 32), 40.0)
            t1[0, 0] = 100.0 if predicted is None else 40.0
            if truth is not None:
                mask[truth] = 1
            if predicted is not None:
                t1[predicted] = 100.0
            arrays = {contrast: np.full((32, 32), 50.0) for contrast in CONTRASTS} | {"t1": t1}
            if masks:
                arrays["mask"] = mask
            path = root / "testing" / f"{patient}_{number}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, **arrays)
    return find_cases(root)
