from datetime import datetime, timedelta

import pytest

from dashboard.core.freshness import Sight, freshness
from oi_common.market.buckets import IST

NOW = datetime(2026, 11, 20, 10, 3, 30, tzinfo=IST)


def sight(old=5, **known):
    polled_at = None if old is None else NOW - timedelta(seconds=old)
    return Sight(**{"now": NOW, "polled_at": polled_at, "is_open": True, "is_live": True, **known})


@pytest.mark.parametrize(
    ("old", "level", "said"),
    [
        (5, "live", "live, 5 s old"),
        (63, "live", "live, 63 s old"),
        (64, "late", "late: 64 s old"),
        (184, "stale", "STALE: 3 min old"),
    ],
)
def test_while_the_market_is_open_old_data_say_so(old, level, said):
    found = freshness(sight(old))

    assert (found.level, found.said) == (level, said)


def test_simulated_time_runs_while_we_read_and_is_not_held_against_the_data():
    assert freshness(sight(200, speed=60)).level == "live"
    assert freshness(sight(400, speed=60)).level == "stale"


def test_a_closed_market_says_when_the_last_data_came():
    assert freshness(sight(3600, is_open=False)).said == "market closed, last data 09:03"
    assert freshness(sight(2 * 86400, is_open=False)).said == "market closed, last data Wed 18 Nov 10:03"


def test_a_chosen_past_is_not_called_live():
    found = freshness(sight(is_live=False, bucket_at=datetime(2026, 11, 19, 9, 15)))  # noqa: DTZ001

    assert (found.level, found.said) == ("past", "as of 19 Nov 2026 09:15, not live")


def test_an_outage_comes_before_everything_else():
    assert freshness(sight(is_live=False, database="gone")).level == "down"
    assert "gone" in freshness(sight(database="gone")).said
    assert freshness(sight(redis="refused")).level == "late"


def test_without_any_data_nothing_is_claimed():
    assert freshness(sight(None)).said == "no data yet"


def test_a_poll_ahead_of_the_clock_is_not_of_a_negative_age():
    assert sight(-10).age == timedelta(0)
