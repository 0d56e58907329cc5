"""Days unlike others are played as the rulebook has them: how many buckets, and nothing in a pause."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pytest

from oi_common.market.buckets import IST
from oi_common.market.sessions import session_on
from simulator.core.carry import YEAR
from simulator.core.floor import Floor
from simulator.core.history import INTERVALS
from simulator.core.model_days import ModelDays
from simulator.core.model_market import ModelMarket
from simulator.core.sessions import session
from simulator.core.ticking import TickSchedule
from simulator.core.underlyings import BY_NAME

THREE_MINUTES = timedelta(minutes=3)
SPOT = ("NSE", "99926000")
EXPIRY_TUESDAY = date(2026, 11, 17)
BUDGET_SUNDAY = date(2026, 2, 1)
HALVES_OF_MARCH = date(2024, 3, 2)  # 09:15-10:00 and 11:30-12:30
HALVES_OF_MAY = date(2024, 5, 18)  # 09:15-10:00 and 11:45-12:40
DIWALI = date(2025, 10, 21)  # 13:45-14:45
HOLIDAY = date(2026, 11, 24)  # MCX opens at 17:00
DAY = timedelta(days=1)
MADE = {}


def market_of(day):
    if day not in MADE:
        MADE[day] = ModelMarket(day, 7, (BY_NAME["NIFTY"],), strikes_around=3)
    return MADE[day]


def clock(day, hour, minute=0, second=0):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


def contracts(market):
    rows = market.instruments()
    return [(row.exchange, row.token) for row in rows if row.name == "NIFTY" and row.exchange == "NFO"]


def market_second(at):
    return session(HALVES_OF_MARCH).second(clock(HALVES_OF_MARCH, *at))


def nearest_option(market):
    options = [row for row in market.instruments() if row.name == "NIFTY" and row.option_type]
    return min(options, key=lambda row: (row.expiry, row.token))


def whole_day(market, *, width=THREE_MINUTES, key=SPOT):
    return market.candles(*key, clock(market.day, 0), clock(market.day, 23, 59), width)


@pytest.mark.parametrize(
    ("day", "whole", "stubs"),
    [
        (date(2026, 7, 31), 125, 0),  # the last day that closed at 15:30
        (date(2026, 8, 3), 128, 1),  # the first that closed at 15:40
        (EXPIRY_TUESDAY, 128, 1),
        (BUDGET_SUNDAY, 125, 0),
        (HALVES_OF_MARCH, 15 + 20, 0),
        (HALVES_OF_MAY, 15 + 18, 1),
        (DIWALI, 20, 0),
    ],
)
def test_a_day_has_a_candle_and_an_open_interest_for_each_bucket_of_its_session(day, whole, stubs):
    market, trading = market_of(day), session_on("NFO", day)
    option = nearest_option(market)
    key = (option.exchange, option.token)

    candles = [candle.start for candle in whole_day(market)]
    held = market.oi_history(*key, clock(day, 0), clock(day, 23, 59), THREE_MINUTES)

    assert len(candles) == whole + stubs
    assert sum(trading.is_stub(start) for start in candles) == stubs
    assert candles == list(trading.buckets()) == [start for start, _ in held]


@pytest.mark.parametrize(("day", "resumes"), [(HALVES_OF_MARCH, time(11, 30)), (HALVES_OF_MAY, time(11, 45))])
def test_nothing_moves_in_a_pause(day, resumes):
    market = market_of(day)
    every = [SPOT, *contracts(market)]
    paused_at, resumed_at = clock(day, 10), datetime.combine(day, resumes, IST)

    first, *later = (
        market.quotes(every, at)
        for at in (paused_at, paused_at + timedelta(minutes=40), resumed_at - timedelta(seconds=1))
    )

    assert all(quotes == first for quotes in later)
    assert {quote.fed_at for quote in first} == {paused_at}
    assert market.quotes(every, resumed_at + timedelta(seconds=9)) != first


def test_a_pause_ends_with_the_prices_it_began_with_or_close_to_them():
    market = market_of(HALVES_OF_MARCH)
    before, after = (market.quote(*SPOT, clock(HALVES_OF_MARCH, *at)).ltp for at in ((10, 45), (11, 30)))

    assert after == pytest.approx(before, rel=0.002)


def test_nobody_ticks_in_a_pause():
    schedule = TickSchedule(100.0)

    def ticks(hour, minute):
        return schedule.due([SPOT], frozenset([SPOT]), clock(HALVES_OF_MARCH, hour, minute), 1.0)

    assert (ticks(9, 59), ticks(10, 0), ticks(11, 29), ticks(11, 30)) == ([SPOT], [], [], [SPOT])


@pytest.mark.parametrize("width", [width for width, _ in INTERVALS.values()])
@pytest.mark.parametrize("day", [HALVES_OF_MARCH, HALVES_OF_MAY, EXPIRY_TUESDAY])
def test_candles_of_every_width_stand_on_the_clocks_grid_and_hold_the_whole_day(day, width):
    market = market_of(day)
    opens = session_on("NFO", day).opens
    option = nearest_option(market)
    key = (option.exchange, option.token)

    candles = whole_day(market, width=width, key=key)

    assert all((candle.start - opens) % width == timedelta() for candle in candles)
    assert all(before.start < after.start for before, after in pairwise(candles))
    assert sum(candle.volume for candle in candles) == market.quote(*key, clock(day, 20)).volume
    assert candles[-1].close == market.quote(*key, clock(day, 20)).ltp


def test_a_candle_asked_for_in_a_pause_is_the_last_before_it():
    market = market_of(HALVES_OF_MAY)
    begun, asked = clock(HALVES_OF_MAY, 9, 50), clock(HALVES_OF_MAY, 11)

    candles = market.candles(*SPOT, begun, asked, THREE_MINUTES, until=asked)

    assert [f"{candle.start:%H:%M}" for candle in candles] == ["09:51", "09:54", "09:57"]


def test_an_option_loses_the_time_of_the_pause():
    floor = Floor(HALVES_OF_MARCH, 7, (BY_NAME["NIFTY"],), expiries=1, strikes_around=3)
    chain = floor.chain("NIFTY", floor.expiries["NIFTY"][0].day).chain
    last, first = (market_second(at) for at in ((9, 59, 59), (11, 30)))

    left = chain.years(np.array([last, first])) * YEAR

    assert left[0] - left[1] == timedelta(minutes=90, seconds=1)


def test_the_day_after_goes_on_from_a_half_session():
    monday = market_of(date(2024, 3, 4))
    saturday = market_of(HALVES_OF_MARCH)

    close = monday.quote(*SPOT, clock(monday.day, 9)).close

    assert close == pytest.approx(saturday.quote(*SPOT, clock(HALVES_OF_MARCH, 13)).ltp, abs=0.06)


def test_the_history_of_later_days_has_a_half_session_too():
    market = ModelDays(date(2024, 3, 4), 7, (BY_NAME["NIFTY"],), strikes_around=3)

    candles = market.candles(*SPOT, clock(HALVES_OF_MARCH, 9), clock(HALVES_OF_MARCH, 20), THREE_MINUTES)

    assert candles == whole_day(market_of(HALVES_OF_MARCH))


def test_commodities_are_played_on_the_evening_of_an_equity_holiday_and_go_on_the_day_after():
    crude = (BY_NAME["CRUDEOILM"],)
    evening, morning = (ModelMarket(day, 7, crude, strikes_around=3) for day in (HOLIDAY, HOLIDAY + DAY))
    key = (crude[0].exchange, crude[0].token)

    candles = whole_day(evening, key=key)

    assert [candle.start for candle in candles] == list(session_on("MCX", HOLIDAY).buckets())
    assert candles[0].start == clock(HOLIDAY, 17)
    assert morning.quote(*key, clock(HOLIDAY + DAY, 8)).close == pytest.approx(candles[-1].close, abs=1)


def test_there_is_no_market_on_a_day_on_which_nothing_asked_for_trades():
    with pytest.raises(ValueError, match="must be a trading day, was Tue 24 Nov 2026"):
        ModelMarket(HOLIDAY, 7, (BY_NAME["NIFTY"],))
