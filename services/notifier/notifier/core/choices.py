"""What a chat has chosen otherwise than usual: numbers, cooldown, severity and silent hours of the rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from hashlib import sha256
from typing import Any, Final

from notifier.core.dials import turned
from notifier.core.quiet import SilentHours
from notifier.core.rules import RULES, Rule, Severity

_LETTERS: Final = 8  # of a variant's name


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """What a chat has chosen of one rule; what is None, or not among the numbers, is as usual."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    cooldown: timedelta | None = None
    severity: Severity | None = None
    silent: SilentHours | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """All that a chat has chosen of the rules. Only what differs from the usual is kept."""

    rules: Mapping[str, RuleChoice] = field(default_factory=dict)
    silent: SilentHours | None = None

    def of(self, name: str) -> RuleChoice:
        return self.rules.get(name, RuleChoice())

    def rule(self, name: str) -> Rule:
        """Return a rule as this chat has it."""
        usual, choice = RULES[name], self.of(name)
        numbers = turned(usual, choice.numbers) if choice.numbers else usual.numbers
        cooldown = usual.cooldown if choice.cooldown is None else choice.cooldown
        fires = (numbers, cooldown)
        variant = "" if fires == (usual.numbers, usual.cooldown) else _named(numbers, cooldown)
        severity = choice.severity or usual.severity
        return replace(usual, numbers=numbers, cooldown=cooldown, severity=severity, variant=variant)

    def hours(self, name: str, usual: SilentHours) -> SilentHours:
        """Return when a rule, or anything else that is told, is silent in this chat."""
        return self.of(name).silent or self.silent or usual

    def having(self, name: str, choice: RuleChoice) -> "Choices":
        others = {key: value for key, value in self.rules.items() if key != name}
        return replace(self, rules=others if choice == RuleChoice() else {**others, name: choice})


def _named(numbers: Mapping[str, float], cooldown: timedelta) -> str:
    said = json.dumps([sorted(numbers.items()), cooldown.total_seconds()])
    return sha256(said.encode()).hexdigest()[:_LETTERS]


def packed(choices: Choices) -> dict[str, Any] | None:
    """Return the choices as JSON can hold them; None when there are none."""
    if choices == Choices():
        return None
    rules = {name: _packed_rule(choice) for name, choice in sorted(choices.rules.items())}
    return {"rules": rules, "silent": _packed_hours(choices.silent)}


def unpacked(stored: Mapping[str, Any] | None) -> Choices:
    if stored is None:
        return Choices()
    # A rule that is no more is left out, so that an older choice never stops the service.
    rules = {name: _unpacked_rule(of) for name, of in stored["rules"].items() if name in RULES}
    return Choices(rules, _unpacked_hours(stored["silent"]))


def _packed_rule(choice: RuleChoice) -> dict[str, Any]:
    minutes = None if choice.cooldown is None else choice.cooldown.total_seconds() / 60
    return {
        "numbers": dict(choice.numbers), "cooldown": minutes, "severity": choice.severity,
        "silent": _packed_hours(choice.silent),
    }  # fmt: skip


def _unpacked_rule(of: Mapping[str, Any]) -> RuleChoice:
    minutes = of["cooldown"]
    cooldown = None if minutes is None else timedelta(minutes=minutes)
    return RuleChoice(of["numbers"], cooldown, of["severity"], _unpacked_hours(of["silent"]))


def _packed_hours(hours: SilentHours | None) -> list[str] | None:
    return None if hours is None else [f"{hours.begins:%H:%M}", f"{hours.ends:%H:%M}"]


def _unpacked_hours(stored: list[str] | None) -> SilentHours | None:
    return None if stored is None else SilentHours(*(time.fromisoformat(each) for each in stored))
