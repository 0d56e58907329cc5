"""The time in a replay: the entry's own while one is handled, the recording's otherwise."""

from datetime import datetime, timedelta

import pytest

from oi_common.clock import Reading
from oi_common.market.buckets import IST
from oi_common.recorded import RecordedClock, as_recorded

AT = datetime(2026, 11, 18, 10, 0, 20, tzinfo=IST)


@pytest.fixture
def clock():
    standing = RecordedClock(None)
    standing._reading = Reading(AT.timestamp() + 5, 0.0, 1.0, AT.timestamp() + 5)
    return standing


def test_while_an_entry_is_handled_it_is_the_moment_it_was_recorded(clock):
    with as_recorded({"recorded_at": AT.isoformat()}):
        handled = clock.now()

    assert handled == AT
    assert clock.now() == AT + timedelta(seconds=5)


@pytest.mark.parametrize("said", [None, "", "yesterday", "2026-11-18T10:00:20"])
def test_an_entry_that_does_not_say_when_leaves_the_recordings_time(clock, said):
    with as_recorded({"recorded_at": said} if said is not None else {}):
        assert clock.now() == AT + timedelta(seconds=5)
