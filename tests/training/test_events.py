import math
import os

import pytest
import tensorflow as tf

from resunet.jobs.run_folder import RunFolder
from resunet.training.events import Events

pytestmark = pytest.mark.keras


def row(step, **changes):
    values = {"loss": 0.5, "val_loss": 0.25, "dice": 0.75, "val_dice": 0.125}
    return {"epoch": step, "step": step, **values, "learning_rate": 0.5, "seconds": 1.0, **changes}


def written(run):
    """(step, curve, value) of all points, in the order of the files and of their lines."""
    found = []
    for path in sorted(run.events_dir.iterdir(), key=os.path.getmtime):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                found.append((event.step, value.tag, tf.make_ndarray(value.tensor).item()))
    return found


def test_an_epoch_is_a_point_of_each_curve(tmp_path):
    run = RunFolder(tmp_path)
    Events(run).write(row(3))
    assert written(run) == [
        (3, "loss", 0.5),
        (3, "val_loss", 0.25),
        (3, "dice", 0.75),
        (3, "val_dice", 0.125),
        (3, "learning_rate", 0.5),
    ]


def test_what_is_undefined_is_left_out(tmp_path):
    run = RunFolder(tmp_path)
    Events(run).write(row(1, dice=math.nan, val_dice=None))
    assert [tag for _, tag, _ in written(run)] == ["loss", "val_loss", "learning_rate"]


def test_going_on_gives_each_step_once(tmp_path):
    run = RunFolder(tmp_path)
    before = Events(run)
    for step in (1, 2, 3):
        before.write(row(step))  # the third's state was never saved
    Events(run, (row(1), row(2))).write(row(3, loss=0.25))
    losses = [(step, value) for step, tag, value in written(run) if tag == "loss"]
    assert losses == [(1, 0.5), (2, 0.5), (3, 0.25)]


def test_where_nothing_can_be_written_it_is_an_error_of_the_disk(tmp_path, monkeypatch):
    events = Events(RunFolder(tmp_path))

    def full(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.summary, "write", full)
    with pytest.raises(OSError, match="No space left"):
        events.write(row(1))
