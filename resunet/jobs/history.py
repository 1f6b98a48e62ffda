"""What the epochs of a run tell, as ``history.csv`` holds them."""

from collections.abc import Sequence

from resunet.jobs.run_folder import Row


def best_row(rows: Sequence[Row]) -> Row | None:
    """The first epoch of the lowest validation loss, whose weights are kept as the best.

    Args:
        rows: The epochs so far, in order.

    Returns:
        Its row; None before the first epoch of a known validation loss.
    """
    known = [(loss, row) for row in rows if (loss := row["val_loss"]) is not None]
    return min(known, key=lambda pair: pair[0])[1] if known else None
