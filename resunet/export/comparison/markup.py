"""HTML put together so that nothing from outside is ever taken for markup."""

import html
import re
from collections.abc import Iterable

from resunet.data.readers.inputs import printable

_VOID = ("col", "img", "meta")
_BREAKS = re.compile(r"(?<=[/_.-])(?=.)")


class Html(str):
    """Text that is markup already; every other text is escaped where it is put in."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | int | None) -> Html:
    """One element.

    Args:
        name: Its name, such as ``"td"``.
        *children: What it holds; what is no `Html` is escaped.
        **attributes: Its attributes; ``_`` in a name stands for ``-``, one at the end is dropped
            (``class_``), and None leaves the attribute away. An `Html` value stands as it is.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_written(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Html:
    """Some pieces one after the other; what is no `Html` is escaped."""
    return Html("".join(each if isinstance(each, Html) else safe(each) for each in children))


def safe(text: str) -> Html:
    """A text that means nothing but itself, in attributes too."""
    return Html(html.escape(printable(text), quote=True))


def breakable(name: str) -> Html:
    """A name that may go on in the next line after each ``/``, ``_``, ``-`` and ``.``."""
    return Html("<wbr>".join(safe(part) for part in _BREAKS.split(name)))


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *, class_: str | None = None) -> Html:
    """A table that scrolls by itself where it is too wide.

    Args:
        head: The headings of its columns, those of texts as of `over_text`; may be none.
        rows: Of each line its cells, ready `Html` of ``td`` or ``th``, or texts to be put in one.
        class_: What the table is called in the style sheet.
    """
    headings = [each if _is_cell(each) else element("th", each, scope="col") for each in head]
    above = [element("thead", element("tr", *headings))] if headings else []
    lines = [element("tr", *map(_cell, cells)) for cells in rows]
    inside = element("table", *above, element("tbody", *lines), class_=class_)
    return element("div", inside, class_="scrolls")


def over_text(*headings: str) -> list[Html]:
    """Headings of columns that hold text, and begin where it begins."""
    return [element("th", each, scope="col", class_="text") for each in headings]


def section(identifier: str, title: str, *children: str) -> Html:
    """A part of the page with its heading."""
    return element("section", element("h2", title), *children, id=identifier)


def paragraphs(sentences: Iterable[str], *, class_: str | None = None) -> Html:
    """A paragraph for each sentence."""
    return joined(element("p", sentence, class_=class_) for sentence in sentences)


def _written(value: str | int) -> str:
    """An attribute's value; `Html` as it is, since pictures are too long to be looked through."""
    return value if isinstance(value, Html) else safe(str(value))


def _cell(content: str) -> Html:
    return Html(content) if _is_cell(content) else element("td", content)


def _is_cell(content: str) -> bool:
    return isinstance(content, Html) and content.startswith(("<td", "<th"))
