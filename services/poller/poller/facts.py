"""The events that tell what was read, with ids derived from what they are about: asking again repeats them."""

from collections.abc import Mapping
from datetime import date, datetime

from oi_common.broker.contracts import Instrument
from oi_common.events import CandleClosed, ChainPolled, ContractGreeks, GreeksFetched, PolledQuote
from oi_common.market.chain import Contract
from poller.core.plan import Job
from poller.core.reading import CandleRead, ChainRead, GreeksRead, QuoteRead


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


def candle_closed(underlying: str, candle: CandleRead) -> CandleClosed:
    return CandleClosed(
        index_name=underlying,
        time=candle.start,
        open=candle.open,
        high=candle.high,
        low=candle.low,
        close=candle.close,
        volume=candle.volume,
        source="live",
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
