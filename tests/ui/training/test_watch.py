"""What is read of a run while it goes on."""

import pytest
from app_data import HISTORY

from resunet.jobs.run_folder import HISTORY_COLUMNS, RunFolder
from resunet.ui.training.watch import columns_of, tail


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run").mkdir()
    return RunFolder(tmp_path / "run")


def test_the_history_by_columns(run):
    run.write_history([HISTORY[0], {**HISTORY[1], "val_dice": None}])
    columns = columns_of(run)
    assert tuple(columns) == HISTORY_COLUMNS
    assert columns["epoch"] == [1.0, 2.0]
    assert columns["val_dice"] == [0.15, None]
    assert columns_of(RunFolder(run.path / "nowhere")) == {name: [] for name in HISTORY_COLUMNS}


def test_the_end_of_a_log(run):
    assert tail(run.log_file) == ""
    run.log_file.write_text("one\ntwo")
    assert tail(run.log_file) == "one\ntwo"
    run.log_file.write_text("".join(f"{number}\n" for number in range(100)))
    assert tail(run.log_file) == "\n".join(map(str, range(88, 100)))


def test_of_a_long_line_the_end_is_shown_and_bytes_that_are_no_text_do_not_matter(run):
    run.log_file.write_bytes(b"x" * 100_000 + b"\xff end\n")
    end = tail(run.log_file)
    assert len(end) <= 4096
    assert end.endswith("x\ufffd end")
