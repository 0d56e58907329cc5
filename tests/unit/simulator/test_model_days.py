"""The history of earlier days is what their own markets said, day by day and contract by contract."""

from datetime import date, datetime, timedelta

import pytest

from oi_common.market.buckets import IST
from simulator.core.history import answer_candles, answer_oi, checked, parse_history_request
from simulator.core.model_days import ModelDays
from simulator.core.model_market import ModelMarket
from simulator.core.quotes import Listing
from simulator.core.underlyings import BY_NAME
from simulator.core.wire import Refused

SEED = 7
UNDERLYINGS = (BY_NAME["NIFTY"], BY_NAME["BANKNIFTY"], BY_NAME["CRUDEOILM"])
# The 21st and 22nd are a weekend, the 24th is a holiday; NIFTY's week ended on the 23rd.
DAYS = [date(2026, 11, day) for day in (18, 19, 20, 23, 25)]
TODAY = DAYS[-1]
EVENING = date(2026, 11, 24)  # the holiday's, of commodities only
EXPIRED, NEXT, NEWEST = date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 22)
MINUTE, THREE_MINUTES, DAY = timedelta(minutes=1), timedelta(minutes=3), timedelta(days=1)
SPOT, VIX, SHARE = ("NSE", "99926000"), ("NSE", "99926017"), ("NSE", "2885")


def clock(day, hour=0, minute=0, second=0):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


def key(row):
    return row.exchange, row.token


@pytest.fixture(scope="module")
def market():
    return ModelDays(TODAY, SEED, UNDERLYINGS, strikes_around=20)


@pytest.fixture(scope="module")
def markets():
    """Each day's own market, with everything that trades in it."""
    return {day: ModelMarket(day, SEED, UNDERLYINGS, strikes_around=20) for day in (*DAYS, EVENING)}


def contract(market, name="NIFTY", expiry=NEXT, leg=41):
    rows = [
        row for row in market.instruments() if (row.name, row.expiry) == (name, expiry) and row.option_type
    ]
    return key(rows[leg])


def future(market, name="NIFTY"):
    return next(key(row) for row in market.instruments() if row.name == name and row.symbol.endswith("FUT"))


def crude(market):
    expiry = min(row.expiry for row in market.instruments() if row.name == "CRUDEOILM" and row.option_type)
    return contract(market, "CRUDEOILM", expiry)


@pytest.fixture(params=["option", "monthly option", "commodity option", "future", "index", "vix", "share"])
def traded(request, market):
    return {
        "option": lambda: contract(market),
        "monthly option": lambda: contract(market, "BANKNIFTY", date(2026, 12, 29)),
        "commodity option": lambda: crude(market),
        "future": lambda: future(market),
        "index": lambda: SPOT,
        "vix": lambda: VIX,
        "share": lambda: SHARE,
    }[request.param]()


@pytest.mark.parametrize("width", [MINUTE, THREE_MINUTES, DAY])
def test_five_days_in_one_request_are_what_each_days_own_market_says(market, markets, traded, width):
    start, end = clock(DAYS[0]), clock(TODAY, 23, 59)
    days = sorted({*DAYS, EVENING}) if traded[0] == "MCX" else DAYS

    candles = market.candles(*traded, start, end, width)
    held = market.oi_history(*traded, start, end, width)

    assert candles == [
        each for day in days for each in markets[day].candles(*traded, clock(day), clock(day, 23, 59), width)
    ]
    assert held == [
        each
        for day in days
        for each in markets[day].oi_history(*traded, clock(day), clock(day, 23, 59), width)
    ]
    assert sorted({candle.start.date() for candle in candles}) == days


def test_yesterdays_history_ends_each_bucket_with_what_was_quoted_yesterday(market, markets):
    day, option = DAYS[-2], contract(market)

    history = market.oi_history(*option, clock(day, 9, 15), clock(day, 15, 39), THREE_MINUTES)

    assert len(history) == 129
    for start, oi in history[::8]:
        last = start + THREE_MINUTES - timedelta(seconds=1)
        assert markets[day].quote(*option, last).oi == oi


def test_the_order_of_questions_changes_nothing(market):
    option, start = contract(market, leg=30), clock(DAYS[0])
    other = ModelDays(TODAY, SEED, UNDERLYINGS, strikes_around=20)
    backwards = [
        other.oi_history(*option, clock(day), clock(day, 23, 59), THREE_MINUTES) for day in DAYS[::-1]
    ][::-1]

    history = market.oi_history(*option, start, clock(TODAY, 23, 59), THREE_MINUTES)

    assert history == [each for held in backwards for each in held]


def test_a_part_of_an_earlier_day_is_cut_at_both_ends(market):
    history = market.candles(
        *SPOT, clock(DAYS[1], 15, 36), clock(DAYS[2], 9, 18), THREE_MINUTES, until=clock(TODAY, 10)
    )

    assert [candle.start for candle in history] == [
        clock(DAYS[1], 15, 36),
        clock(DAYS[1], 15, 39),
        clock(DAYS[2], 9, 15),
        clock(DAYS[2], 9, 18),
    ]


def test_today_is_told_up_to_now_and_the_days_before_in_full(market):
    option, now = contract(market), clock(TODAY, 9, 19, 10)

    candles = market.candles(*option, clock(DAYS[-2], 15, 33), now, THREE_MINUTES, until=now)
    held = market.oi_history(*option, clock(DAYS[-2], 15, 33), now, THREE_MINUTES, until=now)

    starts = [clock(DAYS[-2], 15, minute) for minute in (33, 36, 39)]
    starts += [clock(TODAY, 9, 15), clock(TODAY, 9, 18)]
    assert [candle.start for candle in candles] == [start for start, _ in held] == starts
    quote = market.quote(*option, now)
    assert (candles[-1].close, held[-1][1]) == (quote.ltp, quote.oi)


def test_before_the_open_the_days_before_are_already_there(market):
    now = clock(TODAY, 8)

    held = market.oi_history(*contract(market), clock(DAYS[0]), now, DAY, until=now)

    assert [start.date() for start, _ in held] == DAYS[:-1]


def test_over_an_expiry_the_next_chain_goes_on_and_the_expired_one_is_unknown(market, markets):
    gone = contract(markets[DAYS[0]], expiry=EXPIRED)

    assert markets[EXPIRED].oi_history(*gone, clock(EXPIRED), clock(EXPIRED, 16), DAY)
    assert market.oi_history(*gone, clock(EXPIRED), clock(EXPIRED, 16), DAY) is None
    assert market.candles(*gone, clock(EXPIRED), clock(EXPIRED, 16), DAY) is None


def test_an_expiry_has_no_rows_of_days_before_it_was_listed(market):
    newest = contract(market, expiry=NEWEST)

    candles = market.candles(*newest, clock(DAYS[0]), clock(TODAY, 23, 59), DAY)

    assert [candle.start.date() for candle in candles] == [TODAY]


def test_a_strike_has_rows_of_those_days_only_on_which_it_was_listed(market, markets):
    rows = [row for row in market.instruments() if (row.name, row.expiry) == ("NIFTY", NEXT)]
    expected = {
        key(row): [day for day in DAYS if any(key(row) == key(each) for each in markets[day].instruments())]
        for row in rows
    }
    assert any(len(days) < len(DAYS) for days in expected.values())

    for option, days in expected.items():
        held = market.oi_history(*option, clock(DAYS[0]), clock(TODAY, 23, 59), DAY)
        assert [start.date() for start, _ in held] == days


def test_a_year_of_daily_candles_has_every_trading_day_once(market):
    candles = market.candles(*SPOT, clock(date(2025, 11, 25)), clock(TODAY, 23, 59), DAY)

    days = [candle.start.date() for candle in candles]
    assert days == sorted(set(days))
    assert 240 < len(days) < 255
    assert days[-5:] == DAYS


def ask(market, option, first, last, *, interval="THREE_MINUTE"):
    exchange, token = option
    body = {"exchange": exchange, "symboltoken": token, "interval": interval}
    return checked(parse_history_request(body | {"fromdate": first, "todate": last}), Listing(market))


def test_the_broker_answers_over_several_days_as_it_does_over_one(market, markets):
    option, day, now = contract(market), DAYS[2], clock(TODAY, 10)
    yesterday = ask(market, option, f"{day} 09:15", f"{day} 15:39")

    for answer in (answer_candles, answer_oi):
        rows = answer(yesterday, market, Listing(market), now)
        assert rows == answer(yesterday, markets[day], Listing(markets[day]), clock(day, 16))
        assert len(rows) == 129


@pytest.mark.parametrize(("first", "last"), [("00:00", "00:00"), ("09:15", "15:30"), ("11:00", "10:00")])
def test_daily_candles_are_those_of_the_dates_asked_for_whatever_the_time(market, first, last):
    wanted = ask(market, SPOT, f"2026-11-18 {first}", f"2026-11-20 {last}", interval="ONE_DAY")

    rows = answer_candles(wanted, market, Listing(market), clock(TODAY, 10))

    assert [row[0] for row in rows] == [f"2026-11-{day}T00:00:00+05:30" for day in (18, 19, 20)]


def test_the_broker_refuses_the_history_of_an_expired_contract(market, markets):
    gone = contract(markets[DAYS[0]], expiry=EXPIRED)

    with pytest.raises(Refused, match="AB1004"):
        ask(market, gone, "2026-11-20 09:15", "2026-11-20 15:30")
