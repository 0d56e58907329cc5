"""The stock SmartConnect, unmodified, does its reading against the simulated exchange."""

import base64
import json

import pytest

from simulator.testing import CALL, NIFTY, moment


def test_a_login_returns_the_profile_with_three_tokens(client, log_in):
    answer = log_in()

    assert answer["status"] is True
    assert answer["data"]["clientcode"] == "S100001"
    assert answer["data"]["jwtToken"] == f"Bearer {client.access_token}"
    assert "NFO" in answer["data"]["exchanges"]
    assert all((client.access_token, client.refresh_token, client.feed_token))


def test_the_jwt_ends_at_the_next_midnight_of_the_simulated_day(client, log_in):
    log_in()

    header, says, _ = client.access_token.split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "HS512"
    assert json.loads(base64.urlsafe_b64decode(says + "=="))["exp"] == moment(0).timestamp() + 86400


def test_a_refresh_replaces_jwt_and_feed_token(session):
    before = session.access_token, session.feed_token

    answer = session.generateToken(session.refresh_token)

    assert answer["status"] is True
    assert session.access_token != before[0]
    assert session.feed_token != before[1]
    assert session.getProfile(session.refresh_token)["status"] is True


def test_a_full_quote_has_every_field_of_the_broker(session):
    answer = session.getMarketData("FULL", {"NFO": [CALL.token]})

    [item] = answer["data"]["fetched"]
    assert list(item) == [
        "exchange", "tradingSymbol", "symbolToken", "ltp", "open", "high", "low", "close", "lastTradeQty",
        "exchFeedTime", "exchTradeTime", "netChange", "percentChange", "avgPrice", "tradeVolume", "opnInterest",
        "lowerCircuit", "upperCircuit", "totBuyQuan", "totSellQuan", "52WeekLow", "52WeekHigh", "depth",
    ]  # fmt: skip
    assert item["exchFeedTime"] == "18-Nov-2026 10:01:00"
    assert (item["ltp"], item["open"], item["opnInterest"]) == (101.5, 100, 1_234_500)
    assert type(item["open"]) is int
    assert [len(item["depth"][side]) for side in ("buy", "sell")] == [5, 5]


def test_an_ohlc_quote_has_the_day_and_an_ltp_quote_only_the_price(session):
    ohlc = session.getMarketData("OHLC", {"NSE": [NIFTY.token]})["data"]["fetched"][0]
    ltp = session.getMarketData("LTP", {"NSE": [NIFTY.token]})["data"]["fetched"][0]

    assert ohlc == {
        "exchange": "NSE",
        "tradingSymbol": "Nifty 50",
        "symbolToken": "99926000",
        "ltp": 24512.35,
        "open": 24500,
        "high": 24550,
        "low": 24480,
        "close": 24400,
    }
    assert set(ltp) == {"exchange", "tradingSymbol", "symbolToken", "ltp"}


def test_unknown_tokens_come_back_as_unfetched(session):
    answer = session.getMarketData("LTP", {"NSE": [NIFTY.token, "1"], "MCX": [""]})

    assert [item["symbolToken"] for item in answer["data"]["fetched"]] == [NIFTY.token]
    assert answer["data"]["unfetched"] == [
        {"exchange": "NSE", "symbolToken": "1", "message": "Symbol Not Found", "errorCode": "AB1009"},
        {
            "exchange": "MCX",
            "symbolToken": "",
            "message": "Symbol token cannot be empty",
            "errorCode": "AB4018",
        },
    ]


def test_a_request_of_which_nothing_was_fetched_has_the_other_envelope(session):
    answer = session.getMarketData("LTP", {"MCX": [""]})

    assert answer["success"] is True
    assert "status" not in answer


def test_fifty_one_tokens_are_refused(session):
    answer = session.getMarketData("LTP", {"NFO": [str(token) for token in range(51)]})

    assert answer["status"] is False


def history(**changes):
    return {
        "exchange": "NSE",
        "symboltoken": NIFTY.token,
        "interval": "THREE_MINUTE",
        "fromdate": "2026-11-18 09:15",
        "todate": "2026-11-18 15:30",
    } | changes


def test_candles_are_arrays_stamped_with_their_start_and_end_with_the_forming_one(session, clock):
    clock.set(moment(9, 19, 30))

    answer = session.getCandleData(history())

    assert answer["data"] == [
        ["2026-11-18T09:15:00+05:30", 24500, 24550, 24480, 24512.35, 0],
        ["2026-11-18T09:18:00+05:30", 24500, 24550, 24480, 24512.35, 0],
    ]


def test_oi_history_is_objects(session, clock):
    clock.set(moment(9, 16))

    answer = session.getOIData(history(exchange="NFO", symboltoken=CALL.token))

    assert answer["data"] == [{"time": "2026-11-18T09:15:00+05:30", "oi": 1_234_500}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"fromdate": "2026-11-18 09:15:00"},
        {"fromdate": "2026-11-18T09:15"},
        {"fromdate": "2026-11-31 09:15"},
        {"todate": "2026-11-18 09:00"},
        {"interval": "TWO_MINUTE"},
        {"fromdate": "2026-08-18 09:15"},
        {"symboltoken": "1"},
    ],
)
def test_a_wrong_candle_request_is_ab1004(session, wrong):
    answer = session.getCandleData(history(**wrong))

    assert (answer["status"], answer["errorcode"]) == (False, "AB1004")


def test_a_range_without_candles_is_an_empty_success(session):
    answer = session.getCandleData(history(fromdate="2026-11-17 09:15", todate="2026-11-17 15:30"))

    assert (answer["status"], answer["data"]) == (True, [])


def test_greeks_are_strings_with_strikes_in_rupees(session):
    answer = session.optionGreek({"name": "NIFTY", "expirydate": "24NOV2026"})

    assert answer["data"] == [
        {
            "name": "NIFTY",
            "expiry": "24NOV2026",
            "strikePrice": "24500.000000",
            "optionType": "CE",
            "delta": "0.510000",
            "gamma": "0.001200",
            "theta": "-8.250000",
            "vega": "11.500000",
            "impliedVolatility": "12.500000",
            "tradeVolume": "88500.00",
        }
    ]


def test_greeks_of_what_has_none_are_ab9019(session):
    answer = session.optionGreek({"name": "SILVERMIC", "expirydate": "24NOV2026"})

    assert (answer["status"], answer["errorcode"]) == (False, "AB9019")


def test_the_put_call_ratio_stands_under_the_futures_symbol(session):
    answer = session.putCallRatio()

    assert answer["data"] == [{"pcr": 2, "tradingSymbol": "NIFTY24NOV26FUT"}]


def test_build_up_is_strings(session):
    answer = session.oIBuildup({"expirytype": "NEAR", "datatype": "Long Built Up"})

    assert answer["data"] == [
        {
            "symbolToken": "35001",
            "ltp": "24560",
            "netChange": "110",
            "percentChange": "0.45",
            "opnInterest": "9000000",
            "netChangeOpnInterest": "900000",
            "tradingSymbol": "NIFTY24NOV26FUT",
        }
    ]


def test_gainers_are_numbers(session):
    answer = session.gainersLosers({"expirytype": "NEAR", "datatype": "PercOIGainers"})

    assert answer["data"] == [
        {
            "tradingSymbol": "NIFTY24NOV26FUT",
            "percentChange": 11.11,
            "symbolToken": 35001,
            "opnInterest": 9_000_000,
            "netChangeOpnInterest": 900_000.0,
        }
    ]


def test_a_search_finds_symbols_by_how_they_begin(session):
    answer = session.searchScrip("NSE", "SB")

    assert answer["data"] == [{"exchange": "NSE", "tradingsymbol": "SBIN-EQ", "symboltoken": "3045"}]


def test_ltp_data_has_its_prices_as_strings(session):
    answer = session.ltpData("NSE", "SBIN-EQ", "3045")

    assert answer["data"]["ltp"] == "960"
    assert answer["data"]["high"] == "961"


def test_the_intraday_list_names_the_cash_market(session):
    answer = session.nseIntraday()

    assert answer["data"] == [{"Exchange": "NSE", "SymbolName": "SBIN", "Multiplier": "5.0"}]


def test_after_logout_the_token_is_invalid(session):
    assert session.terminateSession("S100001")["status"] is True

    assert session.getProfile(session.refresh_token) == {
        "success": False,
        "message": "Invalid Token",
        "errorCode": "AG8001",
        "data": "",
    }


def test_after_midnight_the_token_has_expired(session, clock):
    clock.set(moment(23, 59, 59))
    assert session.getProfile(session.refresh_token)["status"] is True

    clock.set(moment(0).replace(day=19))

    assert session.getProfile(session.refresh_token)["errorCode"] == "AG8002"


def test_no_order_is_ever_accepted_and_every_attempt_is_counted(session, stats):
    assert stats()["order_calls"] == 0

    answer = session.placeOrderFullResponse({"tradingsymbol": CALL.symbol, "quantity": 75})
    session.orderBook()

    assert (answer["status"], answer["errorcode"]) == (False, "AB1006")
    assert stats()["order_calls"] == 2
