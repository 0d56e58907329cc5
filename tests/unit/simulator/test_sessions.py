"""Sessions open and close by the rules of their date."""

from datetime import date, datetime, time, timedelta

import pytest

from oi_common.market.buckets import IST
from simulator.core.sessions import is_trading_day, previous_trading_day, session


@pytest.mark.parametrize(
    ("day", "hours", "closes"),
    [
        (date(2026, 7, 31), "equity", time(15, 30)),
        (date(2026, 8, 3), "equity", time(15, 40)),
        (date(2026, 10, 30), "commodity", time(23, 30)),
        (date(2026, 11, 2), "commodity", time(23, 55)),
        (date(2026, 3, 6), "commodity", time(23, 55)),
        (date(2026, 3, 9), "commodity", time(23, 30)),
    ],
)
def test_the_close_follows_the_date(day, hours, closes):
    assert session(day, hours).closes_at == datetime.combine(day, closes, IST)


def test_seconds_run_from_the_open_and_stop_at_both_ends():
    day = session(date(2026, 11, 20))

    assert day.seconds == 385 * 60
    assert day.second(day.opens_at - timedelta(microseconds=1)) == -1
    assert day.second(day.opens_at) == 0
    assert day.second(day.opens_at + timedelta(seconds=59, milliseconds=999)) == 59
    assert day.second(day.closes_at) == day.second(day.closes_at + timedelta(hours=3)) == day.seconds - 1


@pytest.mark.parametrize(
    ("day", "trades"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 24), False),
        (date(2026, 2, 1), True),  # the Budget's Sunday
        (date(2025, 8, 27), False),
        (date(2024, 5, 18), False),  # half sessions on a Saturday
        (date(2027, 1, 26), True),  # past the known years no weekday is guessed to be a holiday
    ],
)
def test_holidays_and_weekends_are_closed(day, trades):
    assert is_trading_day(day) is trades


def test_the_day_before_a_long_weekend_is_found():
    assert previous_trading_day(date(2026, 3, 30)) == date(2026, 3, 27)
    assert session(date(2026, 11, 25)).previous.closes_at == datetime(2026, 11, 23, 15, 40, tzinfo=IST)


def test_commodities_open_in_the_evening_of_an_equity_holiday():
    evening = session(date(2026, 11, 24), "commodity")

    assert (evening.opens_at.time(), evening.closes_at.time()) == (time(17), time(23, 55))
