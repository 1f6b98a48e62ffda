import math

import pytest

from resunet.config import TrainingConfig
from resunet.presets import preset
from resunet.training.schedule import Progress, after_epoch, learning_rate

PAPER = preset("paper").training

# Validation loss, then by Keras's rules worked by hand: learning rate of the next epoch, epochs
# since the best loss, and whether EarlyStopping(patience=5) ends the training.
# ReduceLROnPlateau(factor=0.5, patience=2) counts epochs that are not below its best by more
# than 1e-4, halves at the second and counts anew; its best moves only with such a step.
# EarlyStopping knows no such margin.
PAPER_EPOCHS = [
    (1.0, 0.01, 0, False),
    (0.9, 0.01, 0, False),
    (0.95, 0.01, 1, False),
    (0.92, 0.005, 2, False),
    (0.91, 0.005, 3, False),
    (0.90005, 0.0025, 4, False),
    (0.89995, 0.0025, 0, False),  # a best, but no improvement by 1e-4: the plateau waits
    (0.89, 0.0025, 0, False),
    (0.90, 0.0025, 1, False),
    (0.90, 0.00125, 2, False),
    (0.90, 0.00125, 3, False),
    (math.nan, 0.000625, 4, False),
    (0.90, 0.000625, 5, True),
]


def test_the_papers_rules_follow_keras():
    progress = Progress()
    found = []
    for loss, *_ in PAPER_EPOCHS:
        progress = after_epoch(progress, loss, PAPER)
        rate = learning_rate(10_000, progress, PAPER)
        found.append((rate, progress.epochs_since_best, progress.should_stop(PAPER)))
    assert found == [tuple(expected) for _, *expected in PAPER_EPOCHS]
    assert progress.best_loss == 0.89


@pytest.mark.parametrize("start", range(len(PAPER_EPOCHS)))
def test_improved_tells_the_best_epoch_so_far(start):
    progress = Progress()
    for loss, *_ in PAPER_EPOCHS[: start + 1]:
        progress = after_epoch(progress, loss, PAPER)
    assert progress.improved == (PAPER_EPOCHS[start][2] == 0)


def test_the_plateau_margin_is_1e_4():
    progress = after_epoch(Progress(), 0.5, PAPER)
    assert after_epoch(progress, 0.5 - 1.01e-4, PAPER).plateau_wait == 0
    assert after_epoch(progress, 0.5 - 0.99e-4, PAPER).plateau_wait == 1


def test_an_equal_loss_is_no_improvement():
    progress = after_epoch(after_epoch(Progress(), 0.5, PAPER), 0.5, PAPER)
    assert progress.epochs_since_best == 1
    assert not progress.improved


def test_a_first_loss_of_nan_is_no_best():
    progress = after_epoch(Progress(), math.nan, PAPER)
    assert not progress.improved
    assert progress.best_loss == math.inf


def test_patience_0_never_stops_early():
    config = TrainingConfig(early_stopping_patience=0)
    progress = Progress()
    for _ in range(50):
        progress = after_epoch(progress, 1.0, config)
    assert progress.epochs_since_best == 49
    assert not progress.should_stop(config)


def test_another_patience_and_factor():
    config = TrainingConfig(plateau_patience=3, plateau_factor=0.1, learning_rate=1.0)
    progress = after_epoch(Progress(), 1.0, config)
    rates = []
    for _ in range(6):
        progress = after_epoch(progress, 1.0, config)
        rates.append(learning_rate(0, progress, config))
    assert rates == pytest.approx([1, 1, 0.1, 0.1, 0.1, 0.01])


def test_the_cosine_falls_from_the_whole_rate_to_0():
    config = TrainingConfig(schedule="cosine", epochs=2, steps_per_epoch=6, learning_rate=0.08)
    # 12 steps; cos 0, 60°, 90°, 120° and 180° are 1, ½, 0, −½ and −1
    rates = [learning_rate(step, Progress(), config) for step in (0, 4, 6, 8, 12, 100)]
    assert rates == pytest.approx([0.08, 0.06, 0.04, 0.02, 0.0, 0.0])


def test_the_cosine_knows_no_plateau():
    config = TrainingConfig(schedule="cosine", early_stopping_patience=3)
    progress = Progress()
    for _ in range(4):
        progress = after_epoch(progress, 1.0, config)
    assert progress.reductions == 0
    assert learning_rate(0, progress, config) == 0.01
    assert progress.should_stop(config)


def test_warm_up_rises_by_equal_steps():
    config = TrainingConfig(warmup_steps=4, learning_rate=0.08)
    rates = [learning_rate(step, Progress(), config) for step in range(6)]
    assert rates == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.08, 0.08])


def test_warm_up_goes_with_the_cosine_and_with_reductions():
    config = TrainingConfig(
        schedule="cosine", warmup_steps=10, epochs=1, steps_per_epoch=8, learning_rate=0.1
    )
    assert learning_rate(4, Progress(), config) == pytest.approx(0.1 * 0.5 * 5 / 10)
    plateau = TrainingConfig(warmup_steps=10, learning_rate=0.1)
    assert learning_rate(4, Progress(reductions=2), plateau) == pytest.approx(0.1 / 4 * 5 / 10)
