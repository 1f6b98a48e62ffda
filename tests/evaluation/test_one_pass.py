import pytest
from bright import SLICES, BrightEngine, write

from resunet.data.cases import find_cases
from resunet.errors import InputError
from resunet.evaluation.kept import FOLDER
from resunet.evaluation.one_pass import Plan, evaluate_cases
from resunet.evaluation.scores import score_cases
from resunet.evaluation.seen import OneNetwork


class Stop(BaseException):
    """Raised from a callback, as by a signal."""


def plan(engine, **more):
    return Plan(OneNetwork(engine), **more)


def test_the_counts_are_those_of_scoring(tmp_path):
    cases = write(tmp_path)
    found = evaluate_cases(cases, plan(BrightEngine()))
    slices = [
        (each.patient, one.number, one.native, one.grid)
        for each in found.patients
        for one in each.slices
    ]
    scores = score_cases(cases, BrightEngine())
    assert slices == [(each.patient, each.number, each.native, each.grid) for each in scores]


def test_without_a_folder_nothing_is_kept(tmp_path):
    cases = write(tmp_path / "data")
    engine = BrightEngine()
    for _ in range(2):
        assert evaluate_cases(cases, plan(engine)).reused == 0
    assert len(engine.calls) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_second_time_nothing_is_computed(tmp_path):
    cases = write(tmp_path / "data")
    engine, told = BrightEngine(), []
    first = evaluate_cases(cases, plan(engine), tmp_path / "out")
    assert (len(engine.calls), first.reused) == (4, 0)
    second = evaluate_cases(cases, plan(engine), tmp_path / "out", on_case=told.append)
    assert (len(engine.calls), second.reused) == (4, 4)
    assert repr(second.patients) == repr(first.patients)
    assert told == cases


def test_what_was_stopped_goes_on(tmp_path):
    cases = write(tmp_path / "data")
    engine, seen = BrightEngine(), []

    def stop(each):
        seen.append(each.number)
        if each.number == 10:  # the second slice of bert
            raise Stop

    with pytest.raises(Stop):
        evaluate_cases(cases, plan(engine), tmp_path / "out", on_slice=stop)
    assert seen == [3, 4, 9, 10]
    assert len(list((tmp_path / "out" / FOLDER).glob("*.json"))) == 1
    seen.clear()
    found = evaluate_cases(
        cases, plan(engine), tmp_path / "out", on_slice=lambda each: seen.append(each.number)
    )
    assert found.reused == 1
    assert seen == [9, 10, 1, 1]
    assert repr(found.patients) == repr(evaluate_cases(cases, plan(BrightEngine())).patients)


def test_another_threshold_is_another_result(tmp_path):
    cases = write(tmp_path / "data")
    engine = BrightEngine()
    evaluate_cases(cases, plan(engine), tmp_path / "out")
    way = OneNetwork(engine, threshold=0.4)
    assert evaluate_cases(cases, Plan(way), tmp_path / "out").reused == 0
    assert evaluate_cases(cases, plan(engine, tolerance_mm=1.0), tmp_path / "out").reused == 0
    assert evaluate_cases(cases, plan(engine), tmp_path / "out").reused == 4


class Counting:
    """Counts slices."""

    def __init__(self, study):
        self.slices = 0

    def add(self, seen):
        self.slices += 1

    def result(self):
        return {"slices": self.slices}


def test_what_else_is_counted_is_kept_with_the_patient(tmp_path):
    cases = write(tmp_path / "data")
    evaluate_cases(cases, plan(BrightEngine()), tmp_path / "out")
    more = plan(BrightEngine(), counters={"count-1": Counting})
    for reused in (0, 4):
        found = evaluate_cases(cases, more, tmp_path / "out")
        assert found.reused == reused
        assert [each.extra["count-1"]["slices"] for each in found.patients] == [2, 2, 1, 1]


def test_whether_bad_files_are_left_out_is_part_of_what_is_kept(tmp_path):
    cases = write(tmp_path / "data")
    cases[0].slices[0].path.write_bytes(b"nothing")
    evaluate_cases(cases, plan(BrightEngine(), skip_bad=True), tmp_path / "out")
    with pytest.raises(InputError, match="anna_3"):
        evaluate_cases(cases, plan(BrightEngine()), tmp_path / "out")


def test_a_changed_file_is_scored_again(tmp_path):
    cases = write(tmp_path / "data")
    engine = BrightEngine()
    before = evaluate_cases(cases, plan(engine), tmp_path / "out")
    changed = {"carl": {1: SLICES["dora"][1]}}
    write(tmp_path / "data", changed)
    after = evaluate_cases(find_cases(tmp_path / "data"), plan(engine), tmp_path / "out")
    assert after.reused == 3
    pairs = zip(before.patients, after.patients, strict=True)
    assert [repr(one) == repr(other) for one, other in pairs] == [True, True, False, True]


def test_what_cannot_be_used_is_left_out_and_remembered(tmp_path):
    cases = write(tmp_path / "data")
    for file in (cases[0].slices[0], *cases[1].slices):  # of bert nothing is left
        file.path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="anna_3"):
        evaluate_cases(cases, plan(BrightEngine()), tmp_path / "out")
    for reused in (0, 4):
        found = evaluate_cases(cases, plan(BrightEngine(), skip_bad=True), tmp_path / "out")
        assert [each.patient for each in found.patients] == ["anna", "carl", "dora"]
        assert len(found.skipped) == 3
        assert found.reused == reused


def test_where_nothing_is_left_the_first_file_is_named(tmp_path):
    cases = write(tmp_path, {"anna": SLICES["anna"]}, masks=False)
    with pytest.raises(InputError, match=r"^None of 1 cases can be scored; the first: .*anna_3"):
        evaluate_cases(cases, plan(BrightEngine(), skip_bad=True))
