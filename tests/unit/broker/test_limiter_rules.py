from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oi_common.limiter import _as_datetime
from oi_common.limits import LIMITS, LocalLedger, Window
from oi_common.market.buckets import IST

SECOND = 1_000_000
# Requests a second, a minute and an hour: the broker's RateLimit page (2026).
BROKERS_OWN = {"quote": (10, 500, 5000), "history": (3, 180, 5000)}


def test_moments_are_ist():
    assert _as_datetime(0) == datetime(1970, 1, 1, 5, 30, tzinfo=IST)


def test_every_default_lies_below_the_brokers_limit():
    for category, bounds in BROKERS_OWN.items():
        for window in LIMITS[category]:
            allowed = {1: bounds[0], 60: bounds[1], 3600: bounds[2]}[int(window.width.total_seconds())]
            assert window.limit < allowed
    for category in ("greeks", "login"):
        assert LIMITS[category] == (Window(1, timedelta(seconds=1.1)),)


def test_half_a_rate_is_half_the_requests_or_twice_the_time():
    assert Window(5, timedelta(seconds=1)).halved() == Window(2, timedelta(seconds=1))
    assert Window(1, timedelta(seconds=1.1)).halved() == Window(1, timedelta(seconds=2.2))


@given(st.lists(st.integers(0, 3 * SECOND), max_size=60))
def test_without_redis_no_window_ever_holds_more_than_half(pauses):
    ledger = LocalLedger({"quote": (Window(4, timedelta(seconds=1)), Window(10, timedelta(seconds=60)))})
    at, granted = 1_000 * SECOND, []

    for pause in pauses:
        at += pause
        granted.append(ledger.reserve("quote", at))
        assert granted[-1] >= at
        at = granted[-1]

    for limit, width in ((2, SECOND), (5, 60 * SECOND)):
        assert all(late - early >= width for early, late in zip(granted, granted[limit:], strict=False))
