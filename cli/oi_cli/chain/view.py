"""One chain as a person looks at it: the last saved snapshot, and what is known of the present."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from oi_common.market.chain import at_the_money

_PRICE_DIGITS = 2  # as the table keeps prices


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a strike; None is what nobody has said. Close is the last traded price of the snapshot's poll."""

    oi: int | None = None
    oi_change: int | None = None
    oi_percent: float | None = None
    close: float | None = None
    close_change: float | None = None
    close_percent: float | None = None
    delta: float | None = None
    theta: float | None = None

    @property
    def previous_oi(self) -> int | None:
        return None if self.oi is None or self.oi_change is None else self.oi - self.oi_change

    @property
    def previous_close(self) -> float | None:
        if self.close is None or self.close_change is None:
            return None
        return round(self.close - self.close_change, _PRICE_DIGITS)


@dataclass(frozen=True, slots=True)
class StrikeRow:
    strike: int
    ce: Leg
    pe: Leg
    verdict: str | None = None

    @property
    def has_changed(self) -> bool:
        return bool(self.ce.oi_change or self.pe.oi_change)


@dataclass(frozen=True, slots=True)
class Wall:
    """A strike that stands in the way; `is_fresh` says that it has grown lately."""

    strike: int
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """What the bucket's header row says of the whole chain; None is what was not computed."""

    pcr_oi: float | None = None
    max_pain: int | None = None
    straddle: float | None = None
    atm_iv: float | None = None
    direction: str | None = None
    confidence: float | None = None
    support: tuple[Wall, ...] = ()
    resistance: tuple[Wall, ...] = ()


@dataclass(frozen=True, slots=True)
class Polls:
    """How well the bucket was seen; `missed` are the wall times for which no poll came."""

    seen: int
    expected: int
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainView:
    """The last saved snapshot of a chain, and what is known of the present moment."""

    index_name: str
    expiry: date
    time: datetime
    state: str
    rows: tuple[StrikeRow, ...]
    spot: float | None = None
    spot_at: datetime | None = None
    now: datetime | None = None
    vix: float | None = None
    previous_time: datetime | None = None
    polls: Polls | None = None
    measures: Measures = field(default_factory=Measures)

    @property
    def atm_strike(self) -> int | None:
        return at_the_money((row.strike for row in self.rows), self.spot)

    @property
    def most_oi(self) -> int:
        return max((leg.oi for row in self.rows for leg in (row.ce, row.pe) if leg.oi is not None), default=0)

    @property
    def changed(self) -> int:
        return sum(row.has_changed for row in self.rows)

    @property
    def age(self) -> timedelta | None:
        """Return how old the last poll is; None when it, or the time, is unknown."""
        if self.now is None or self.spot_at is None:
            return None
        return max(self.now - self.spot_at, timedelta(0))

    def wall_ranks(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """Return the ranks, from 1, of the strikes that are resistance and of those that are support."""
        return _ranks(self.measures.resistance), _ranks(self.measures.support)


def _ranks(walls: Sequence[Wall]) -> Mapping[int, int]:
    return {wall.strike: rank for rank, wall in enumerate(walls, start=1)}


def around_the_money(rows: Sequence[StrikeRow], atm: int | None, most: int) -> tuple[StrikeRow, ...]:
    """Return at most `most` rows, the money in the middle; from the top where it is unknown."""
    ordered = sorted(rows, key=lambda row: row.strike)
    if len(ordered) <= most:
        return tuple(ordered)
    places = [place for place, row in enumerate(ordered) if row.strike == atm]
    start = places[0] - most // 2 if places else 0
    start = min(max(start, 0), len(ordered) - most)
    return tuple(ordered[start : start + most])
