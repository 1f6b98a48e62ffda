import pytest
from review.entries import entry, patient

from resunet.review.words import count_words, progress_words
from resunet.review.worklist import Progress


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "12 of 40 patients"),
        (0.0, "12 of 40 patients, less than a minute left"),
        (29.0, "12 of 40 patients, less than a minute left"),
        (31.0, "12 of 40 patients, about 1 min left"),
        (170.0, "12 of 40 patients, about 3 min left"),
        (4000.0, "12 of 40 patients, about 67 min left"),
    ],
)
def test_progress(seconds, words):
    assert progress_words(Progress(12, 40, 0.3, seconds)) == words


def test_counts():
    entries = [entry("A", patient()), entry("B"), entry("C", patient())]
    assert count_words(entries, {"A", "gone"}, 3) == "3 patients, 2 computed, 1 reviewed."
    assert count_words(entries[:1], set(), 3) == "1 of 3 patients, 1 computed, 0 reviewed."
    assert count_words(entries[:1], set(), 1) == "1 patient, 1 computed, 0 reviewed."
    failed = [*entries, entry("D", problem="No.")]
    assert count_words(failed, set(), 4) == (
        "4 patients, 2 computed, 1 not computable (see the remark), 0 reviewed."
    )
