"""What an AI loop knows of one index at one moment. Both loops build it; everything that decides reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import Any, Final

from oi_common.market.chain import Contract, Side

# Degrees of `chain_buckets.direction`; a direction that is not here is unknown.
DEGREES: Final[Mapping[str, int]] = {
    "STRONGLY_BULLISH": 3,
    "BULLISH": 2,
    "MILDLY_BULLISH": 1,
    "NEUTRAL": 0,
    "MILDLY_BEARISH": -1,
    "BEARISH": -2,
    "STRONGLY_BEARISH": -3,
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One listed contract: its book, its last price, and its premium's moves by seconds. None is unknown."""

    contract: Contract
    bid: float | None = None
    ask: float | None = None
    ltp: float | None = None
    age: float | None = None  # seconds since its last tick
    moves: Mapping[int, float] = field(default_factory=dict)
    oi: int | None = None
    iv: float | None = None  # percent
    delta: float | None = None

    @property
    def has_book(self) -> bool:
        """Say whether one can buy and sell it: both sides are quoted, and not crossed."""
        return self.bid is not None and self.ask is not None and 0 < self.bid <= self.ask

    @property
    def spread(self) -> float | None:
        """The spread by the mid price; None without a book."""
        if self.bid is None or self.ask is None or not self.has_book:
            return None
        return 2 * (self.ask - self.bid) / (self.ask + self.bid)


@dataclass(frozen=True, slots=True)
class Wall:
    """A strike at which much has been written; `strength` is its share of its side's OI, 0 to 1."""

    strike: int
    oi: float | None = None
    strength: float | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """The open paper position, bought at `entry`. `best` is the highest bid seen since."""

    contract: Contract
    quantity: int
    entry: float
    stop_loss: float
    target: float
    held_minutes: float = 0.0
    best: float | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Prices are rupees, `momentum` points by seconds, ages seconds. None, or an absent key, is unknown."""

    index_name: str
    at: datetime
    expiry: date | None = None
    spot: float | None = None
    spot_age: float | None = None
    momentum: Mapping[int, float] = field(default_factory=dict)
    legs: tuple[Leg, ...] = ()
    strikes: tuple[int, ...] = ()  # all that are listed
    pcr_live: float | None = None
    measures: Mapping[str, Any] = field(default_factory=dict)  # SnapshotSaved.metrics
    snapshot_age: float | None = None  # since the feed time of the measures
    position: Position | None = None
    minutes_since_open: float = 0.0
    minutes_to_close: float = 0.0
    days_to_expiry: int | None = None
    lot_size: int | None = None

    def leg(self, contract: Contract) -> Leg | None:
        return next((leg for leg in self.legs if leg.contract == contract), None)

    def at_the_money(self, side: Side) -> Leg | None:
        """Return the leg of a side whose strike is nearest spot, the lower of two."""
        if self.spot is None:
            return None
        spot = self.spot
        legs = [leg for leg in self.legs if leg.contract.side == side]
        return min(legs, key=lambda leg: (abs(leg.contract.strike - spot), leg.contract.strike), default=None)

    @property
    def degree(self) -> int | None:
        """The market's direction, -3 to 3; None when unknown."""
        return DEGREES.get(str(self.measures.get("direction")))

    @property
    def direction_confidence(self) -> float | None:
        return number(self.measures.get("confidence"))

    @property
    def supports(self) -> tuple[Wall, ...]:
        return walls_told(self.measures.get("support"))

    @property
    def resistances(self) -> tuple[Wall, ...]:
        return walls_told(self.measures.get("resistance"))


def walls_told(said: Any) -> tuple[Wall, ...]:
    """Read the walls of a snapshot's measures; what is no wall is left out."""
    told = [each for each in said if isinstance(each, Mapping)] if isinstance(said, list | tuple) else []
    strikes = [number(each.get("strike")) for each in told]
    return tuple(
        Wall(int(strike), number(each.get("oi")), number(each.get("strength")))
        for strike, each in zip(strikes, told, strict=True)
        if strike is not None
    )


def number(value: Any) -> float | None:
    """Return a finite number as a float; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)
