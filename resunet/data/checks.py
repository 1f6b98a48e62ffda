"""Placeholder until the checks are written."""

from resunet.study import Study


def check_study(study: Study) -> tuple[str, ...]:
    """No checks yet."""
    return ()
