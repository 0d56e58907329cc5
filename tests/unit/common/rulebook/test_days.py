"""The calendar, held to an independent one, and its special days."""

import warnings
from datetime import date, timedelta

import exchange_calendars
import pytest

from oi_common.market.rulebook.days import horizon_warning, last_known_day, unusual_day
from oi_common.market.sessions import is_regular_day, previous_trading_day, session_on

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
EQUITY = ("NSE", "BSE", "NFO", "BFO")

# exchange_calendars has closed on these days, because it leaves out special sessions. We have them open:
OPEN_AFTER_ALL = {
    date(2024, 1, 20): "full session on a Saturday (fyers.in notice of 19 Jan 2024)",
    date(2024, 3, 2): "two short sessions on a Saturday (zeenews.india.com of 15 Feb 2024)",
    date(2024, 5, 18): "two short sessions on a Saturday (lokmattimes.com of 7 May 2024)",
    date(2024, 11, 1): "Muhurat 18:00-19:00 (business-standard.com of 20 Oct 2024)",
    date(2025, 2, 1): "Budget on a Saturday (sakshipost.com of 29 Jan 2025)",
    date(2025, 10, 21): "Muhurat 13:45-14:45 (ndtvprofit.com of 22 Sep 2025)",
    date(2026, 2, 1): "Budget on a Sunday (tradebetter.5paisa.com/t/845)",
}


@pytest.fixture(scope="module")
def bombay():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dealings with pandas
        calendar = exchange_calendars.get_calendar("XBOM", start=FIRST.isoformat(), end=LAST.isoformat())
    return {session.date() for session in calendar.sessions}


@pytest.mark.parametrize("segment", EQUITY)
def test_trading_days_are_those_of_an_independent_calendar_but_for_special_sessions(bombay, segment):
    ours = {day for day in EVERY_DAY if session_on(segment, day) is not None}

    assert ours - bombay == set(OPEN_AFTER_ALL)
    assert bombay - ours == set()


def test_there_are_sixteen_holidays_in_2026():  # stocktrack.co.in NSE trading holidays 2026
    found = [
        day.strftime("%d %b")
        for day in EVERY_DAY
        if day.year == 2026 and day.weekday() < 5 and session_on("NSE", day) is None
    ]

    assert found == [
        "15 Jan", "26 Jan", "03 Mar", "26 Mar", "31 Mar", "03 Apr", "14 Apr", "01 May",
        "28 May", "26 Jun", "14 Sep", "02 Oct", "20 Oct", "10 Nov", "24 Nov", "25 Dec",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("segment", "day", "hours", "is_regular"),
    [
        # the Budget's days: a session like any other, for commodities until 17:00
        ("NFO", "2025-01-31", "09:15-15:30", True),
        ("NFO", "2025-02-01", "09:15-15:30", True),
        ("NFO", "2025-02-02", None, False),
        ("NFO", "2026-01-31", None, False),
        ("NFO", "2026-02-01", "09:15-15:30", True),  # 5paisa: Sunday 1 Feb 2026 is a special live trading day
        ("MCX", "2025-02-01", "09:00-17:00", False),  # sakshipost.com of 29 Jan 2025
        ("MCX", "2026-02-01", "09:00-17:00", False),
        ("MCX", "2026-01-31", None, False),
        # Muhurat instead of the day's session; without known hours the day stays closed
        ("NFO", "2024-10-31", "09:15-15:30", True),
        ("NFO", "2024-11-01", "18:00-19:00", False),
        ("BFO", "2025-10-21", "13:45-14:45", False),
        ("MCX", "2025-10-21", "13:45-14:45", False),
        ("NFO", "2025-10-22", None, False),
        ("NFO", "2026-11-08", None, False),
        # the Ram temple: Saturday for Monday (fyers.in notice of 19 Jan 2024)
        ("NFO", "2024-01-20", "09:15-15:30", True),
        ("MCX", "2024-01-20", None, False),
        ("NFO", "2024-01-22", None, False),
        ("MCX", "2024-01-22", "17:00-23:55", False),
        # disaster recovery: two parts
        ("NFO", "2024-03-02", "09:15-12:30", False),
        ("BFO", "2024-05-18", "09:15-12:40", False),
        ("NFO", "2024-05-25", None, False),
        # commodities on holidays of the others: evenings, mornings, and shut (MCX lists)
        ("MCX", "2026-01-01", "09:00-17:00", False),
        ("NFO", "2026-01-01", "09:15-15:30", True),
        ("MCX", "2026-01-15", "17:00-23:55", False),  # infouncle.com of 14 Jan 2026
        ("MCX", "2026-03-03", "17:00-23:55", False),
        ("MCX", "2026-03-31", "17:00-23:30", False),
        ("MCX", "2026-01-26", None, False),
        ("MCX", "2026-04-03", None, False),
        ("MCX", "2026-10-02", None, False),
        ("MCX", "2026-12-25", None, False),
        ("MCX", "2026-12-24", "09:00-23:55", True),
        ("MCX", "2024-11-20", "17:00-23:55", False),  # sakshipost.com of 19 Nov 2024
        ("MCX_AGRI", "2026-03-03", None, False),
        ("MCX_AGRI_GLOBAL", "2026-03-03", "17:00-21:00", False),  # zerodha.com bulletin 204363
    ],
)
def test_special_days_have_hours_of_their_own(segment, day, hours, is_regular):
    day = date.fromisoformat(day)

    session = session_on(segment, day)

    assert (session and f"{session.opens:%H:%M}-{session.closes:%H:%M}") == hours
    assert is_regular_day(segment, day) is is_regular


def test_commodities_have_a_rule_for_each_holiday_of_the_equity_markets():
    holidays = {day for day in EVERY_DAY if unusual_day("equity", day) and not is_regular_day("NSE", day)}
    weekdays = {day for day in holidays if day.weekday() < 5}

    assert all(unusual_day("commodity", day) is not None for day in weekdays)


def test_commodities_are_shut_on_a_few_holidays_and_open_at_five_on_the_others():
    """MCX lists: 2024 smctradeonline.com, 2025 rupeezy.in/mcx-holiday, 2026 CNBC Awaaz of 30 Dec 2025."""
    holidays = [day for day in EVERY_DAY if day.weekday() < 5 and session_on("NSE", day) is None]

    opens = {day: session_on("MCX", day) and f"{session_on('MCX', day).opens:%H:%M}" for day in holidays}

    assert [f"{day:%d %b %y}" for day, open_at in opens.items() if open_at is None] == [
        "26 Jan 24", "29 Mar 24", "15 Aug 24", "02 Oct 24", "25 Dec 24",
        "18 Apr 25", "15 Aug 25", "02 Oct 25", "25 Dec 25",
        "26 Jan 26", "03 Apr 26", "02 Oct 26", "25 Dec 26",
    ]  # fmt: skip
    assert set(opens.values()) == {None, "17:00"}


def test_a_day_past_the_known_years_is_warned_of():
    assert last_known_day() == LAST
    assert horizon_warning(LAST) is None

    said = horizon_warning(date(2027, 1, 26))

    assert "until 2026-12-31" in said
    assert "on 2027-01-26 every weekday counts as a trading day" in said
    assert "lists of 2027 to days.csv" in said


def test_past_the_known_years_nothing_is_guessed():
    beyond = [date(2027, 1, 1) + timedelta(days=number) for number in range(365)]

    open_days = {day for day in beyond if session_on("NFO", day) is not None}

    assert open_days == {day for day in beyond if day.weekday() < 5}
    assert previous_trading_day("NFO", date(2027, 1, 27)) == date(2027, 1, 26)
