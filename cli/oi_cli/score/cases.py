"""What the scorecard is made of: entries with their outcomes, what was not entered, and what models cost."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

HORIZONS: Final = ("3", "6", "15", "30", "path")
ENGINES: Final = ("llm", "rules", "coin_flip", "always_wait")
_HALF_HOUR: Final = 30


class Block(NamedTuple):
    """A half hour of one index. Entries in it bet on about the same move: for an interval they count as one."""

    index_name: str
    day: date
    number: int


@dataclass(frozen=True, slots=True)
class Case:
    """One entry at one horizon. `exit_reason` is None while it is followed, `net` and `hit` also when unknown."""

    event_id: str
    loop: str
    engine: str
    horizon: str
    time: datetime
    index_name: str
    days_to_expiry: int | None
    confidence: Decimal | None
    exit_reason: str | None
    gross: Decimal | None
    charges: Decimal | None
    net: Decimal | None
    hit: bool | None

    @property
    def is_known(self) -> bool:
        return self.net is not None and self.hit is not None

    @property
    def block(self) -> Block:
        minutes = self.time.hour * 60 + self.time.minute
        return Block(self.index_name, self.time.date(), minutes // _HALF_HOUR)

    @property
    def paise(self) -> int:
        """The net in paise: whole numbers add up to the same in any order."""
        return 0 if self.net is None else int((self.net * 100).to_integral_value())


class Cost(NamedTuple):
    """What one loop's decisions cost: all of them, those that were paid for, and rupees."""

    loop: str
    decisions: int
    paid: int
    rupees: Decimal


@dataclass(frozen=True, slots=True)
class Scores:
    """All that is scored in a stretch of days. `passed` counts by (loop, engine) what entered nothing."""

    first: date
    last: date
    cases: tuple[Case, ...]
    passed: dict[tuple[str, str], int]
    costs: tuple[Cost, ...]


def part_of_day(case: Case) -> str:
    """Return morning until 11:30, midday until 13:30, afternoon until 17:00, or evening."""
    minutes = case.time.hour * 60 + case.time.minute
    ends = ((690, "morning"), (810, "midday"), (1020, "afternoon"))
    return next((name for end, name in ends if minutes < end), "evening")


def days_left(case: Case) -> str:
    days = case.days_to_expiry
    if days is None:
        return "unknown"
    if days <= 1:
        return ("expiry day", "1 day")[max(days, 0)]
    return "2-3 days" if days <= 3 else "4 and more"
