"""Formatted text: every character arrives, no split falls inside a mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.text import (
    MESSAGE_UNITS,
    Span,
    Text,
    bold,
    code,
    packed,
    pre,
    shortened,
    split,
    text,
    units,
    unpacked,
)
from simulator.core.bot_text import parsed

SPECIAL = "_*[]()~`>#+-=|{}.!\\<>&\"'"
STYLES = st.sampled_from(["plain", "bold", "italic", "code", "pre"])
# Telegram has no place for control characters; what is said of them has a test of its own.
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80)
TEXTS = st.lists(st.builds(Span, WORDS, STYLES), max_size=8).map(lambda spans: Text(tuple(spans)))


@pytest.mark.parametrize("letter", SPECIAL)
def test_each_special_character_arrives_in_each_style(letter):
    said = text(f"a{letter}b", bold(f"c{letter}d"), code(f"e{letter}f"), pre(f"g{letter}h"))

    read = parsed(said.html, "HTML")

    assert read.plain == said.plain
    assert [entity.kind for entity in read.entities] == ["bold", "code", "pre"]


@given(TEXTS)
def test_any_text_is_read_as_it_was_meant(said):
    assert parsed(said.html, "HTML").plain == said.plain


@given(TEXTS, st.integers(2, 60))
def test_parts_fit_are_well_formed_and_lose_nothing(said, most):
    parts = split(said, most)

    assert all(units(part.plain) <= most for part in parts)
    assert all(parsed(part.html, "HTML").plain == part.plain for part in parts)
    assert _letters("".join(part.plain for part in parts)) == _letters(said.plain)


def test_one_character_too_many_is_a_second_message():
    parts = split(bold("x" * (MESSAGE_UNITS + 1)))

    assert [len(part.plain) for part in parts] == [MESSAGE_UNITS, 1]
    assert all(part.html.startswith("<b>") and part.html.endswith("</b>") for part in parts)


def test_a_text_is_cut_at_a_line_end_where_there_is_one():
    said = bold("a" * 3000) + "\n" + "b" * 2000

    assert [part.plain for part in split(said)] == ["a" * 3000 + "\n", "b" * 2000]


def test_a_character_of_two_units_is_never_cut():
    parts = split(text("\U0001f7e2" * 3000))

    assert [len(part.plain) for part in parts] == [2048, 952]


def test_a_caption_that_is_too_long_says_that_it_was_cut():
    said = shortened(bold("x" * 2000), 1024)

    assert said.plain.endswith(" …")
    assert units(said.plain) <= 1024


def test_control_characters_and_half_characters_become_harmless():
    said = text("a\x00b\x1bc\ud83dd")

    assert parsed(said.html, "HTML").plain == "a\ufffdb\ufffdc?d"


def test_a_text_survives_being_kept():
    said = text("plain ", bold("bold"), code("<code>"))

    assert unpacked(packed(said)) == said


def _letters(words):
    """What is left of a text when parts that were only blank are dropped."""
    return "".join(words.split())
