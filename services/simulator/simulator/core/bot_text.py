"""Formatted text as the Bot API reads it: what is marked up, and what it refuses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Final

RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")
_IN_CODE: Final = frozenset("`")
_TAGS: Final = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "tg-spoiler": "spoiler", "span": "spoiler", "blockquote": "blockquote",
}  # fmt: skip
_SHOWN_AS: Final = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
    "text_link": "u", "spoiler": "mark", "blockquote": "blockquote",
}  # fmt: skip
_MARKS: Final = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler"}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class BadEntities(ValueError):
    """The text cannot be parsed; the message is what the Bot API says."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked stretch. Offset and length are UTF-16 code units, as the Bot API counts."""

    kind: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Formatted:
    plain: str
    entities: tuple[Entity, ...] = ()

    @property
    def units(self) -> int:
        return units(self.plain)


@dataclass(slots=True)
class _Reading:
    """How far a text is read, and which stretches are open."""

    text: str
    place: int = 0
    plain: list[str] = field(default_factory=list)
    written: int = 0
    open: list[tuple[str, int, str]] = field(default_factory=list)
    found: list[Entity] = field(default_factory=list)

    def write(self, words: str) -> None:
        self.plain.append(words)
        self.written += units(words)

    def begin(self, kind: str, tag: str = "") -> None:
        self.open.append((kind, self.written, tag))

    def end(self) -> None:
        kind, since, _ = self.open.pop()
        if self.written > since:
            self.found.append(Entity(kind, since, self.written - since))

    def fail(self, why: str) -> BadEntities:
        offset = len(self.text[: self.place].encode())
        return BadEntities(f"Bad Request: can't parse entities: {why} at byte offset {offset}")

    def whole(self) -> Formatted:
        return Formatted("".join(self.plain), tuple(sorted(self.found, key=lambda e: (e.offset, -e.length))))


def units(text: str) -> int:
    """Return the length in UTF-16 code units: what Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def parsed(text: str, mode: str | None) -> Formatted:
    """Return the text without its markup. Raises BadEntities for what the Bot API refuses."""
    readers: dict[str, Callable[[str], Formatted]] = {"html": _html, "markdownv2": _markdown}
    if not mode:
        return Formatted(text)
    if mode.lower() not in readers:
        raise BadEntities("Bad Request: unsupported parse_mode")
    return readers[mode.lower()](text)


def as_html(formatted: Formatted) -> str:
    """Return the text for a page, its marked stretches as tags."""
    edges: dict[int, str] = {}
    for entity in formatted.entities:
        tag, end = _SHOWN_AS[entity.kind], entity.offset + entity.length
        edges[entity.offset] = edges.get(entity.offset, "") + f"<{tag}>"
        edges[end] = f"</{tag}>" + edges.get(end, "")
    shown, at = [], 0
    for letter in formatted.plain:
        shown += [edges.pop(at, ""), escape(letter)]
        at += units(letter)
    return "".join([*shown, *edges.values()])


def _markdown(text: str) -> Formatted:
    reading = _Reading(text)
    while reading.place < len(text):
        letter = text[reading.place]
        following = text[reading.place + 1 : reading.place + 2]
        in_code = bool(reading.open) and reading.open[-1][0] in {"code", "pre"}
        if letter == "\\" and following and ord(following) < 127:
            reading.write(following)
            reading.place += 2
        elif letter not in (_IN_CODE if in_code else RESERVED):
            reading.write(letter)
            reading.place += 1
        else:
            _mark(reading)
    if reading.open:
        raise reading.fail(f"Can't find end of {reading.open[-1][0].capitalize()} entity")
    return reading.whole()


def _mark(reading: _Reading) -> None:
    """Begin or end a stretch at one of the reserved characters."""
    rest = reading.text[reading.place :]
    if rest.startswith("`"):
        _toggle(reading, "pre" if rest.startswith("```") else "code", 3 if rest.startswith("```") else 1)
        return
    if rest.startswith("["):
        reading.begin("text_link")
        reading.place += 1
        return
    if rest.startswith("](") and reading.open and reading.open[-1][0] == "text_link" and ")" in rest:
        reading.end()
        reading.place += rest.index(")") + 1
        return
    mark = next((m for m in ("__", "||", "*", "_", "~") if rest.startswith(m)), None)
    if mark is None:
        raise reading.fail(f"Character '{rest[0]}' is reserved and must be escaped with the preceding '\\'")
    _toggle(reading, _MARKS[mark], len(mark))


def _toggle(reading: _Reading, kind: str, width: int) -> None:
    if reading.open and reading.open[-1][0] == kind:
        reading.end()
    elif any(kind == each[0] for each in reading.open):
        raise reading.fail(f"Can't find end of {reading.open[-1][0].capitalize()} entity")
    else:
        reading.begin(kind)
    reading.place += width


def _html(text: str) -> Formatted:
    reading = _Reading(text)
    while reading.place < len(text):
        letter = text[reading.place]
        if letter == "<":
            _tag(reading)
        elif letter == "&":
            _named(reading)
        else:
            reading.write(letter)
            reading.place += 1
    if reading.open:
        raise reading.fail(f'Can\'t find end tag corresponding to start tag "{reading.open[-1][2]}"')
    return reading.whole()


def _tag(reading: _Reading) -> None:
    inside, closed, _ = reading.text[reading.place + 1 :].partition(">")
    if not closed:
        raise reading.fail("Unclosed start tag")
    name = inside.strip("/").split()[0].lower() if inside.strip("/").split() else ""
    if inside.startswith("/"):
        if not reading.open or reading.open[-1][2] != name:
            raise reading.fail(f'Unexpected end tag "{name}"')
        reading.end()
    elif name in _TAGS:
        reading.begin(_TAGS[name], name)
    else:
        raise reading.fail(f'Unsupported start tag "{name}"')
    reading.place += len(inside) + 2


def _named(reading: _Reading) -> None:
    name, ended, _ = reading.text[reading.place + 1 : reading.place + 12].partition(";")
    if ended and name in _NAMED:
        reading.write(_NAMED[name])
    elif ended and name.startswith("#") and name[1:].isdigit():
        reading.write(chr(int(name[1:])))
    else:
        reading.write("&")
        reading.place += 1
        return
    reading.place += len(name) + 2
