"""Which alert rules there are, and their numbers: frozen data, no state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

Severity = Literal["info", "warning", "critical", "report"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `floor` and `back` are shares of hits: below the first it falls silent, above the second it returns.

    `numbers` are its thresholds; what re-arms it (hysteresis) is called `..._again`. Market rules are judged; one with
    numbers or a cooldown that some chat has chosen is a `variant`, with a record of its own.
    """

    name: str
    says: str
    severity: Severity
    cooldown: timedelta
    numbers: Mapping[str, float] = field(default_factory=dict)
    is_market: bool = True
    floor: float = 0.35
    back: float = 0.45
    variant: str = ""

    @property
    def key(self) -> str:
        """Return the name that its record is kept under."""
        return f"{self.name}{_VARIANT}{self.variant}" if self.variant else self.name


_VARIANT: Final = "~"


def base_of(key: str) -> "Rule | None":
    """Return the rule whose record, or whose variant's, is kept under a key."""
    return RULES.get(key.partition(_VARIANT)[0])


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


_ALL: Final = (
    Rule(
        "oi_spike",
        "one contract's OI moved by a large part of its side within one bucket",
        "info",
        _minutes(45),
        {"side_share": 0.0125, "side_share_again": 0.008, "own_percent": 20.0},
    ),
    Rule(
        "wall_shift",
        "the strike with the most OI of a side changed, and leads clearly",
        "info",
        _minutes(60),
        {"lead": 0.05},
    ),
    Rule(
        "pcr_cross",
        "the put-call ratio of OI crossed a level",
        "info",
        _minutes(60),
        {"low": 0.7, "middle": 1.0, "high": 1.3, "beyond": 0.03},
    ),
    Rule(
        "buildup_cluster",
        "most legs around the money point the same way",
        "info",
        _minutes(60),
        {"strikes": 4, "legs": 8, "share": 0.8, "share_again": 0.6},
    ),
    Rule(
        "straddle_break",
        "the straddle left the range of its last hour",
        "warning",
        _minutes(60),
        {"buckets": 20, "percent": 6.0, "percent_again": 2.0},
    ),
    Rule(
        "direction_flip",
        "the direction changed sides, and held for two buckets",
        "warning",
        _minutes(45),
        {"confidence": 40.0, "buckets": 2},
    ),
    Rule(
        "oi_jump",
        "one contract's OI moved by a large part of itself within one poll",
        "info",
        _minutes(60),
        {"percent": 40.0, "units": 300_000},
    ),
    Rule(
        "stale",
        "no poll of an underlying although its market is open",
        "critical",
        _minutes(15),
        {"minutes": 4},
        is_market=False,
    ),
    Rule("gap", "buckets without data", "warning", _minutes(10), {"buckets": 1}, is_market=False),
    Rule(
        "budget",
        "the AI's budget of the day is nearly spent",
        "warning",
        _minutes(60),
        {"share": 0.8, "all": 1.0},
        is_market=False,
    ),
    Rule(
        "service_down",
        "a service stopped sending its heartbeat",
        "critical",
        _minutes(10),
        {"seconds": 30},
        is_market=False,
    ),
)
RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in _ALL}

# Hits are counted half an hour on: moved as it leaned, or, for `move`, moved at all.
JUDGED_AFTER: Final = timedelta(minutes=30)
JUDGED_DAYS: Final = 7
LEAST_JUDGED: Final = 12
HIT_PERCENT: Final = 0.08
MOVE_PERCENT: Final = 0.20
