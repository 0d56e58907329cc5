"""What the database holds of one day, as values the checks work on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple


class Chain(NamedTuple):
    """One option chain: what is bucketed on its own."""

    index_name: str
    expiry: date


@dataclass(frozen=True, slots=True)
class Header:
    """One row of `chain_buckets`, as far as the checks look at it. Every time is IST wall time."""

    time: datetime
    chain: Chain
    state: str
    polls: int
    polls_expected: int
    changed: int
    reason: str | None
    candle_status: str | None
    is_stub: bool = False
    pcr_oi: float | None = None
    spot: float | None = None
    source: str | None = None
    slots_missed: int = 0
    last_feed: datetime | None = None
    saved_at: datetime | None = None
    sealed_at: datetime | None = None

    @property
    def is_sealed(self) -> bool:
        return self.state == "sealed"

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more is expected of the bucket."""
        return self.state in {"sealed", "missing"}


@dataclass(frozen=True, slots=True)
class Saved:
    """What `option_snapshots` holds of one bucket. `feed_times` is how many polls its rows come from."""

    rows: int
    feed_times: int
    rows_without_candle: int
    oi_change: int | None = None
    index_close: float | None = None


class Place(NamedTuple):
    """One bucket of one chain: the key under which everything is found."""

    chain: Chain
    time: datetime


class Gap(NamedTuple):
    """A run of buckets nobody polled, as `coverage_gaps` holds it."""

    buckets: int
    is_repaired: bool


class Greeks(NamedTuple):
    """How many legs (a call or a put of a saved row) have an IV, by who told it. A leg counts when its OI is known."""

    legs: int = 0
    broker: int = 0
    model: int = 0


@dataclass(frozen=True, slots=True)
class Traces:
    """What the tables tell of the clock they were written by.

    `newest` is the last moment of the day that a service noted, in IST. `skew` is how far the database's own clock
    was from the service's when the last snapshot was saved; None when there is none to compare.
    """

    newest: datetime | None = None
    skew: timedelta | None = None
    has_later_day: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """One day as the database tells it. `legacy` counts the rows of a predecessor, which nothing else looks at."""

    day: date
    headers: tuple[Header, ...] = ()
    saved: Mapping[Place, Saved] = field(default_factory=dict)
    changes: Mapping[Place, int] = field(default_factory=dict)
    candles: frozenset[tuple[str, datetime]] = frozenset()
    duplicates: Mapping[Chain, int] = field(default_factory=dict)
    gaps: Mapping[Chain, tuple[Gap, ...]] = field(default_factory=dict)
    greeks: Mapping[Chain, Greeks] = field(default_factory=dict)
    legacy: Mapping[Chain, int] = field(default_factory=dict)
    traces: Traces = Traces()

    def by_chain(self) -> dict[Chain, tuple[Header, ...]]:
        ordered = sorted(self.headers, key=lambda header: (header.chain, header.time))
        return {chain: tuple(of_it) for chain, of_it in groupby(ordered, key=lambda header: header.chain)}

    def saved_in(self, header: Header) -> Saved | None:
        return self.saved.get(Place(header.chain, header.time))

    def chains(self) -> tuple[Chain, ...]:
        places: Iterable[Place] = (*self.saved, *self.changes)
        return tuple(sorted({header.chain for header in self.headers} | {place.chain for place in places}))
