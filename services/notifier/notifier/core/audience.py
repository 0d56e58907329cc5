"""Who hears a rule, and with which numbers: each distinct setting is asked once, for all the chats that have it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from notifier.core.choices import Choices
from notifier.core.notes import Note
from notifier.core.rules import RULES, Rule


@dataclass(frozen=True, slots=True)
class Heard:
    """A rule as some chats have it. The usual one is there although nobody may hear it: its record goes on."""

    rule: Rule
    chats: frozenset[int]


def heard(name: str, choices: Mapping[int, Choices]) -> list[Heard]:
    """Return a rule's settings, the usual one first, each with the chats that have it."""
    settings: list[tuple[Rule, set[int]]] = [(RULES[name], set())]
    for chat_id in sorted(choices):
        rule = choices[chat_id].rule(name)
        known = next((chats for each, chats in settings if each == rule), None)
        if known is None:
            settings.append((rule, {chat_id}))
        else:
            known.add(chat_id)
    return [Heard(rule, frozenset(chats)) for rule, chats in settings]


def hearing(key: str, choices: Mapping[int, Choices]) -> frozenset[int]:
    """Return the chats whose setting of a rule has the record that is kept under a key."""
    rules = {chat_id: each.rule(key.partition("~")[0]) for chat_id, each in choices.items()}
    return frozenset(chat_id for chat_id, rule in rules.items() if rule.key == key)


def addressed(name: str, choices: Mapping[int, Choices], ask: Callable[[Rule], Sequence[Note]]) -> list[Note]:
    """Ask a rule once in each of its settings, and return what it says, to the chats that have that setting."""
    return [replace(note, chats=each.chats) for each in heard(name, choices) for note in ask(each.rule)]
