"""Reads what a chat wants of the rules: `/alerts spike 1.5`, `/alerts spike cooldown 30`, `/alerts silent 21:00 08:30`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from math import isfinite
from typing import Final, get_args

from notifier.core.choices import Choices, RuleChoice
from notifier.core.dials import COOLDOWN, DIALS, THRESHOLD, Dial, dial_of, disorder, turned
from notifier.core.quiet import SilentHours
from notifier.core.rules import RULES, Rule, Severity

RESET: Final = "reset"
_SEVERITIES: Final = tuple(name for name in get_args(Severity) if name != "report")
_NUMBER: Final = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(%|min|m|l|lakh|s)?", re.IGNORECASE)
_HOURS: Final = "silent hours are two times, as 21:00 08:30, or `off`, or `reset`"


class NotUnderstood(ValueError):
    """What is wrong with what was said, in words for the person who said it."""


def rule_meant(word: str) -> Rule:
    """Return the rule that a word names, whole or in part. Raises NotUnderstood."""
    said = word.lower()
    found = [rule for name, rule in RULES.items() if said and said in name]
    if said in RULES:
        return RULES[said]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotUnderstood(f"{word} may be {' or '.join(rule.name for rule in found)}: say which.")
    raise NotUnderstood(f"There is no rule {word}. Rules: {', '.join(RULES)}.")


def chosen(words: Sequence[str], choices: Choices) -> tuple[Choices, Rule | None]:
    """Return the choices after what was said, and the rule that it was about. Raises NotUnderstood."""
    if not words:
        return choices, None
    first, *rest = words
    if first.lower() == RESET:
        return Choices(), None
    if first.lower() == "silent":
        return replace(choices, silent=_hours(rest)), None
    rule = rule_meant(first)
    return (choices.having(rule.name, _choice(rule, rest, choices.of(rule.name))) if rest else choices), rule


def _choice(rule: Rule, words: Sequence[str], choice: RuleChoice) -> RuleChoice:
    first, rest = words[0].lower(), list(words[1:])
    if first == RESET:
        return RuleChoice()
    if first == "silent":
        return replace(choice, silent=_hours(rest))
    if first == "severity":
        return replace(choice, severity=None if rest == [RESET] else _severity(rule, rest))
    if first == "cooldown":
        minutes = None if rest == [RESET] else _value(rule, COOLDOWN, rest)
        return replace(choice, cooldown=None if minutes is None else timedelta(minutes=minutes))
    return _with_number(rule, choice, words)


def _with_number(rule: Rule, choice: RuleChoice, words: Sequence[str]) -> RuleChoice:
    is_bare = _NUMBER.fullmatch(words[0]) is not None
    word, rest = (THRESHOLD, list(words)) if is_bare else (words[0].lower(), list(words[1:]))
    dial = dial_of(rule, word)
    if dial is None:
        raise NotUnderstood(f"{rule.name} has no {word}. It has {', '.join(_words(rule))}.")
    numbers = {name: value for name, value in choice.numbers.items() if name != dial.number}
    if rest != [RESET]:
        numbers[dial.number] = round(_value(rule, dial, rest) * dial.worth, 9)
    if (wrong := disorder(rule, turned(rule, numbers))) is not None:
        raise NotUnderstood(f"{rule.name}: {wrong}.")
    usual = {name: value for name, value in numbers.items() if value == rule.numbers[name]}
    # A threshold that is as usual is no choice; what re-arms it may be one even so, for it follows.
    return replace(choice, numbers=numbers if len(usual) < len(numbers) else {})


def _value(rule: Rule, dial: Dial, words: Sequence[str]) -> float:
    """Return what was said, in the dial's unit. Raises NotUnderstood naming the value and what is allowed."""
    allowed = f"{rule.name} {dial.word} takes {dial.lowest:g} to {dial.said(dial.highest)}"
    if not words:
        raise NotUnderstood(f"Say how much: {allowed}.")
    said = " ".join(words)
    found = _NUMBER.fullmatch(said.replace(" ", ""))
    value = float(found[1]) if found else float("nan")
    if not isfinite(value) or (dial.is_whole and value != int(value)):
        raise NotUnderstood(f"{said} is no {'whole ' if dial.is_whole else ''}number: {allowed}.")
    if not dial.lowest <= value <= dial.highest:
        raise NotUnderstood(f"{dial.said(value)} is out of range: {allowed}.")
    return value


def _severity(rule: Rule, words: Sequence[str]) -> Severity:
    for name in get_args(Severity):
        if name in _SEVERITIES and [word.lower() for word in words] == [name]:
            return name  # type: ignore[no-any-return]
    said = " ".join(words) or "nothing"
    raise NotUnderstood(f"{said} is no severity: {rule.name} takes {', '.join(_SEVERITIES)}.")


def _hours(words: Sequence[str]) -> SilentHours | None:
    """Return the hours that were said; none at all for `off`, as usual (None) for `reset`. Raises NotUnderstood."""
    said = " ".join(words).lower()
    if said == RESET:
        return None
    if said == "off":
        return SilentHours(time(0), time(0))
    parts = said.replace("-", " ").split()
    try:
        begins, ends = (time.fromisoformat(part.zfill(5)) for part in parts)
    except ValueError as e:
        raise NotUnderstood(f"{said or 'nothing'}: {_HOURS}, each from 00:00 to 23:59.") from e
    if begins == ends or begins.second or ends.second:
        raise NotUnderstood(f"{said}: {_HOURS}, in minutes and not the same.")
    return SilentHours(begins, ends)


def _words(rule: Rule) -> list[str]:
    return [*(dial.word for dial in DIALS[rule.name]), "cooldown", "severity", "silent", RESET]
