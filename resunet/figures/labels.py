"""Names that come from folders and files, in a chart: as they are, and no longer than they fit."""

import html


def label(text: str, most: int = 28) -> str:
    """A name for a chart.

    Args:
        text: Any text; Plotly would take ``<b>`` in it for bold letters.
        most: How many letters fit.
    """
    return html.escape(shortened(text, most), quote=False)


def shortened(text: str, most: int) -> str:
    """A text on one line; of a long one the middle goes, since folders often differ at the end."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[head + 1 - most :]}"
