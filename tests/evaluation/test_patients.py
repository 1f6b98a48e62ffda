import math

import numpy as np
import pytest
from bright import BLOCK, SLICES, BrightEngine, write
from synthetic import write_nifti_folder

from resunet.data.cases import find_cases
from resunet.data.readers import read_case
from resunet.errors import InputError
from resunet.evaluation.patients import SOME_LEFT_OUT, Surface, measure_patient
from resunet.evaluation.seen import OneNetwork
from resunet.metrics import BrainCounts, OverlapCounts, surface_distances
from resunet.study import CONTRASTS

BRIGHT = {"tolerance_mm": 1.0}


def measure(case, engine=None, **more):
    return measure_patient(
        case, read_case(case), OneNetwork(engine or BrightEngine()), **(BRIGHT | more)
    )


def volume(
    root, *, tumours=(None, BLOCK, BLOCK), seen=(None, BLOCK, None), spacing=(1.0, 1.0, 1.0)
):
    """A NIfTI patient whose slices hold these tumours, and show these."""
    rng = np.random.default_rng(0)  # a picture of few values would be taken for labels
    images = rng.uniform(20.0, 50.0, (len(tumours), 32, 32, len(CONTRASTS))).astype(np.float32)
    labels = np.zeros(images.shape[:3], np.uint8)
    for at, (true, found) in enumerate(zip(tumours, seen, strict=True)):
        if true is not None:
            labels[at][true] = 1
        if found is None:
            images[at, 0, 0, 0] = 100.0
        else:
            images[at, ..., 0][found] = 100.0
    write_nifti_folder(root / "testing" / "emil", images, labels, spacing=spacing)
    (case,) = find_cases(root)
    return case


def test_a_patient_of_slices_with_gaps(tmp_path):
    cases = write(tmp_path, {"anna": SLICES["anna"]})
    found = measure(cases[0])
    assert (found.split, found.patient) == ("testing", "anna")
    assert [each.number for each in found.slices] == [3, 4]
    assert found.native == BrainCounts(16, 32, 16, 2 * 1008)
    assert found.grid == BrainCounts(4, 8, 4, 2 * 252)
    assert found.ceiling == OverlapCounts(32, 32, 32)
    assert found.surface is None
    assert found.volume_reason == "The pixel spacing is unknown."
    at = found.sweep.thresholds.index(0.5)
    assert (found.sweep.inside[at], found.sweep.pred[at], found.sweep.true) == (16, 16, 32)


def test_a_gap_free_stack_is_measured_in_three_dimensions(tmp_path):
    case = volume(tmp_path)
    found = measure(case)
    assert (found.pixel_mm2, found.step_mm, found.volume_reason) == (1.0, 1.0, None)
    study = read_case(case)
    predicted = study.labels.copy()
    predicted[2] = 0
    apart = surface_distances(study.labels, predicted, (1.0, 1.0, 1.0))
    assert found.surface == Surface(apart.hd95_mm, *apart.within(1.0))
    # the upper layer, all of it surface, is one slice away
    assert found.surface == Surface(1.0, 48, 48)
    assert measure(case, tolerance_mm=0.5).surface == Surface(1.0, 32, 48)


def test_slices_lie_as_far_apart_as_they_do(tmp_path):
    found = measure(volume(tmp_path, spacing=(3.0, 0.5, 0.5)))
    assert (found.pixel_mm2, found.step_mm) == (0.25, pytest.approx(3.0))
    assert found.surface.hd95_mm == pytest.approx(3.0)
    assert (found.surface.near_px, found.surface.surface_px) == (32, 48)


def test_a_stack_without_tumour_has_no_distance(tmp_path):
    nothing = (None, None, None)
    found = measure(volume(tmp_path, tumours=nothing, seen=nothing)).surface
    assert math.isnan(found.hd95_mm)
    assert (found.near_px, found.surface_px) == (0, 0)


def test_a_stack_of_which_slices_are_left_out_has_no_volume(tmp_path):
    case = volume(tmp_path)
    found = measure(type(case)(case.split, case.patient, folder=case.folder, left_out=(1,)))
    assert [each.number for each in found.slices] == [0, 2]
    assert (found.surface, found.step_mm, found.volume_reason) == (None, None, SOME_LEFT_OUT)


def test_a_counter_sees_every_slice_of_its_patient(tmp_path):
    class Summing:
        def __init__(self, study):
            self.pixels, self.studies = 0, study.identifier

        def add(self, seen):
            self.pixels += int(seen.mask.sum())

        def result(self):
            return {"pixels": self.pixels, "study": self.studies}

    (case,) = write(tmp_path, {"anna": SLICES["anna"]})
    found = measure(case, counters={"sum-1": Summing})
    assert found.extra == {"sum-1": {"pixels": 16, "study": "anna"}}


def test_who_raises_from_a_slice_ends_the_work(tmp_path):
    (case,) = write(tmp_path, {"anna": SLICES["anna"]})
    numbers = []

    def stop(seen):
        numbers.append(seen.number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(case, on_slice=stop)
    assert numbers == [3]


def test_a_patient_without_outline_is_refused(tmp_path):
    (case,) = write(tmp_path, {"anna": SLICES["anna"]}, masks=False)
    with pytest.raises(InputError, match="anna in testing has no mask to score against"):
        measure(case)
