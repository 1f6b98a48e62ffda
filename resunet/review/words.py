"""What a page says of the work list in words."""

from collections.abc import Collection, Sequence

from resunet.review.order import Entry
from resunet.review.worklist import Progress


def progress_words(progress: Progress) -> str:
    """How far the work is, and how long it will take."""
    words = f"{progress.done} of {progress.total} patients"
    if progress.seconds_left is None:
        return words
    minutes = round(progress.seconds_left / 60.0)
    return f"{words}, {f'about {minutes} min' if minutes else 'less than a minute'} left"


def count_words(entries: Sequence[Entry], reviewed: Collection[str], total: int) -> str:
    """How many patients are listed, computed and reviewed.

    Args:
        entries: The patients that are listed.
        reviewed: The opaque names of all that are reviewed.
        total: How many patients there are.
    """
    listed = len(entries)
    of = "" if listed == total else f"{listed} of "
    words = [f"{of}{total} patient{'' if total == 1 else 's'}"]
    words.append(f"{sum(entry.row is not None for entry in entries)} computed")
    if failed := sum(entry.problem is not None for entry in entries):
        words.append(f"{failed} not computable (see the remark)")
    words.append(f"{sum(entry.id in reviewed for entry in entries)} reviewed")
    return ", ".join(words) + "."
