"""The events that tell what was read, with ids derived from what they are about: asking again repeats them."""

from collections.abc import Mapping
from datetime import date, datetime

from oi_common.broker.contracts import Instrument
from oi_common.events import (
    CandleClosed,
    ChainBackfilled,
    ChainPolled,
    ContractGreeks,
    GreeksFetched,
    PolledQuote,
)
from oi_common.market.chain import Contract
from oi_common.values import Source
from poller.core.plan import Job
from poller.core.reading import CandleRead, ChainRead, GreeksRead, QuoteRead
from poller.core.run import ChainPart


def chain_polled(
    job: Job, expiry: date, poll: ChainRead, tracked: Mapping[Contract, Instrument], asked_at: datetime
) -> ChainPolled:
    a_row = next(iter(tracked.values()))
    return ChainPolled(
        event_id=f"polls:{job.underlying}:{expiry.isoformat()}:{job.about.isoformat()}",
        index_name=job.underlying,
        expiry=expiry,
        segment=a_row.exchange,
        feed_time=max(poll.feed_times),
        polled_at=asked_at,
        source="live",
        lot_size=a_row.lot_size,
        spot=poll.spot.ltp if poll.spot else None,
        quotes=tuple(_quote(contract, tracked[contract], quote) for contract, quote in poll.quotes.items()),
    )


def _quote(contract: Contract, row: Instrument, quote: QuoteRead) -> PolledQuote:
    return PolledQuote(
        strike=contract.strike,
        type=contract.side,
        token=row.token,
        oi=quote.oi,
        ltp=quote.ltp,
        volume=quote.volume,
        bid=quote.bid,
        ask=quote.ask,
        prev_close=quote.prev_close,
        feed_time=quote.feed_time,
    )


def chain_backfilled(
    underlying: str,
    part: ChainPart,
    bucket: datetime,
    quotes: Mapping[Contract, QuoteRead],
    *,
    fed_at: datetime,
    spot: float | None,
    told_at: datetime,
) -> ChainBackfilled:
    """Return one past bucket of a chain; another repair of it, at another `told_at`, is another event."""
    a_row = next(iter(part.rows.values()))
    return ChainBackfilled(
        event_id=f"backfill:{underlying}:{part.expiry.isoformat()}:{bucket.isoformat()}:{told_at.isoformat()}",
        index_name=underlying,
        expiry=part.expiry,
        segment=a_row.exchange,
        feed_time=fed_at,
        polled_at=told_at,
        source="backfill",
        lot_size=a_row.lot_size,
        spot=spot,
        quotes=tuple(_quote(contract, part.rows[contract], quote) for contract, quote in quotes.items()),
    )


def candle_closed(underlying: str, candle: CandleRead, told_at: datetime | None = None) -> CandleClosed:
    """Return a finished candle; with `told_at`, one that a repair tells afterwards."""
    source: Source = "live" if told_at is None else "backfill"
    about = f"candles:{underlying}:{candle.start.isoformat()}:{source}"
    return CandleClosed(
        event_id=about if told_at is None else f"{about}:{told_at.isoformat()}",
        index_name=underlying,
        time=candle.start,
        open=candle.open,
        high=candle.high,
        low=candle.low,
        close=candle.close,
        volume=candle.volume,
        source=source,
    )


def greeks_fetched(job: Job, expiry: date, asked_at: datetime, rows: tuple[GreeksRead, ...]) -> GreeksFetched:
    return GreeksFetched(
        event_id=f"greeks:{job.underlying}:{expiry.isoformat()}:{job.about.isoformat()}:broker",
        index_name=job.underlying,
        expiry=expiry,
        feed_time=asked_at,
        source="broker",
        rows=tuple(
            ContractGreeks(
                strike=row.contract.strike,
                type=row.contract.side,
                iv=row.iv,
                delta=row.delta,
                gamma=row.gamma,
                theta=row.theta,
                vega=row.vega,
            )
            for row in rows
        ),
    )
