"""Times as people read them."""

import pytest
from tiny import tiny_config

from resunet.jobs.pace import Pace
from resunet.ui.training.pace import duration, sentence


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3.0, "1 s"),
        (0.0, "1 s"),
        (0.4, "1 s"),
        (45.0, "45 s"),
        (89.4, "89 s"),
        (90.0, "2 min"),  # as many as 89.4 s: to the nearest minute
        (720.0, "12 min"),
        (5369.0, "89 min"),
        (5400.0, "1 h 30 min"),
        (12000.0, "3 h 20 min"),
        (7200.0, "2 h"),
        (86399.0, "24 h"),
        (90_060.0, "25 h"),
    ],
)
def test_times_as_people_read_them(seconds, text):
    assert duration(seconds) == text


def test_what_is_told_of_a_pace():
    # 25 steps of 8 slices and a third of 60 validated ones, at 11 a second: 20 s, 30 times
    config = tiny_config(batch_size=8, steps_per_epoch=25, epochs=30)
    assert sentence(Pace(11.0, "my*run"), config, 60) == (
        "About **20 s** an epoch, 10 min in all, at 11 slices a second, as in my\\*run."
    )
    assert sentence(Pace(11.0), config, 60).endswith("11 slices a second, as measured here.")
