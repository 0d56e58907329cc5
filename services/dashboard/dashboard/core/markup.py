"""HTML that cannot be got wrong: what is not markup already is escaped, wherever it comes from."""

from collections.abc import Iterable
from html import escape

Attribute = str | int | None


class Markup(str):
    """Text that is HTML already. Only this module makes it."""

    __slots__ = ()


def el(name: str, *children: str, cls: str = "", **attributes: Attribute) -> Markup:
    """Return one element. Attributes that are None are left out; `data_x` is written `data-x`."""
    said = f' class="{escape(cls)}"' if cls else ""
    for key, value in attributes.items():
        if value is not None:
            said += f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
    return Markup(f"<{name}{said}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Markup:
    return Markup("".join(each if isinstance(each, Markup) else escape(each) for each in children))


def empty(*words: str) -> Markup:
    """Return what a panel shows when there is nothing to show: why."""
    return el("p", *words, cls="empty")
