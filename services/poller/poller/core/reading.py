"""What the broker said about a chain, in our words, and whether it can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oi_common.market.chain import Contract

Key = tuple[str, str]  # exchange and token


@dataclass(frozen=True, slots=True)
class QuoteRead:
    """One instrument in full mode; None is what the broker did not say, or said as a price of 0."""

    ltp: float | None = None
    oi: int | None = None
    volume: int | None = None
    bid: float | None = None
    ask: float | None = None
    prev_close: float | None = None
    feed_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuotesRead:
    """The answer to one question for quotes, and the moment its first request was sent."""

    asked_at: datetime
    quotes: Mapping[Key, QuoteRead]


@dataclass(frozen=True, slots=True)
class CandleRead:
    """One candle of history; `start` is its opening moment."""

    start: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int | None


@dataclass(frozen=True, slots=True)
class GreeksRead:
    """One contract's Greeks as the broker computes them: IV in percent, theta per day, vega per IV point."""

    contract: Contract
    iv: float | None
    delta: float | None
    gamma: float | None
    theta: float | None
    vega: float | None


@dataclass(frozen=True, slots=True)
class ChainRead:
    """One poll of a chain. A contract that was not returned is absent; so may be the spot."""

    spot: QuoteRead | None
    quotes: Mapping[Contract, QuoteRead]

    @property
    def feed_times(self) -> tuple[datetime, ...]:
        """When the quotes that say so were fed; a poll without any is spoilt."""
        return tuple(q.feed_time for q in self.quotes.values() if q.feed_time is not None)


def why_spoilt(poll: ChainRead, opened: datetime) -> str | None:
    """Return why a poll must not be published, None when it may. A spot not returned at all is merely unknown."""
    if poll.spot is not None and poll.spot.ltp is None:
        return "spot is 0"
    if not poll.quotes:
        return "no contract was returned"
    if not any(quote.oi for quote in poll.quotes.values()):
        return "every OI is 0"
    if not poll.feed_times:
        return "no quote says when it was fed"
    if max(poll.feed_times) < opened:
        return "the feed is of an earlier session"
    return None
