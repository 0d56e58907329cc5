"""Packets: vectors of the live feed, and the stock client's parser as the oracle."""

import os
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_ws.core.packets import LTP, QUOTE, SNAP_QUOTE, Packet, UnreadablePacketError, decode
from support.packets import BUY, CURRENCY, SELL, packet

# Ticks that users of the live feed have printed, re-encoded from those values; smartapi-python 1.5.5 decodes
# them back to the same.
RELIANCE_LTP = bytes.fromhex(
    "01013238383500000000000000000000000000000000000000000017209a00000000009067ea8f96010000102a020000000000"
)
INFY_QUOTE = bytes.fromhex(
    "020131353934000000000000000000000000000000000000000000b85f0f000000000088be2de29301000013fe020000000000"
    "05000000000000008301030000000000938809000000000000000000b86003410000000010190e418b030300000000006b0503"
    "0000000000b9fd0200000000003cf8020000000000"
)
NIFTY_OPTION_SNAP = bytes.fromhex(
    "030235343738360000000000000000000000000000000000000000f225e9010000000058be808294010000dc64000000000000"
    "4b00000000000000674d000000000000fe8838040000000000000000ee77224100000000e83311414650000000000000146900"
    "00000000004641000000000000cc47000000000000e5f38d6700000000d0962f00000000007a6188a961ffdd3f0100c2010000"
    "00000000d764000000000000030001007701000000000000d264000000000000040001005802000000000000cd640000000000"
    "00070001006810000000000000c864000000000000130001009600000000000000c36400000000000002000000960000000000"
    "00000e650000000000000200000091050000000000001365000000000000050000002c01000000000000186500000000000003"
    "000000bd0600000000000022650000000000000a000000390300000000000027650000000000000800cd1d0100000000000500"
    "0000000000001e1d0100000000000000000000000000"
)

SIZES = {LTP: 51, QUOTE: 123, SNAP_QUOTE: 379}

tokens = st.text("0123456789", min_size=1, max_size=25)
prices = st.integers(0, 10**9)
quantities = st.integers(0, 10**10)
sides = st.lists(st.tuples(quantities, prices, st.integers(0, 30_000)), min_size=5, max_size=5)


@pytest.fixture(scope="module")
def stock_parse(tmp_path_factory):
    """The stock client's parser. Importing it writes a log folder into the working directory and asks the network."""
    here = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("stock"))
    with mock.patch("requests.get", side_effect=OSError("no network in tests")):
        from SmartApi.smartWebSocketV2 import SmartWebSocketV2  # noqa: PLC0415 - see above
    os.chdir(here)
    return SmartWebSocketV2.__new__(SmartWebSocketV2)._parse_binary_data


def as_we_say_it(parsed):
    """Return the stock client's dict as our packet."""
    scale = 10_000_000 if parsed["exchange_type"] == CURRENCY else 100
    day = ("open_price_of_the_day", "high_price_of_the_day", "low_price_of_the_day", "closed_price")
    bids = [level["price"] for level in parsed.get("best_5_buy_data", ()) if level["price"]]
    asks = [level["price"] for level in parsed.get("best_5_sell_data", ()) if level["price"]]
    return Packet(
        parsed["exchange_type"],
        parsed["token"],
        parsed["exchange_timestamp"],
        parsed["last_traded_price"] / scale,
        parsed.get("volume_trade_for_the_day"),
        *(parsed[name] / scale if name in parsed else None for name in day),
        parsed.get("open_interest"),
        max(bids) / scale if bids else None,
        min(asks) / scale if asks else None,
    )


@st.composite
def valid_packets(draw):
    buys, sells = draw(sides), draw(sides)
    book = [(BUY, *level) for level in buys] + [(SELL, *level) for level in sells]
    return packet(
        mode=draw(st.sampled_from([LTP, QUOTE, SNAP_QUOTE])),
        exchange_type=draw(st.sampled_from([1, 2, 3, 4, 5, 7, CURRENCY])),
        token=draw(tokens),
        at_ms=draw(st.integers(0, 2**52)),
        ltp=draw(prices),
        volume=draw(quantities),
        day=draw(st.tuples(prices, prices, prices, prices)),
        oi=draw(quantities),
        book=draw(st.permutations(book)),
    )


def test_an_ltp_packet_of_the_live_feed_is_read():
    assert decode(RELIANCE_LTP) == Packet(1, "2885", 1_746_171_226_000, 1418.4)


def test_a_quote_packet_of_the_live_feed_is_read():
    assert decode(INFY_QUOTE) == Packet(
        1, "1594", 1_734_666_469_000, 1961.15, 624_787, 1975.15, 1979.95, 1960.25, 1946.2
    )


def test_a_snap_quote_packet_of_the_live_feed_is_read_with_oi_and_the_best_of_its_book():
    assert decode(NIFTY_OPTION_SNAP) == Packet(
        2,
        "54786",
        1_737_356_263_000,
        258.2,
        70_813_950,
        205.5,
        269.0,
        167.1,
        183.8,
        oi=3_118_800,
        bid=258.15,
        ask=258.7,
    )


@given(valid_packets())
def test_every_valid_packet_says_what_the_stock_parser_says(stock_parse, raw):
    assert decode(raw) == as_we_say_it(stock_parse(raw))


@given(valid_packets(), st.binary(max_size=40))
def test_bytes_beyond_a_packet_change_nothing(raw, more):
    assert decode(raw + more) == decode(raw)


@given(st.data())
def test_a_packet_cut_short_anywhere_names_its_length(data):
    raw = data.draw(valid_packets())
    length = data.draw(st.integers(1, SIZES[raw[0]] - 1))

    with pytest.raises(UnreadablePacketError, match=f"length: {length} is too short for mode {raw[0]}"):
        decode(raw[:length])


@given(st.integers(0, 255).filter(lambda mode: mode not in SIZES), st.binary(min_size=50, max_size=400))
def test_an_unknown_mode_is_named(mode, rest):
    with pytest.raises(UnreadablePacketError, match=f"mode: {mode} is unknown"):
        decode(bytes([mode]) + rest)


def test_an_empty_packet_is_refused():
    with pytest.raises(UnreadablePacketError, match="mode: none is unknown"):
        decode(b"")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_by_name(raw):
    with suppress(UnreadablePacketError):
        assert isinstance(decode(raw), Packet)


def test_a_book_of_zeros_has_no_bid_and_no_ask():
    read = decode(packet(book=[(0, 0, 0, 0)] * 10))

    assert (read.bid, read.ask) == (None, None)


def test_a_side_that_is_empty_has_no_price():
    read = decode(packet(book=[(BUY, 75, 100, 1)] * 5 + [(SELL, 0, 0, 0)] * 5))

    assert (read.bid, read.ask) == (1.0, None)


def test_the_flag_and_not_the_position_tells_bids_from_asks():
    read = decode(packet(book=[(SELL, 75, 10_100, 1)] * 5 + [(BUY, 75, 10_000, 1)] * 5))

    assert (read.bid, read.ask) == (100.0, 101.0)


def test_currency_prices_have_seven_decimals():
    assert decode(packet(mode=LTP, exchange_type=CURRENCY, ltp=845_250_000)).ltp == 84.525
