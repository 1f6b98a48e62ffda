import numpy as np
import pytest
from synthetic import write_paper_layout
from tiny import tiny_config

from resunet.data.cases import find_cases
from resunet.data.readers import open_case
from resunet.errors import InputError
from resunet.inference.predict import predict
from resunet.review.addresses import opaque_id
from resunet.review.patients import DataFolder
from resunet.review.rows import patient_row
from resunet.review.summaries import Settings
from resunet.review.worklist import Progress, WorkList

SHA256 = "ab" * 32
SETTINGS = Settings(SHA256, "cd" * 32, 0.5, 3, 7)
SLICES = 10  # two chunks each


class BrightIsTumour:
    """Stands for a network; what a pass says depends on its masks, and every slice is counted."""

    name, model_id, model_sha256 = "stub", "stub@ab", SHA256
    threshold, intensities = 0.5, None

    def __init__(self):
        self.config = tiny_config()
        self.slices = 0

    def passes(self, images, masks):
        self.slices += len(images)
        bright = np.clip(images[..., 3], 0.0, 1.0)
        noise = masks.mean(axis=1) - masks.mean()
        return np.clip(bright[None] + noise[:, None, None, None], 0, 1).astype(np.float32)


class Ticking:
    """A clock on which every look takes two seconds."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 2.0
        return self.now


@pytest.fixture
def root(tmp_path):
    write_paper_layout(
        tmp_path / "data",
        patients={"training": ["Brats_A", "Brats_B"], "testing": ["Brats_C"]},
        slices_per_patient=SLICES,
        size=24,
    )
    return tmp_path / "data"


@pytest.fixture
def engine():
    return BrightIsTumour()


def list_of(root, settings=SETTINGS, **options) -> WorkList:
    return WorkList(DataFolder(root, find_cases(root)), settings, **options)


def ids_of(work_list) -> list[str]:
    return [entry.id for entry in work_list.entries]


def finish(work_list, engine) -> list[Progress]:
    return list(work_list.work(engine, ids_of(work_list)))


def test_nothing_is_known_at_first(root, engine):
    work_list = list_of(root)
    assert [entry.case.patient for entry in work_list.entries] == ["Brats_C", "Brats_A", "Brats_B"]
    assert {(entry.row, entry.problem) for entry in work_list.entries} == {(None, None)}
    assert work_list.to_compute(ids_of(work_list)) == ids_of(work_list)
    first = work_list.entries[0]
    assert first.id == opaque_id(root, first.case)
    assert work_list[first.id] is first


def test_its_rows_are_those_of_predictions(root, engine):
    work_list = list_of(root)
    finish(work_list, engine)
    for entry in work_list.entries:
        study = open_case(entry.case).study
        expected = patient_row(study, predict(study, BrightIsTumour(), samples=3, seed=7))
        assert entry.row == expected
        assert entry.row.size.high > entry.row.size.low
        assert len(entry.row.slices) == SLICES


def test_who_stops_and_goes_on_computes_no_slice_twice(root, engine):
    work_list = list_of(root)
    whole = BrightIsTumour()
    for case in find_cases(root):
        study = open_case(case).study
        predict(study, whole, samples=3, seed=7)
    calls = 0
    while work_list.to_compute(ids_of(work_list)):
        next(work_list.work(engine, ids_of(work_list)))
        calls += 1
    assert engine.slices == whole.slices
    assert calls == 3 * 3  # reading, eight slices, two slices


def test_the_order_asked_for_is_kept_to(root, engine):
    work_list = list_of(root)
    ids = ids_of(work_list)[::-1]
    for _ in work_list.work(engine, ids):
        if work_list[ids[0]].row is not None:
            break
    assert [work_list[id_].row is not None for id_ in ids] == [True, False, False]


def test_only_those_asked_for_are_computed(root, engine):
    work_list = list_of(root)
    wanted = ids_of(work_list)[1:2]
    assert [progress.total for progress in work_list.work(engine, wanted)] == [1, 1, 1]
    assert [entry.row is not None for entry in work_list.entries] == [False, True, False]
    assert list(work_list.work(engine, wanted)) == []


def test_another_list_knows_them_at_once(root, engine):
    first = list_of(root)
    finish(first, engine)
    computed = engine.slices
    again = list_of(root)
    assert again.entries == first.entries
    assert all(entry.row is not None for entry in again.entries)
    assert again.to_compute(ids_of(again)) == []
    assert finish(again, engine) == []
    assert engine.slices == computed
    other = list_of(root, Settings(SHA256, "cd" * 32, 0.5, 3, 8))
    assert all(entry.row is None for entry in other.entries)


def test_what_somebody_else_computed_meanwhile_is_taken(root, engine):
    waiting = list_of(root)
    finish(list_of(root), BrightIsTumour())
    finish(waiting, engine)
    assert engine.slices == 0
    assert all(entry.row is not None for entry in waiting.entries)


def test_a_patient_that_cannot_be_read_does_not_end_the_list(root, engine):
    broken = find_cases(root)[1].slices[4].path
    content = broken.read_bytes()
    broken.write_bytes(b"nothing")
    work_list = list_of(root)
    finish(work_list, engine)
    assert [entry.row is not None for entry in work_list.entries] == [True, False, True]
    assert work_list.entries[1].problem.startswith(f"training/{broken.name}")
    assert all(entry.row is None or entry.problem is None for entry in work_list.entries)
    assert work_list.to_compute(ids_of(work_list)) == []

    broken.write_bytes(content)
    work_list.forget_problems()
    finish(work_list, engine)
    assert work_list.entries[1].problem is None
    assert work_list.entries[1].row is not None


def test_a_problem_is_not_kept_for_the_next_list(root, engine):
    broken = find_cases(root)[0].slices[0].path
    broken.write_bytes(b"nothing")
    finish(list_of(root), engine)
    assert list_of(root).entries[0].problem is None


def test_progress_and_the_time_left(root, engine):
    work_list = list_of(root, clock=Ticking())
    assert work_list.progress(ids_of(work_list)) == Progress(0, 3, 0.0, None)
    seen = finish(work_list, engine)
    # each step takes 2 s: reading, 8 of 10 slices, the other 2
    assert seen[0] == Progress(0, 3, 0.0, None)
    assert seen[1] == pytest.approx((0, 3, 0.8 / 3, 4 / 0.8 * 2.2))
    assert seen[2] == pytest.approx((1, 3, 1 / 3, 6 / 1.0 * 2.0))
    assert seen[4] == pytest.approx((1, 3, 1.8 / 3, 10 / 1.8 * 1.2))
    assert seen[-1] == Progress(3, 3, 1.0, 0.0)
    assert work_list.progress([]) == Progress(0, 0, 1.0, 0.0)


def test_a_released_patient_begins_again(root, engine):
    work_list = list_of(root)
    work = work_list.work(engine, ids_of(work_list))
    next(work), next(work)
    assert work_list.progress(ids_of(work_list)).share == pytest.approx(0.8 / 3)
    work_list.release()
    assert work_list.progress(ids_of(work_list)).share == 0.0
    finish(work_list, engine)
    assert all(entry.row is not None for entry in work_list.entries)


def test_without_a_model_nothing_is_known_or_computed(root, engine):
    finish(list_of(root), engine)
    work_list = list_of(root, None)
    assert all(entry.row is None for entry in work_list.entries)
    with pytest.raises(InputError, match="weights have changed"):
        finish(work_list, engine)


def test_another_network_is_refused(root, engine):
    engine.model_sha256 = "00" * 32
    with pytest.raises(InputError, match="weights have changed"):
        finish(list_of(root), engine)
