"""Who moves the slice view: the page, or the user; and words that come late."""

import pytest

from resunet.ui.viewer.memory import Heard, Memory, ViewerState, heard_in

FIRST = ViewerState(5, 0.5)


@pytest.fixture
def memory():
    return Memory("ours", FIRST, FIRST)


def said(sequence, slice_index, threshold=0.5, *, study="ours", orders=(0, 0)):
    return Heard(study, sequence, orders, ViewerState(slice_index, threshold), frozenset())


def test_what_the_user_did_stays_while_the_page_asks_for_the_same(memory):
    memory.settle(FIRST, said(1, 9, 0.7))
    assert memory.state == (9, 0.7)
    assert memory.orders == (0, 0)
    memory.settle(FIRST, said(1, 9, 0.7))
    assert memory.state == (9, 0.7)


def test_a_late_word_on_another_study_moves_nothing(memory):
    memory.settle(FIRST, said(7, 9, 0.7, study="the one before"))
    assert memory.state == FIRST
    assert memory.data()["heard"] == 7  # or the browser would count behind it


def test_a_word_on_this_study_is_heard_after_a_late_one(memory):
    memory.settle(FIRST, said(7, 9, study="the one before"))
    memory.settle(FIRST, said(8, 3))
    assert memory.state == (3, 0.5)


def test_the_page_moves_what_it_asks_for_anew_and_nothing_else(memory):
    memory.settle(FIRST, said(1, 9, 0.7))
    memory.settle(ViewerState(2, 0.5), said(1, 9, 0.7))
    assert memory.state == (2, 0.7)
    assert memory.orders == (1, 0)


def test_the_page_may_pass_back_what_it_got(memory):
    memory.settle(FIRST, said(1, 9))
    memory.settle(ViewerState(9, 0.5), said(1, 9))
    assert memory.orders == (0, 0)
    assert memory.state == (9, 0.5)


def test_an_old_word_does_not_take_the_pages_move_back(memory):
    memory.settle(FIRST, said(1, 9))
    memory.settle(ViewerState(2, 0.5), said(1, 9))
    memory.settle(ViewerState(2, 0.5), said(1, 9))
    assert memory.state == (2, 0.5)


def test_a_word_that_crossed_the_pages_move_does_not_take_it_back(memory):
    memory.settle(ViewerState(9, 0.5), None)
    # said before the browser had the order; the threshold in it was the user's own doing
    memory.settle(ViewerState(9, 0.5), said(1, 5, 0.7))
    assert memory.state == (9, 0.7)
    memory.settle(ViewerState(9, 0.5), said(2, 8, 0.7, orders=(1, 0)))
    assert memory.state == (8, 0.7)


SENSE = {
    **{"study": "ours", "orders": [1, 0], "sequence": 3, "slice_index": 2, "threshold": 0.4},
    **{"had": ["a"], "measure": "entropy", "palette": "safe"},
}


def test_what_the_browser_says_is_read():
    expected = Heard("ours", 3, (1, 0), ViewerState(2, 0.4), frozenset({"a"}), "entropy", "safe")
    assert heard_in({"view": SENSE}, 6) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"slice_index": 6},
        {"slice_index": -1},
        {"slice_index": "two"},
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"threshold": None},
        {"sequence": []},
        {"had": None},
        {"orders": [1]},
        {"orders": None},
        {"measure": "guess"},
        {"measure": {}},
        {"palette": "loud"},
        {"palette": []},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_notheard_in(wrong):
    assert heard_in({"view": {**SENSE, **wrong}}, 6) is None


@pytest.mark.parametrize("value", [None, {}, {"view": None}, "view", {"view": {"study": "ours"}}])
def test_nothing_said_is_nothingheard_in(value):
    assert heard_in(value, 6) is None
