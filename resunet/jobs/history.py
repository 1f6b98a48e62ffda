"""What the epochs of a run tell, as ``history.csv`` holds them."""

from collections.abc import Sequence

from resunet.errors import InputError
from resunet.jobs.run_folder import Row, RunFolder


def best_row(rows: Sequence[Row]) -> Row | None:
    """The first epoch of the lowest validation loss, whose weights are kept as the best.

    Args:
        rows: The epochs so far, in order.

    Returns:
        Its row; None before the first epoch of a known validation loss.
    """
    known = [(loss, row) for row in rows if (loss := row["val_loss"]) is not None]
    return min(known, key=lambda pair: pair[0])[1] if known else None


def kept_row(run: RunFolder, rows: Sequence[Row]) -> Row | None:
    """The epoch whose weights are kept for use, by the run's setting (`TrainingConfig.select`).

    Args:
        run: The run; where its settings cannot be read, the best epoch counts as kept.
        rows: Its epochs so far, in order.

    Returns:
        Its row; None before the first epoch, or if the validation loss that decides is unknown.
    """
    try:
        select = run.read_config()[0].training.select
    except InputError:
        select = "best"
    if select == "last":
        return rows[-1] if rows else None
    return best_row(rows)
