from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.buckets import BUCKET_WIDTH, IST, floor_to_3min, from_utc_naive, utc_naive, wall_time

moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.sampled_from([UTC, IST]))  # noqa: DTZ001


@given(moments)
def test_every_moment_lies_inside_its_bucket_on_the_grid_of_local_midnight(at):
    start = floor_to_3min(at)

    assert start <= at < start + BUCKET_WIDTH
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (start - midnight) % BUCKET_WIDTH == timedelta(0)
    assert start.utcoffset() == timedelta(hours=5, minutes=30)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_starts_never_go_back(at, later):
    assert floor_to_3min(at) <= floor_to_3min(at + later)


@pytest.mark.parametrize("minute", range(1440))
def test_a_bucket_holds_every_minute_of_the_day(minute):
    at = datetime(2026, 11, 20, minute // 60, minute % 60, 59, 999_999, tzinfo=IST)

    start = floor_to_3min(at)

    assert (start.hour * 60 + start.minute, start.second, start.microsecond) == (minute - minute % 3, 0, 0)


@pytest.mark.parametrize(
    ("at", "start"),
    [
        ("09:15:00", "09:15"),
        ("09:17:59", "09:15"),
        ("09:18:00", "09:18"),
        ("10:58:30", "10:57"),
        ("15:39:59", "15:39"),
    ],
)
def test_known_moments_of_a_session(at, start):
    assert floor_to_3min(datetime.fromisoformat(f"2026-11-20T{at}+05:30")).strftime("%H:%M") == start


def test_a_naive_moment_is_wall_time_and_stays_naive():
    assert floor_to_3min(datetime(2026, 11, 20, 9, 17)) == datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001


@given(moments)
def test_columns_give_back_the_moment_they_were_made_from(at):
    assert from_utc_naive(utc_naive(at)) == at
    assert wall_time(at).tzinfo is None
