"""An HTML page that needs no other file and no script: what all pages that are written share."""

from collections.abc import Mapping, Sequence

from resunet import DISCLAIMER, PROGRAM, __version__
from resunet.export.comparison.markup import Html, element
from resunet.export.comparison.style import style_sheet

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What the page may load: nothing."""


def document(
    title: str,
    *,
    kind: str,
    answers: Html,
    parts: Sequence[Html],
    names: Mapping[str, str],
    rules: str = "",
) -> str:
    """A page as text.

    Args:
        title: Its heading.
        kind: What it is, a few words that stand above the heading.
        answers: Everything in short, which comes first.
        parts: Its sections; what is empty is not linked to.
        names: A section's id → what the link to it is called.
        rules: Style rules of its own.
    """
    links = [
        element("a", words, href=f"#{name}")
        for name, words in names.items()
        if any(part.startswith(f'<section id="{name}"') for part in parts)
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="generator", content=f"{PROGRAM} {__version__}"),
        element("title", title),
        element("style", Html(style_sheet() + rules)),
    )
    header = element(
        "header",
        element("p", f"{PROGRAM} · {kind}", class_="eyebrow"),
        element("h1", title),
        element("p", f"{DISCLAIMER}.", class_="research"),
        element("nav", *links, aria_label="Parts of this page"),
    )
    body = element(
        "body",
        header,
        element("main", answers, *parts),
        element("footer", f"Written by {PROGRAM} {__version__}. {DISCLAIMER}."),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"
