from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.broker.errors import BrokerUnavailable
from oi_common.events import PolledQuote
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract
from poller.adapters.replies import read_candles, read_greeks, read_quote, read_quotes
from poller.core.reading import CandleRead

# Field names and types: the broker's Live Market Data page, full mode.
FULL = {
    "exchange": "NFO",
    "tradingSymbol": "NIFTY11AUG2624500CE",
    "symbolToken": "43521",
    "ltp": 101.5,
    "close": 88,
    "tradeVolume": 975,
    "opnInterest": 1234500,
    "exchFeedTime": "06-Aug-2026 09:20:01",
    "exchTradeTime": "06-Aug-2026 09:19:58",
    "depth": {
        "buy": [{"price": 101.4, "quantity": 65, "orders": 1}]
        + [{"price": 0, "quantity": 0, "orders": 0}] * 4,
        "sell": [{"price": 101.6, "quantity": 65, "orders": 1}] * 5,
    },
}
EMPTY = {"buy": [{"price": 0, "quantity": 0, "orders": 0}] * 5, "sell": []}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def test_a_full_quote_is_read_in_our_words():
    read = read_quote(FULL)

    assert (read.ltp, read.oi, read.volume) == (101.5, 1234500, 975)
    assert (read.bid, read.ask, read.prev_close) == (101.4, 101.6, 88.0)
    assert read.feed_time == datetime(2026, 8, 6, 9, 20, 1, tzinfo=IST)


def test_a_price_of_zero_is_unknown_but_an_oi_of_zero_is_zero():
    read = read_quote(FULL | {"ltp": 0, "close": 0.0, "opnInterest": 0, "tradeVolume": 0, "depth": EMPTY})

    assert (read.ltp, read.prev_close, read.bid, read.ask) == (None, None, None, None)
    assert (read.oi, read.volume) == (0, 0)


@pytest.mark.parametrize("name", ["ltp", "opnInterest", "tradeVolume", "close", "exchFeedTime", "depth"])
def test_what_is_not_said_is_unknown(name):
    field = {"opnInterest": "oi", "tradeVolume": "volume", "close": "prev_close", "exchFeedTime": "feed_time"}

    read = read_quote({key: value for key, value in FULL.items() if key != name})

    assert getattr(read, field.get(name, "bid" if name == "depth" else name)) is None


@given(st.dictionaries(st.sampled_from(list(FULL)), anything))
def test_whatever_a_quote_holds_it_can_be_published(nonsense):
    read = read_quote(FULL | nonsense)

    published = PolledQuote(
        strike=24500, type="CE", oi=read.oi, ltp=read.ltp, volume=read.volume, bid=read.bid, ask=read.ask,
        prev_close=read.prev_close, feed_time=read.feed_time,
    )  # fmt: skip
    assert published.ltp == read.ltp


def test_a_number_that_no_column_holds_is_unknown():
    absurd = {"ltp": 1e300, "close": 1e8, "opnInterest": 2**63, "tradeVolume": 10**400}
    read = read_quote({**FULL, **absurd, "exchFeedTime": "01-Jan-0001 00:00:00"})
    [greeks] = read_greeks(
        [
            {
                "strikePrice": "24500",
                "optionType": "CE",
                "impliedVolatility": "1e7",
                "gamma": "10000",
                "delta": "0.5",
            }
        ]
    )

    assert (read.ltp, read.prev_close, read.oi, read.volume, read.feed_time) == (None,) * 5
    assert (greeks.iv, greeks.gamma, greeks.delta) == (None, None, 0.5)
    assert read_greeks([{"strikePrice": "1e12", "optionType": "CE"}]) == ()


def test_what_was_not_fetched_is_absent():
    data = {"fetched": [FULL], "unfetched": [{"exchange": "NFO", "symbolToken": "1", "errorCode": "AB1009"}]}

    assert list(read_quotes(data)) == [("NFO", "43521")]


@given(anything)
def test_an_answer_that_is_no_list_of_quotes_is_a_failure(data):
    with pytest.raises(BrokerUnavailable):
        read_quotes(data if not isinstance(data, dict) else {k: v for k, v in data.items() if k != "fetched"})


def test_candles_are_lists_with_whole_and_broken_numbers():
    start = datetime(2026, 8, 6, 9, 15, tzinfo=IST)

    read = read_candles([["2026-08-06T09:15:00+05:30", 24500, 24510.5, 24490, 24505.25, 0]])

    assert read == (CandleRead(start, 24500.0, 24510.5, 24490.0, 24505.25, 0),)


@pytest.mark.parametrize(
    "row",
    [
        [],
        None,
        ["2026-08-06T09:15:00+05:30", 24500, 24490, 24510, 24505, 0],
        ["2026-08-06T09:15:00", 24500, 24510, 24490, 24505, 0],
        ["soon", 24500, 24510, 24490, 24505, 0],
        ["2026-08-06T09:15:00+05:30", 0, 24510, 24490, 24505, 0],
        ["2026-08-06T09:15:00+05:30", None, 24510, 24490, 24505, 0],
    ],
)
def test_a_candle_that_makes_no_sense_is_left_out(row):
    assert read_candles([row]) == ()


@pytest.mark.parametrize("read", [read_candles, read_greeks])
def test_history_that_is_no_list_is_a_failure(read):
    with pytest.raises(BrokerUnavailable):
        read({"data": []})


def test_greeks_are_text_and_strikes_there_are_rupees():
    item = {
        "name": "NIFTY",
        "expiry": "11AUG2026",
        "strikePrice": "24500.000000",
        "optionType": "CE",
        "delta": "0.492400",
        "gamma": "0.002800",
        "theta": "-4.091800",
        "vega": "2.296700",
        "impliedVolatility": "16.330000",
        "tradeVolume": "24048.00",
    }

    [read] = read_greeks([item, {**item, "strikePrice": "x"}, {**item, "optionType": "XX"}, None])

    assert read.contract == Contract(24500, "CE")
    assert (read.iv, read.delta, read.gamma, read.theta, read.vega) == (
        16.33,
        0.4924,
        0.0028,
        -4.0918,
        2.2967,
    )
