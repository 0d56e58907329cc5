"""Sessions open and close by the rules of their date."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from oi_common.market.buckets import IST
from simulator.core.sessions import is_trading_day, on_or_before, previous_trading_day, session

HALVES = date(2024, 3, 2)  # 09:15-10:00 and 11:30-12:30


def halves(hour, minute=0, second=0):
    return datetime(HALVES.year, HALVES.month, HALVES.day, hour, minute, second, tzinfo=IST)


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
        (date(2024, 5, 18), True),  # half sessions on a Saturday
        (date(2025, 10, 21), True),  # an hour at Diwali
        (date(2026, 11, 8), False),  # another, whose hours are not known
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


def test_the_seconds_of_a_pause_are_not_counted():
    day = session(HALVES)

    assert day.seconds == (45 + 60) * 60
    assert day.second(halves(9, 59, 59)) == 45 * 60 - 1
    assert {day.second(at) for at in (halves(10), halves(10, 30), halves(11, 29, 59))} == {45 * 60 - 1}
    assert day.second(halves(11, 30)) == 45 * 60
    assert day.second(halves(14)) == day.seconds - 1


def test_every_second_of_a_day_with_a_pause_has_its_moment():
    day = session(HALVES)

    moments = [day.moment(second) for second in range(day.seconds)]

    assert [day.second(at) for at in moments] == list(range(day.seconds))
    assert not any(halves(10) <= at < halves(11, 30) for at in moments)
    assert [day.moment(second) for second in (-1, 0, day.seconds)] == [
        halves(9, 14, 59),
        halves(9, 15),
        halves(12, 30),
    ]


def test_the_clock_goes_on_in_a_pause():
    day = session(HALVES)

    passed = day.elapsed(np.arange(day.seconds))

    assert [day.opens_at + timedelta(seconds=second) for second in passed.tolist()] == [
        day.moment(second) for second in range(day.seconds)
    ]


def test_contracts_end_on_days_with_their_usual_hours_only():
    assert on_or_before(date(2024, 5, 18)) == date(2024, 5, 17)
    assert previous_trading_day(date(2024, 5, 21)) == date(2024, 5, 18)
