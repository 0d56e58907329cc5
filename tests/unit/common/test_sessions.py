from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.buckets import IST
from oi_common.market.sessions import (
    last_known_day,
    next_session,
    previous_trading_day,
    session_at,
    session_on,
    slot_of,
)

days = st.dates(date(2024, 1, 1), date(2026, 12, 31))


def hours(segment, day):
    session = session_on(segment, date.fromisoformat(day))
    return session and (session.opens.strftime("%H:%M"), session.closes.strftime("%H:%M"))


@pytest.mark.parametrize(
    ("segment", "day", "expected"),
    [
        ("NFO", "2026-07-31", ("09:15", "15:30")),
        ("NFO", "2026-08-03", ("09:15", "15:40")),
        ("BFO", "2026-11-20", ("09:15", "15:40")),
        ("NFO", "2026-11-24", None),  # Guru Nanak Jayanti
        ("NFO", "2025-08-27", None),  # Ganesh Chaturthi
        ("NFO", "2026-11-21", None),  # a Saturday
        ("NFO", "2026-02-01", ("09:15", "15:30")),  # Budget on a Sunday
        ("NFO", "2025-10-21", ("13:45", "14:45")),  # Muhurat instead of the day's session
        ("MCX", "2026-10-30", ("09:00", "23:30")),  # US daylight time ends on 1 Nov 2026
        ("MCX", "2026-11-02", ("09:00", "23:55")),
        ("MCX", "2026-03-06", ("09:00", "23:55")),  # and begins on 8 Mar 2026
        ("MCX", "2026-03-09", ("09:00", "23:30")),
        ("MCX", "2026-10-02", None),
    ],
)
def test_sessions_by_segment_and_date(segment, day, expected):
    assert hours(segment, day) == expected


@pytest.mark.parametrize(("day", "buckets"), [("2026-07-31", 125), ("2026-08-03", 129), ("2025-10-21", 20)])
def test_a_session_has_as_many_buckets_as_the_exchange_counts(day, buckets):
    session = session_on("NFO", date.fromisoformat(day))

    starts = list(session.buckets())

    assert len(starts) == buckets
    assert session.is_stub(starts[-1]) is (buckets == 129)


@given(days)
def test_buckets_and_slots_cover_a_session_without_overlap(day):
    session = session_on("NFO", day)
    if session is None:
        return

    every = timedelta(seconds=20)
    slots = [s for b in session.buckets() for s in session.slots(every, b, b + timedelta(minutes=3))]

    assert slots == list(session.slots(every, session.opens, session.closes))
    assert all(session.holds(slot) and slot_of(slot, every) == slot for slot in slots)


def test_the_close_is_outside_and_the_open_inside():
    at = datetime(2026, 11, 20, 15, 40, tzinfo=IST)

    assert session_at("NFO", at) is None
    assert session_at("NFO", at - timedelta(microseconds=1)) is not None
    assert session_at("NFO", datetime(2026, 11, 20, 9, 15, tzinfo=IST)) is not None


def test_between_two_parts_of_a_day_nothing_trades_and_nothing_is_due():
    session = session_on("NFO", date(2024, 3, 2))  # 09:15-10:00 and 11:30-12:30
    first, second = datetime(2024, 3, 2, 10, 0, tzinfo=IST), datetime(2024, 3, 2, 11, 30, tzinfo=IST)

    due = list(session.slots(timedelta(seconds=20), session.opens, session.closes))

    assert not session.holds(first)
    assert session_at("NFO", second - timedelta(seconds=1)) is None
    assert session_at("NFO", second) == session
    assert len(due) == 3 * (45 + 60)
    assert not any(first <= slot < second for slot in due)


def test_the_next_session_skips_weekends_and_holidays():
    friday_evening = datetime(2026, 11, 20, 16, 0, tzinfo=IST)
    monday_evening = datetime(2026, 11, 23, 16, 0, tzinfo=IST)

    assert next_session("NFO", friday_evening).opens.date() == date(2026, 11, 23)
    assert next_session("NFO", monday_evening).opens.date() == date(2026, 11, 25)
    assert previous_trading_day("NFO", date(2026, 11, 25)) == date(2026, 11, 23)


def test_an_unknown_segment_is_an_error():
    with pytest.raises(KeyError):
        session_on("XYZ", date(2026, 11, 20))


def test_the_rulebook_says_how_far_it_knows_the_holidays():
    assert last_known_day() == date(2026, 12, 31)
