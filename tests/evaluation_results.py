"""The result of an evaluation, as the page reads it: put together from patients made by hand."""

import json
import math

from evaluated import made_patient, made_slice

from resunet.evaluation.against import compare_results
from resunet.evaluation.paper import DICE_NOTE, table_4, table_5
from resunet.evaluation.patients import Surface
from resunet.evaluation.summary import summarise_split
from resunet.evaluation.words import conventions
from resunet.storage import dump_json

TESTING = (
    made_patient(
        "anna_1",
        made_slice(1, shared=40, true=80, pred=60, ceiling=72, hd95_mm=4.0, near=6, surface=20),
        made_slice(2, true=20, hd95_mm=math.inf, surface=10),
        made_slice(3, pred=12, hd95_mm=math.inf, surface=10),
    ),
    made_patient(
        "bert",
        made_slice(1, shared=100, true=100, pred=200, hd95_mm=2.0, near=5, surface=5),
        made_slice(2, shared=300, true=400, pred=300, hd95_mm=3.0, near=5, surface=9),
    ),
    made_patient("carl", made_slice(1), made_slice(2)),
    made_patient("dora", made_slice(1, shared=1100, true=1200, pred=1300, hd95_mm=1.0, surface=7)),
)
VOLUMES = (
    made_patient(
        "emil",
        made_slice(1, shared=500, true=900, pred=700),
        split="validating",
        step_mm=2.0,
        surface=Surface(7.5, 30, 40),
    ),
    made_patient(
        "frida",
        made_slice(1, true=90),
        split="validating",
        step_mm=2.0,
        surface=Surface(math.inf, 0, 8),
    ),
)


def result(*, against=False, **changes):
    """What ``scores.json`` holds of two splits, read back."""
    splits = {
        "testing": summarise_split(TESTING, bootstraps=100),
        "validating": summarise_split(VOLUMES, bootstraps=100),
    }
    parts = {"testing": (0, 1), "validating": (2, 0)}
    for split, (trained, chosen) in parts.items():
        splits[split] |= {"patients_trained_on": trained, "patients_chosen_on": chosen}
    training = {"epochs": 30, "minutes": None, "minutes_reason": "It is not known."}
    values = {
        "schema": 1,
        "model_id": "demo-1@0123456789ab",
        "engine": "an engine",
        "data": "/home/somebody/secret/brats2d",
        "samples": 0,
        "seed": 0,
        "flip": False,
        "threshold": 0.5,
        "tolerance_mm": 2.0,
        "input_size": 64,
        "parameters": 6_854_609,
        "bootstraps": 100,
        "conventions": conventions(threshold=0.5, tolerance_mm=2.0),
        "skipped": [],
        "excluded": {"count": 0, "names": [], "patients": []},
        "splits": splits,
        "table_4": table_4(splits, training),
        "table_4_note": DICE_NOTE,
        "table_5": table_5(splits, model="Demo", data="brats2d", size=64, parameters=6_854_609),
    }
    if against:
        other = {"anna_1": 0.5, "bert": 0.7, "dora": 0.6}
        theirs = {
            "model_id": "old-1@ba9876543210",
            "flip": True,
            "splits": {"testing": {"native": {"dice_by_patient": other}}},
        }
        values["against"] = compare_results(values, theirs, bootstraps=100)
    return json.loads(dump_json({**values, **changes}))
