"""A real process, killed again and again: no second is decided twice, and nothing that was told is not kept."""

import os
import time
from datetime import timedelta
from itertools import pairwise

import pytest

from oi_common.connections import connect_redis
from support.ai_minimal import AT
from support.ai_minimal_running import RunningClock, kept, rising_market, soon, told

_LONG = 86_400


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


async def test_after_kills_no_second_is_told_twice_and_all_that_was_told_is_kept(
    redis, redis_url, sqlite_url, tmp_path, running_process
):
    # given: simulated time as the simulator publishes it, at four times the real speed
    speed, began = 4, AT.timestamp()
    clock = RunningClock(speed=speed)
    said = {"sim": began, "real": time.time(), "speed": speed, "limit": began + _LONG}
    await redis.hset("oi:clock", mapping=said)
    environment = {
        **os.environ, "REDIS_URL": redis_url, "DATABASE_URL": sqlite_url, "CLOCK": "simulated", "INSTANCE": "one",
        "INDICES": "NIFTY", "DATA_DIR": str(tmp_path / "data"), "LOG_FORMAT": "json",
    }  # fmt: skip

    # when: it is killed three times, each time soon after it told something new
    async with rising_market(redis, clock):
        process = running_process("ai-minimal", environment=environment)
        for _ in range(3):
            before = len(await told(redis))

            async def tells_on(before=before):
                return len(await told(redis)) > before

            await soon(tells_on, within=60, what="a decision")
            process.kill()
            process.start()
        before = len(await told(redis))
        await soon(tells_on, within=60, what="a decision after the last kill")
    process.stop()

    events, rows = await told(redis), kept(sqlite_url)
    seconds = [event.event_time for event in events]
    assert len({event.event_id for event in events}) == len(events)
    assert seconds == sorted(seconds)
    assert {event.event_id for event in events} <= {row["event_id"] for row in rows}
    # Without a model at most one more is in the table for each kill: kept, but not yet told.
    assert len(rows) <= len(events) + 3
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(seconds))
