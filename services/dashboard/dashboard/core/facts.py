"""What the page tells of, as frozen values. None is what nobody has said; times are IST wall time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dashboard.core.desk import Alert
from oi_common.market.buckets import from_wall_time


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket in the lines of the day."""

    time: datetime
    state: str
    spot: float | None = None
    pcr: float | None = None
    max_pain: int | None = None
    straddle: float | None = None
    feed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a strike, as the bucket's snapshot holds it."""

    oi: int | None = None
    oi_change: int | None = None
    oi_percent: float | None = None
    oi_day_change: int | None = None  # since yesterday's close
    oi_since_open: int | None = None  # since the day's first snapshot
    volume: int | None = None
    ltp: float | None = None
    ltp_change: float | None = None
    bid: float | None = None
    ask: float | None = None
    iv: float | None = None
    delta: float | None = None
    theta: float | None = None
    buildup: str | None = None


@dataclass(frozen=True, slots=True)
class Strike:
    strike: int
    ce: Leg
    pe: Leg
    verdict: str | None = None
    score: float | None = None
    gex: float | None = None


@dataclass(frozen=True, slots=True)
class Wall:
    strike: int
    oi: int | None = None
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Bucket:
    """The header of one bucket: the measures of the whole chain."""

    time: datetime
    state: str
    source: str | None = None
    polls: int | None = None
    polls_expected: int | None = None
    feed_at: datetime | None = None
    spot: float | None = None
    ce_oi: int | None = None
    pe_oi: int | None = None
    ce_oi_change: int | None = None
    pe_oi_change: int | None = None
    pcr: float | None = None
    pcr_volume: float | None = None
    max_pain: int | None = None
    atm_strike: int | None = None
    atm_iv: float | None = None
    skew: float | None = None
    straddle: float | None = None
    implied_move: float | None = None
    net_gex: float | None = None
    gex_flip: float | None = None
    support: tuple[Wall, ...] = ()
    resistance: tuple[Wall, ...] = ()
    direction: str | None = None
    confidence: float | None = None
    signal: str | None = None
    signal_reasons: tuple[str, ...] = ()
    windows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain at one bucket of one day, with the day up to there.

    `rows` are of the last snapshot at or before the bucket, saved at `rows_at`; before the first there are none.
    """

    index_name: str
    day: date
    expiry: date
    expiries: tuple[date, ...]
    times: tuple[datetime, ...]
    points: tuple[Point, ...]
    bucket: Bucket | None
    rows: tuple[Strike, ...] = ()
    rows_at: datetime | None = None
    vix: float | None = None

    @property
    def feed_at(self) -> datetime | None:
        """When the chain was last polled; of a bucket that does not say, at least its start."""
        seen = (
            point.feed_at or from_wall_time(point.time) for point in self.points if point.state != "missing"
        )
        return max(seen, default=None)


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    instance: str
    status: str
    beat_at: datetime  # UTC, by the machine's clock


@dataclass(frozen=True, slots=True)
class Tick:
    """The last price of an underlying that the market socket told."""

    price: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What was new at one look at the streams."""

    rung: frozenset[str]  # underlyings of which something was told
    ticks: Mapping[str, Tick]
    alerts: (
        tuple[Alert, ...] | None
    )  # all that the stream holds, the newest first; None when nothing was added
