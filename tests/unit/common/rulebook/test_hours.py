"""Usual hours by segment and date, and what happens around them."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.buckets import BUCKET_WIDTH, IST, wall_time
from oi_common.market.rulebook.hours import is_us_daylight, table
from oi_common.market.rulebook.phases import auction_window, is_in_auction, phase
from oi_common.market.sessions import session_on

SEGMENTS = ["NSE", "BSE", "NFO", "BFO", "MCX", "MCX_AGRI", "MCX_AGRI_GLOBAL"]
days = st.dates(date(2024, 1, 1), date(2026, 12, 31))


def span(window):
    return window and f"{window.begins:%H:%M}-{window.ends:%H:%M}"


@pytest.mark.parametrize(
    ("segment", "day", "hours"),
    [
        # exchange timings; from 3 Aug 2026 NSE circular 74/2026 (webindia123.com of 30 May 2026)
        ("NSE", "2026-07-31", "09:15-15:30"),
        ("NSE", "2026-08-03", "09:15-15:30"),
        ("BSE", "2026-08-03", "09:15-15:30"),
        ("NFO", "2026-07-31", "09:15-15:30"),
        ("NFO", "2026-08-03", "09:15-15:40"),
        ("BFO", "2026-07-31", "09:15-15:30"),
        ("BFO", "2026-08-03", "09:15-15:40"),
        # angelone.in: 23:30 from 11 Mar 2024 to 1 Nov 2024, both included
        ("MCX", "2024-03-07", "09:00-23:55"),
        ("MCX", "2024-03-11", "09:00-23:30"),
        ("MCX", "2024-10-31", "09:00-23:30"),
        ("MCX", "2024-11-04", "09:00-23:55"),
        ("MCX", "2026-03-06", "09:00-23:55"),
        ("MCX", "2026-03-09", "09:00-23:30"),
        ("MCX", "2026-10-30", "09:00-23:30"),
        ("MCX", "2026-11-02", "09:00-23:55"),
        # the same notice
        ("MCX_AGRI", "2026-11-02", "09:00-17:00"),
        ("MCX_AGRI_GLOBAL", "2026-11-02", "09:00-21:00"),
    ],
)
def test_hours_by_segment_and_date(segment, day, hours):
    session = session_on(segment, date.fromisoformat(day))

    assert f"{session.opens:%H:%M}-{session.closes:%H:%M}" == hours


@pytest.mark.parametrize(
    ("day", "is_summer"),
    [
        ("2024-03-09", False), ("2024-03-10", True), ("2024-11-02", True), ("2024-11-03", False),
        ("2025-03-08", False), ("2025-03-09", True), ("2025-11-01", True), ("2025-11-02", False),
        ("2026-03-07", False), ("2026-03-08", True), ("2026-10-31", True), ("2026-11-01", False),
    ],
)  # fmt: skip
def test_us_daylight_time_runs_from_march_to_november(day, is_summer):
    assert is_us_daylight(date.fromisoformat(day)) is is_summer


@pytest.mark.parametrize(
    ("segment", "day", "full", "stubs"),
    [
        ("NFO", "2026-07-31", 125, 0),
        ("NFO", "2026-08-03", 128, 1),
        ("NFO", "2026-11-17", 128, 1),  # an expiry Tuesday
        ("NFO", "2026-02-01", 125, 0),  # the Budget's Sunday
        ("NFO", "2025-10-21", 20, 0),  # Diwali's hour
        ("BFO", "2026-11-20", 128, 1),
        ("MCX", "2026-10-30", 290, 0),
        ("MCX", "2026-11-02", 298, 1),
        ("MCX", "2026-12-10", 298, 1),  # winter
        ("MCX", "2026-07-15", 290, 0),  # summer
        ("MCX", "2026-11-24", 138, 1),  # the evening of a holiday
        ("NFO", "2024-03-02", 15 + 20, 0),
        ("NFO", "2024-05-18", 15 + 18, 1),
    ],
)
def test_a_day_has_so_many_full_buckets_and_a_flagged_stub(segment, day, full, stubs):
    session = session_on(segment, date.fromisoformat(day))

    flags = [session.is_stub(bucket) for bucket in session.buckets()]

    assert flags == [False] * full + [True] * stubs


@given(days, st.sampled_from(SEGMENTS))
def test_buckets_tile_the_session(day, segment):
    session = session_on(segment, day)
    if session is None:
        return

    covered = [
        (max(bucket, session.opens), min(bucket + BUCKET_WIDTH, session.closes))
        for bucket in session.buckets()
    ]

    edges = [session.opens, *(edge for pause in session.pauses for edge in pause), session.closes]
    parts = list(zip(edges[::2], edges[1::2], strict=True))
    assert joined(covered) == parts
    assert all(session.holds(begins) and not session.holds(ends) for begins, ends in parts)


def joined(stretches):
    found = []
    for begins, ends in stretches:
        if found and found[-1][1] == begins:
            found[-1] = (found[-1][0], ends)
        else:
            found.append((begins, ends))
    return found


def test_every_segment_is_among_those_tested():
    assert sorted(table().keys()) == sorted(SEGMENTS)


@pytest.mark.parametrize(
    ("market", "name", "day", "times"),
    [
        ("cash", "pre_open_orders", "2024-01-02", "09:00-09:08"),  # exchange timings
        ("cash", "pre_open_matching", "2026-11-20", "09:08-09:12"),
        ("cash", "pre_open_buffer", "2026-11-20", "09:12-09:15"),
        ("derivatives", "pre_open_orders", "2025-12-05", None),  # NSE/FAOP/71092: futures only
        ("derivatives", "pre_open_orders", "2025-12-08", "09:00-09:08"),
        ("derivatives", "pre_open_matching", "2025-12-05", None),
        ("derivatives", "pre_open_matching", "2025-12-08", "09:08-09:12"),
        ("derivatives", "pre_open_buffer", "2025-12-08", "09:12-09:15"),
        ("cash", "closing_auction", "2026-07-31", None),  # NSE circular 74/2026
        ("cash", "closing_auction", "2026-08-03", "15:15-15:35"),
        ("cash", "auction_reference", "2026-07-31", None),
        ("cash", "auction_reference", "2026-08-03", "15:15-15:20"),
        ("cash", "auction_orders", "2026-07-31", None),
        ("cash", "auction_orders", "2026-08-03", "15:20-15:30"),
        ("cash", "auction_matching", "2026-07-31", None),
        ("cash", "auction_matching", "2026-08-03", "15:30-15:35"),
        ("cash", "closing_average", "2026-07-31", "15:00-15:30"),
        ("cash", "closing_average", "2026-08-03", "15:00-15:15"),
        ("cash", "post_close", "2026-07-31", "15:40-16:00"),
        ("cash", "post_close", "2026-08-03", "15:50-16:00"),
        ("derivatives", "closing_average", "2026-07-31", "15:00-15:30"),
        ("derivatives", "closing_average", "2026-08-03", "15:10-15:40"),
        ("derivatives", "trade_modification", "2026-07-31", "15:30-16:15"),
        ("derivatives", "trade_modification", "2026-08-03", "15:40-16:15"),
    ],
)
def test_phases_by_date(market, name, day, times):
    assert span(phase(market, name, date.fromisoformat(day))) == times


@pytest.mark.parametrize(
    "day", ["2026-11-21", "2026-11-24", "2026-11-08", "2026-07-31", "2025-10-21", "2024-05-18"]
)
def test_there_is_no_auction_before_august_2026_nor_on_days_without_a_regular_session(day):
    assert auction_window(date.fromisoformat(day)) is None


@pytest.mark.parametrize("segment", ["NSE", "BSE", "NFO", "BFO"])
def test_buckets_that_touch_the_auction_are_told_apart(segment):
    session = session_on("NFO", date(2026, 11, 20))

    touched = [bucket for bucket in session.buckets() if is_in_auction(segment, bucket)]

    assert [f"{bucket:%H:%M}" for bucket in touched] == [
        "15:15", "15:18", "15:21", "15:24", "15:27", "15:30", "15:33",
    ]  # fmt: skip
    assert touched == [bucket for bucket in session.buckets() if is_in_auction(segment, wall_time(bucket))]


def test_commodities_and_days_before_have_no_buckets_in_the_auction():
    assert not is_in_auction("MCX", datetime(2026, 11, 20, 15, 21, tzinfo=IST))
    assert not is_in_auction("NFO", datetime(2026, 7, 31, 15, 21, tzinfo=IST))


@given(days)
def test_the_auction_lies_within_the_derivatives_session(day):
    window, session = auction_window(day), session_on("NFO", day)

    assert window is None or (session.opens < window.begins < window.ends < session.closes)
    assert (window is None) or day >= date(2026, 8, 3)
