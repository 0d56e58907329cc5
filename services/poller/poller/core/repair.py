"""What a repair asks of the broker's history, and the polls that can be told from the answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Final, Literal

from oi_common.broker.contracts import Chain, Instrument
from oi_common.market.buckets import BUCKET_WIDTH, floor_to_3min
from oi_common.market.chain import Contract
from oi_common.market.sessions import TradingSession
from poller.core.reading import CandleRead, QuoteRead
from poller.core.window import Window

# The broker gives 60 days of 3-minute history at once (its Historical page); ten keep an answer small in memory.
MOST_DAYS: Final = 10

Kind = Literal["candles", "oi"]
Candles = Mapping[datetime, CandleRead]
Interest = Mapping[datetime, int]
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Holes:
    """What the ledger lacks: missing buckets by chain and day, and buckets without a candle.

    `nearest` is the first chain that it knows of each day: today's master does not list what has expired since.
    """

    buckets: Mapping[tuple[date, date], tuple[datetime, ...]] = field(default_factory=dict)
    candles: tuple[datetime, ...] = ()
    nearest: Mapping[date, date] = field(default_factory=dict)

    @property
    def expiries(self) -> tuple[date, ...]:
        return tuple(sorted({expiry for expiry, _ in self.buckets}))

    def of(self, expiry: date) -> tuple[datetime, ...]:
        """Return the missing buckets of one chain, over all days."""
        return tuple(sorted(b for (of, _), found in self.buckets.items() if of == expiry for b in found))

    def on(self, day: date) -> int:
        """Return how many buckets are missing on a day, over all chains."""
        return sum(len(found) for (_, on), found in self.buckets.items() if on == day)

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Every bucket of which something is missing."""
        return tuple(sorted({*self.candles, *(b for found in self.buckets.values() for b in found)}))


@dataclass(frozen=True, slots=True)
class Question:
    """One request for history: the buckets of an instrument that begin in [first, last]."""

    kind: Kind
    row: Instrument
    first: datetime
    last: datetime

    @property
    def name(self) -> str:
        """What its answer is kept under; the same question has the same name after a restart."""
        return (
            f"{self.kind}|{self.row.exchange}:{self.row.token}|{self.first:%Y%m%d%H%M}|{self.last:%Y%m%d%H%M}"
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What the broker's history says of one contract."""

    candles: Candles
    oi: Interest


def index_questions(index: Instrument, buckets: Sequence[datetime]) -> tuple[Question, ...]:
    """Return the requests that tell an instrument's candles of the buckets."""
    return tuple(Question("candles", index, part[0], part[-1]) for part in chunks(buckets))


def chain_questions(rows: Iterable[Instrument], opens: datetime, last: datetime) -> tuple[Question, ...]:
    """Return the requests that tell a chain's buckets, from the open on, so that the day's volume can be summed."""
    kinds: tuple[Kind, Kind] = ("oi", "candles")
    return tuple(Question(kind, row, floor_to_3min(opens), last) for row in rows for kind in kinds)


def chunks(buckets: Sequence[datetime]) -> tuple[tuple[datetime, ...], ...]:
    """Return the buckets in parts that each fit into one request."""
    parts: list[list[datetime]] = []
    for bucket in buckets:
        if parts and (bucket.date() - parts[-1][0].date()).days < MOST_DAYS:
            parts[-1].append(bucket)
        else:
            parts.append([bucket])
    return tuple(map(tuple, parts))


def rows_within(chain: Chain, window: Window | None) -> dict[Contract, Instrument]:
    return {contract: row for contract, row in chain.items() if window is None or window.holds(contract)}


def quotes_at(
    bucket: datetime, session: TradingSession, told: Mapping[Contract, Told]
) -> dict[Contract, QuoteRead]:
    """Return what is known of each contract at a bucket's end; one of which nothing is known is absent."""
    so_far = tuple(takewhile(lambda start: start <= bucket, session.buckets()))
    quotes = {contract: _quote(bucket, so_far, of) for contract, of in told.items()}
    return {contract: quote for contract, quote in quotes.items() if quote != QuoteRead()}


def fed_at(bucket: datetime, session: TradingSession) -> datetime:
    """Return the moment that history's values are of: the last second of the bucket."""
    return min(bucket + BUCKET_WIDTH, session.closes) - _SECOND


def _quote(bucket: datetime, so_far: Sequence[datetime], told: Told) -> QuoteRead:
    candle = told.candles.get(bucket)
    return QuoteRead(
        ltp=candle.close if candle else None,
        oi=told.oi.get(bucket),
        volume=_volume(so_far, told.candles),
    )


def _volume(so_far: Sequence[datetime], candles: Candles) -> int | None:
    """Return the day's volume so far, None unless the candle of every bucket tells its own."""
    volumes = [candles[start].volume if start in candles else None for start in so_far]
    known = [volume for volume in volumes if volume is not None]
    return sum(known) if len(known) == len(volumes) else None
