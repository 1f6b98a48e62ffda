import pytest

from resunet.jobs.history import best_row


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [([0.5, 0.2, 0.3], 2), ([0.5, 0.2, 0.2], 2), ([None, 0.4], 2), ([0.0, 0.1], 1), ([-1, 0], 1)],
)
def test_the_first_epoch_of_the_lowest_known_loss(losses, epoch):
    rows = [{"epoch": number, "val_loss": loss} for number, loss in enumerate(losses, 1)]
    assert best_row(rows) is rows[epoch - 1]


@pytest.mark.parametrize("rows", [[], [{"epoch": 1, "val_loss": None}]])
def test_without_a_known_loss_there_is_none(rows):
    assert best_row(rows) is None
