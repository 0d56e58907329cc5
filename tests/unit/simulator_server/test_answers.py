"""The answers of the REST endpoints as values: quotes, history, chains and searches."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.core import derivatives, quotes
from simulator.core.history import INTERVALS, answer_candles, answer_oi, parse_history_request
from simulator.core.quotes import Listing, parse_quote_request
from simulator.core.wire import Refused, failure, feed_time, number
from simulator.testing import CALL, FUTURE, NIFTY, SBIN, FixedMarket, fixed_quote, moment

NOW = moment(10)
MARKET = FixedMarket()
LISTING = Listing(MARKET)


def history(**changes):
    return {
        "exchange": "NSE",
        "symboltoken": NIFTY.token,
        "interval": "THREE_MINUTE",
        "fromdate": "2026-11-18 09:15",
        "todate": "2026-11-18 15:30",
    } | changes


@pytest.mark.parametrize(
    ("value", "shown"), [(100.0, "100"), (100.05, "100.05"), (100.049999, "100.05"), (-0.5, "-0.5"), (0, "0")]
)
def test_a_whole_price_is_an_int_and_any_other_has_two_places(value, shown):
    assert str(number(value)) == shown


def test_feed_times_are_written_as_the_broker_writes_them():
    assert feed_time(moment(9, 5, 7)) == "18-Nov-2026 09:05:07"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "FULL"},
        {"mode": "full", "exchangeTokens": {}},
        {"mode": "LTP", "exchangeTokens": []},
        {"mode": "LTP", "exchangeTokens": {"NSE": "3045"}},
    ],
)
def test_a_malformed_quote_request_is_refused(body):
    with pytest.raises(Refused, match="AB1004"):
        parse_quote_request(body)


def test_fifty_tokens_over_all_exchanges_are_the_most():
    tokens = [str(token) for token in range(25)]
    assert (
        len(parse_quote_request({"mode": "LTP", "exchangeTokens": {"NSE": tokens, "NFO": tokens}}).wanted)
        == 50
    )

    with pytest.raises(Refused, match="AB2000"):
        parse_quote_request({"mode": "LTP", "exchangeTokens": {"NSE": tokens, "NFO": [*tokens, "x"]}})


def test_a_short_book_is_padded_to_five_with_zeros():
    item = quotes.quote_item(CALL, fixed_quote(buy=fixed_quote().buy[:2], sell=()), "FULL")

    assert item["depth"]["buy"][2:] == [{"price": 0, "quantity": 0, "orders": 0}] * 3
    assert item["depth"]["sell"] == [{"price": 0, "quantity": 0, "orders": 0}] * 5


def test_changes_are_against_the_previous_close():
    item = quotes.quote_item(CALL, fixed_quote(ltp=110.0, close=100.0), "FULL")

    assert (item["netChange"], item["percentChange"]) == (10, 10)


def test_without_a_previous_close_the_percentage_is_zero():
    assert quotes.quote_item(CALL, fixed_quote(close=0.0), "FULL")["percentChange"] == 0


@pytest.mark.parametrize("interval", INTERVALS)
def test_each_interval_reaches_as_far_as_its_cap_and_no_further(interval):
    width, days = INTERVALS[interval]
    end = moment(9, 15)
    first = end - timedelta(days=days)

    request = parse_history_request(
        history(interval=interval, fromdate=f"{first:%Y-%m-%d %H:%M}", todate=f"{end:%Y-%m-%d %H:%M}")
    )
    assert (request.width, request.start) == (width, first)

    with pytest.raises(Refused, match="AB1004"):
        parse_history_request(
            history(
                interval=interval,
                fromdate=f"{first - timedelta(minutes=1):%Y-%m-%d %H:%M}",
                todate=f"{end:%Y-%m-%d %H:%M}",
            )
        )


def test_history_never_tells_the_future():
    request = parse_history_request(history())

    candles = answer_candles(request, MARKET, LISTING, moment(9, 18, 1))
    held = answer_oi(request, MARKET, LISTING, moment(9, 18, 1))

    assert [candle[0][11:16] for candle in candles] == ["09:15", "09:18"]
    assert [each["time"][11:16] for each in held] == ["09:15", "09:18"]


def test_a_days_candle_is_stamped_midnight_and_found_by_its_date():
    day = history(interval="ONE_DAY", fromdate="2026-11-18 00:00", todate="2026-11-18 00:00")

    [candle] = answer_candles(parse_history_request(day), MARKET, LISTING, NOW)

    assert candle[0] == "2026-11-18T00:00:00+05:30"


def test_history_of_an_unknown_token_is_refused():
    request = parse_history_request(history(symboltoken="1"))

    with pytest.raises(Refused, match="AB1004"):
        answer_candles(request, MARKET, LISTING, NOW)
    with pytest.raises(Refused, match="AB1004"):
        answer_oi(request, MARKET, LISTING, NOW)


@pytest.mark.parametrize("expiry", ["25NOV2026", "24-11-2026", "24NOV2025"])
def test_greeks_of_an_expiry_that_is_not_listed_are_ab9019(expiry):
    with pytest.raises(Refused, match="AB9019"):
        derivatives.answer_greeks({"name": "NIFTY", "expirydate": expiry}, MARKET, LISTING, NOW)


@pytest.mark.parametrize(
    ("price", "oi", "quadrant"),
    [
        (24600.0, 11, "Long Built Up"),
        (24300.0, 11, "Short Built Up"),
        (24600.0, 9, "Short Covering"),
        (24300.0, 9, "Long Unwinding"),
    ],
)
def test_a_future_stands_in_the_quadrant_of_its_price_and_oi(price, oi, quadrant):
    market = MovedFuture(price, oi)
    found = {
        name: derivatives.answer_buildup(
            {"expirytype": "NEAR", "datatype": name}, market, Listing(market), NOW
        )
        for name in ("Long Built Up", "Short Built Up", "Short Covering", "Long Unwinding")
    }

    assert [name for name, rows in found.items() if rows] == [quadrant]


class MovedFuture(FixedMarket):
    """The future's OI was ten lots of a million yesterday."""

    def __init__(self, price, oi):
        super().__init__()
        self.states[FUTURE] = replace(self.states[FUTURE], ltp=price, oi=oi * 1_000_000)

    def quotes(self, wanted, at):
        yesterday = at < moment(9, 15)
        found = super().quotes(wanted, at)
        return [quote and (replace(quote, oi=10_000_000) if yesterday else quote) for quote in found]


def test_losers_are_those_who_lost():
    market = MovedFuture(24300.0, 9)
    ask = {"expirytype": "NEAR"}

    losers = derivatives.answer_gainers(ask | {"datatype": "PercOILosers"}, market, Listing(market), NOW)
    gainers = derivatives.answer_gainers(ask | {"datatype": "PercOIGainers"}, market, Listing(market), NOW)

    assert ([row["percentChange"] for row in losers], gainers) == ([-10], [])


@pytest.mark.parametrize(
    "body", [{}, {"expirytype": "NEAR"}, {"expirytype": "SOON", "datatype": "Long Built Up"}]
)
def test_a_malformed_build_up_request_is_refused(body):
    with pytest.raises(Refused, match="AB1004"):
        derivatives.answer_buildup(body, MARKET, LISTING, NOW)


def test_next_months_futures_are_not_this_months():
    ask = {"expirytype": "NEXT", "datatype": "Long Built Up"}

    assert derivatives.answer_buildup(ask, MARKET, LISTING, NOW) == []


def test_a_search_keeps_to_its_exchange():
    assert quotes.answer_search({"exchange": "NFO", "searchscrip": "SBIN"}, LISTING) == []
    assert len(quotes.answer_search({"exchange": "NFO", "searchscrip": "nifty24nov"}, LISTING)) == 3
    with pytest.raises(Refused, match="AB1004"):
        quotes.answer_search({"exchange": "XYZ", "searchscrip": "SBIN"}, LISTING)


def test_the_price_of_an_unknown_token_is_ab1009():
    with pytest.raises(Refused, match="AB1009"):
        quotes.answer_ltp({"exchange": "NSE", "symboltoken": "1"}, MARKET, LISTING, NOW)
    assert (
        quotes.answer_ltp({"exchange": "NSE", "symboltoken": SBIN.token}, MARKET, LISTING, NOW)["ltp"]
        == "960"
    )


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("AG8001", ["success", "message", "errorCode", "data"]),
        ("AB1004", ["status", "message", "errorcode", "data"]),
    ],
)
def test_the_gateway_and_the_business_refuse_in_their_own_shapes(code, keys):
    assert list(json.loads(failure(Refused(code)).body)) == keys
