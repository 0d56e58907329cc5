"""How good a rule is: whether the market did what it leaned to, and when the rule falls silent by itself."""

from dataclasses import dataclass

from notifier.core.rules import HIT_PERCENT, LEAST_JUDGED, MOVE_PERCENT, Rule


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a rule's occurrences over the last days."""

    judged: int = 0
    hits: int = 0
    is_silent: bool = False

    @property
    def rate(self) -> float | None:
        return self.hits / self.judged if self.judged else None

    def __str__(self) -> str:
        if self.rate is None:
            return "no outcome yet"
        return f"{self.hits} of {self.judged} right, {100 * self.rate:.0f} %"


@dataclass(frozen=True, slots=True)
class Recount:
    """The record of a rule, or of a variant of it, as it is now; kept under `key`. `fell`: it was not silent before."""

    key: str
    rule: Rule
    record: Record
    fell: bool


def moved(spot: float | None, after: float | None) -> float | None:
    """Return by how many percent the spot has moved; None when an end of it is unknown."""
    return None if not spot or after is None else 100 * (after / spot - 1)


def is_hit(leaning: str, percent: float | None) -> bool | None:
    """Say whether the market did as the rule leaned. None: it cannot be told."""
    if percent is None:
        return None
    if leaning == "move":
        return abs(percent) >= MOVE_PERCENT
    return percent >= HIT_PERCENT if leaning == "up" else percent <= -HIT_PERCENT


def judged(rule: Rule, record: Record) -> Record:
    """Return the record with its silence decided: by the floor, and back only well above it."""
    rate = record.rate
    if rate is None or record.judged < LEAST_JUDGED:
        return record
    silent = rate < (rule.back if record.is_silent else rule.floor)
    return Record(record.judged, record.hits, silent)
