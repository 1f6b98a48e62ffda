"""The card beside the detector's coefficients: what they are, from what, on which terms."""

import hashlib
from pathlib import Path

import sklearn

import resunet
from resunet.cohort.corruption.detect import fingerprint
from resunet.cohort.corruption.kinds import JUDGED_KINDS
from resunet.cohort.corruption.simulate import LEVELS
from resunet.storage import SCHEMA, write_json

TERMS = (
    "Research use only; not a medical device. Fitted on BraTS 2018, whose data are for research "
    "and must be cited: Menze 2015 (doi:10.1109/TMI.2014.2377694), Bakas 2017 "
    "(doi:10.1038/sdata.2017.117), Bakas 2018 (arXiv:1811.02629)."
)
CITATIONS = (
    "B. H. Menze et al.: The Multimodal Brain Tumor Image Segmentation Benchmark (BRATS). IEEE "
    "Transactions on Medical Imaging, 2015. doi:10.1109/TMI.2014.2377694",
    "S. Bakas et al.: Advancing The Cancer Genome Atlas glioma MRI collections with expert "
    "segmentation labels and radiomic features. Scientific Data, 2017. doi:10.1038/sdata.2017.117",
    "S. Bakas et al.: Identifying the Best Machine Learning Algorithms for Brain Tumor "
    "Segmentation, Progression Assessment, and Overall Survival Prediction in the BRATS "
    "Challenge. 2018. arXiv:1811.02629",
)


def write_card(
    path: Path, patients: list[str], *, slices: int, seed: int, rounds: int, rate: float
) -> None:
    """Writes ``<coefficients>.json`` beside the coefficients."""
    card = {
        "schema": SCHEMA,
        "title": "Detector of broken slices",
        "made_by": f"python tests/proofs/broken_slices.py --data DIR --work DIR --fit {path.name}",
        "made_for": fingerprint(),
        "kinds": list(JUDGED_KINDS),
        "levels": {kind: list(levels) for kind, levels in LEVELS.items()},
        "data": {"patients": patients, "slices": slices, "names": "BraTS 2018, paper layout"},
        "seed": seed,
        "rounds": rounds,
        "false_alarm_rate": rate,
        "terms": TERMS,
        "citations": list(CITATIONS),
        "versions": {"resunet": resunet.__version__, "scikit-learn": sklearn.__version__},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    write_json(path.with_suffix(".json"), card)
