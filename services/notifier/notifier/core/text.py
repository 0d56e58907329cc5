"""Formatted text as stretches, so that no character needs thought and no split falls inside a mark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

Style = Literal["plain", "bold", "italic", "code", "pre"]

MESSAGE_UNITS: Final = 4096
CAPTION_UNITS: Final = 1024
_TAGS: Final = {"bold": "b", "italic": "i", "code": "code", "pre": "pre"}


@dataclass(frozen=True, slots=True)
class Span:
    words: str
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Text:
    """What is said; `a + b` goes on, where a string is plain."""

    spans: tuple[Span, ...] = ()

    def __add__(self, more: "Text | str") -> "Text":
        return Text(self.spans + (more.spans if isinstance(more, Text) else (Span(more),)))

    @property
    def plain(self) -> str:
        return "".join(span.words for span in self.spans)

    @property
    def html(self) -> str:
        """Return it as the Bot API's HTML: three characters to escape, and none of them by hand."""
        return "".join(_marked(span) for span in self.spans if span.words)


def bold(words: object) -> Text:
    return Text((Span(str(words), "bold"),))


def italic(words: object) -> Text:
    return Text((Span(str(words), "italic"),))


def code(words: object) -> Text:
    return Text((Span(str(words), "code"),))


def pre(words: object) -> Text:
    return Text((Span(str(words), "pre"),))


def text(*parts: Text | str) -> Text:
    said = Text()
    for part in parts:
        said += part
    return said


def lines(parts: Iterable[Text | str]) -> Text:
    """Return the parts one below the other."""
    said = Text()
    for number, part in enumerate(parts):
        said = said + ("\n" if number else "") + part
    return said


def units(words: str) -> int:
    """Return the length in UTF-16 code units: what Telegram counts."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def split(said: Text, most: int = MESSAGE_UNITS) -> tuple[Text, ...]:
    """Return the text in parts of at most `most` units, cut at line ends where there are any.

    A marked stretch that is cut is marked in both parts; a character is never cut.
    """
    parts, current, used = [], list[Span](), 0
    for span in said.spans:
        for piece in _pieces(span.words, most):
            size = units(piece)
            if used + size > most:
                parts.append(_tidy(current))
                current, used = [], 0
            current.append(Span(piece, span.style))
            used += size
    parts.append(_tidy(current))
    return tuple(part for part in parts if part.plain.strip()) or (Text(),)


def shortened(said: Text, most: int) -> Text:
    """Return the first part of a text that must be one message, with a mark where it was cut."""
    if units(said.plain) <= most:
        return said
    return split(said, most - 2)[0] + " …"


def packed(said: Text) -> list[list[str]]:
    """Return the text as JSON can hold it."""
    return [[span.words, span.style] for span in said.spans]


def unpacked(stored: Sequence[Sequence[str]]) -> Text:
    return Text(tuple(Span(words, style) for words, style in stored))  # type: ignore[arg-type]


def _pieces(words: str, most: int) -> Iterable[str]:
    """Yield the words line by line; a line that fits no message in pieces that do."""
    for line in words.splitlines(keepends=True):
        while units(line_left := line) > most:
            cut = _longest(line_left, most)
            yield line[:cut]
            line = line[cut:]  # noqa: PLW2901 what is left of it
        if line:
            yield line


def _longest(words: str, most: int) -> int:
    """Return how many characters fit; a blank near the end is a better place than the end."""
    used = 0
    for place, letter in enumerate(words):
        used += units(letter)
        if used > most:
            blank = words.rfind(" ", place - place // 4, place)
            return blank + 1 if blank > 0 else place
    return len(words)


def _tidy(spans: Sequence[Span]) -> Text:
    """Return neighbouring stretches of one style as one."""
    tidy: list[Span] = []
    for span in spans:
        if tidy and tidy[-1].style == span.style:
            tidy[-1] = Span(tidy[-1].words + span.words, span.style)
        else:
            tidy.append(span)
    return Text(tuple(tidy))


def _marked(span: Span) -> str:
    # What is no character of XML is none for Telegram either.
    words = escape("".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in span.words), quote=False)
    words = words.encode("utf-8", "replace").decode()
    return words if span.style == "plain" else f"<{_TAGS[span.style]}>{words}</{_TAGS[span.style]}>"
