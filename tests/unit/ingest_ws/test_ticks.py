"""Ticks as commands to Redis: exactly the fields of the common wire format, only faster."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_ws.core.packets import Packet
from ingest_ws.core.ticks import Instrument, Tick, entry, refused_because
from oi_common.events import TickReceived, stream_of
from oi_common.market.buckets import IST
from oi_common.wire import decode, encode

INDEX = Instrument("NIFTY", "NSE", "99926000", "NIFTY")
FUTURE = Instrument("NIFTY", "NFO", "35001", "NIFTY27JAN26FUT", date(2026, 1, 27))
OPTION = Instrument("NIFTY", "NFO", "43521", "NIFTY27JAN2624500CE", date(2026, 1, 27), 24_500, "CE")
SHARE = Instrument("RELIANCE", "NSE", "2885", "RELIANCE-EQ", is_share=True)
AT = datetime(2026, 1, 20, 12, 27, 43, 250_000, IST)

prices = st.integers(0, 10**9).map(lambda paise: paise / 100)
units = st.integers(-5, 10**10)
moments = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)).map(lambda at: at.replace(tzinfo=IST))  # noqa: DTZ001 - the zone follows


def packet(**said):
    return Packet(
        **({"exchange_type": 2, "token": "43521", "exchange_time_ms": 1_768_892_263_000, "ltp": 101.5} | said)
    )


@st.composite
def packets(draw):
    optional = {
        name: draw(st.none() | prices) for name in ("open", "high", "low", "prev_close", "bid", "ask")
    }
    counted = {name: draw(st.none() | units) for name in ("volume", "oi")}
    at = draw(moments)
    return packet(exchange_time_ms=int(at.timestamp() * 1000), ltp=draw(prices), **optional, **counted)


def as_event(tick):
    """Return the same tick the slow way."""
    instrument, said, received_at = tick
    price = lambda value: value or None  # noqa: E731 - one word for one rule: no price is zero
    count = lambda value, is_said: value if is_said and value is not None and value >= 0 else None  # noqa: E731
    has_oi = instrument.expiry is not None
    return TickReceived(
        segment=instrument.segment,
        token=instrument.token,
        symbol=instrument.symbol,
        exchange_time=datetime.fromtimestamp(said.exchange_time_ms / 1000, IST),
        received_at=received_at,
        ltp=said.ltp,
        bid=price(said.bid),
        ask=price(said.ask),
        volume=count(said.volume, has_oi or instrument.is_share),
        oi=count(said.oi, has_oi),
        open=price(said.open),
        high=price(said.high),
        low=price(said.low),
        prev_close=price(said.prev_close),
        index_name=instrument.underlying,
        expiry=instrument.expiry,
        strike=instrument.strike,
        option_type=instrument.option_type,
    )


def arguments(command):
    """Return the arguments of a command in Redis' protocol."""
    count, _, rest = command.partition(b"\r\n")
    found = []
    while rest:
        length, _, rest = rest.partition(b"\r\n")
        assert length[:1] == b"$"
        size = int(length[1:])
        found.append(rest[:size].decode())
        assert rest[size : size + 2] == b"\r\n"
        rest = rest[size + 2 :]
    assert count == b"*%d" % len(found)
    return found


def fields_of(tick):
    flat = arguments(entry(tick))[3:]
    return list(zip(flat[0::2], flat[1::2], strict=True))


@given(st.sampled_from([INDEX, SHARE, FUTURE, OPTION]), packets(), moments)
def test_the_fields_and_their_order_are_those_of_the_wire(instrument, said, received_at):
    tick = Tick(instrument, said, received_at)

    assert arguments(entry(tick))[:3] == ["XADD", stream_of(TickReceived, instrument.underlying), "*"]
    assert fields_of(tick) == list(encode(as_event(tick)).items())


def test_an_entry_reads_back_as_the_event():
    tick = Tick(OPTION, packet(bid=101.45, ask=101.55, volume=75, oi=3_118_800, open=99.0), AT)

    event = decode(TickReceived, dict(fields_of(tick)))

    assert event == as_event(tick)
    assert event.event_id == ("ticks:NFO:43521:2026-01-20T12:27:43+05:30:2026-01-20T12:27:43.250000+05:30")


def test_an_index_has_neither_volume_nor_oi_whatever_its_packet_says():
    fields = dict(fields_of(Tick(INDEX, packet(volume=0, oi=0, open=24_500.0), AT)))

    assert "volume" not in fields
    assert "oi" not in fields
    assert fields["open"] == "24500.0"


def test_a_share_has_volume_but_no_oi_whatever_its_packet_says():
    fields = dict(fields_of(Tick(SHARE, packet(volume=75, oi=210_554_000), AT)))

    assert fields["volume"] == "75"
    assert "oi" not in fields
    assert SHARE.trades


def test_an_option_that_has_not_traded_has_a_volume_and_an_oi_of_zero_but_no_open():
    fields = dict(fields_of(Tick(OPTION, packet(volume=0, oi=0, open=0.0), AT)))

    assert (fields["volume"], fields["oi"]) == ("0", "0")
    assert "open" not in fields


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, None),
        ({"ltp": 0.0}, "no_price"),
        ({"ltp": -1.0}, "no_price"),
        ({"exchange_time_ms": 0}, "no_time"),
        ({"exchange_time_ms": 2**60}, "no_time"),
    ],
)
def test_a_packet_without_a_price_or_a_time_is_no_tick(said, reason):
    assert refused_because(packet(**said)) == reason
