"""Numbers at a logarithmic axis: powers of ten, and 2 and 5 times them where there is room."""

import math

_MOST_DECADES = 2.2


def log_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Round numbers of a logarithmic axis and how they are written.

    Args:
        low: Where the axis begins, above 0.
        high: Where it ends, at least ``low``.

    Returns:
        The numbers from ``low`` to ``high``, possibly none.
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) <= _MOST_DECADES else (1,)
    values = [step * 10.0**decade for decade in decades for step in steps]
    values = [value for value in values if low <= value <= high]
    return values, [f"{value:,.0f}" if value >= 1 else f"{value:g}" for value in values]
