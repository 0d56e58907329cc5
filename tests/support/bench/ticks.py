"""Ticks as ingest-ws has them, for measurements."""

from datetime import date, datetime, timedelta

from ingest_ws.core.packets import Packet
from ingest_ws.core.ticks import Instrument, Tick
from oi_common.events import TickReceived
from oi_common.market.buckets import IST
from oi_common.wire import encode

AT = datetime(2026, 1, 20, 10, 0, tzinfo=IST)
EXPIRY = date(2026, 1, 27)
OPTION = Instrument("NIFTY", "NFO", "43521", "NIFTY27JAN2624500CE", EXPIRY, 24_500, "CE")
PACKET = Packet(
    2,
    "43521",
    int(AT.timestamp()) * 1000,
    101.5,
    75,
    99.0,
    104.0,
    95.5,
    100.0,
    oi=3_118_800,
    bid=101.45,
    ask=101.55,
)
BATCH = [Tick(OPTION, PACKET, AT + timedelta(microseconds=number)) for number in range(5000)]


def fields_of(tick: Tick) -> dict[str, str]:
    return encode(as_event(tick))


def as_event(tick: Tick) -> TickReceived:
    said = tick.packet
    return TickReceived(
        segment=OPTION.segment,
        token=OPTION.token,
        symbol=OPTION.symbol,
        exchange_time=AT,
        received_at=tick.received_at,
        ltp=said.ltp,
        bid=said.bid,
        ask=said.ask,
        volume=said.volume,
        oi=said.oi,
        open=said.open,
        high=said.high,
        low=said.low,
        prev_close=said.prev_close,
        index_name=OPTION.underlying,
        expiry=EXPIRY,
        strike=OPTION.strike,
        option_type=OPTION.option_type,
    )
