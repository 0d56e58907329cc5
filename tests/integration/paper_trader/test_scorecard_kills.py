"""Killed at any writing, before it or after, the scorecard ends with the outcomes of one who was never killed."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import delete, select

from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import TickReceived, stream_of
from oi_common.fences import Fence, claim_partition
from oi_common.leases import Leases
from oi_common.tables import ai_decisions, decision_outcomes, partition_fences
from oi_common.upserts import upsert
from paper_trader.adapters.outcomes import OutcomeStore
from paper_trader.adapters.scoring_cursor import ScoringCursor, cursor_key
from paper_trader.adapters.scoring_loop import ScoringLoop
from paper_trader.adapters.ticks import TickReader
from paper_trader.core.scoring import ScoringRules
from paper_trader.scoring import Scorer
from support.paper import after, tick
from support.paper_running import StillClock, publish, stored
from support.scoring import decision_row, said

TWICE = decision_row("ENTER", baselines={"coin_flip": said(stop_loss=95.0, target=110.0)})


class Killed(BaseException):
    """What no handler and no loop catches, as nothing catches SIGKILL."""


def pages():
    """Return the ticks of 35 minutes, in the parts in which they come: target, stop and horizons in different ones."""
    bids = [(at, 111.0 if 200 <= at < 400 else 100.0 if at < 900 else 60.0) for at in range(-10, 2000, 10)]
    ticks = [tick(after(at), ltp=bid, bid=bid, ask=bid + 0.1) for at, bid in bids]
    return [ticks[:4], ticks[4:30], ticks[30:80], ticks[80:]]


def struck(method, calls, at, when):
    """Return a method that kills before or after the call that has this number."""

    async def strikes(*arguments):
        is_it = next(calls) == at
        if is_it and when == "before":
            raise Killed
        await method(*arguments)
        if is_it:
            raise Killed

    return strikes


async def scored(redis_url, database, *, kill_at=None, when="before"):
    """Publish page by page and score; killed or not. Says whether it was."""
    redis = connect_redis(redis_url)
    lease = await Leases(redis, "paper-trader", "tester").acquire("NIFTY")
    await claim_partition(database, Leases(redis, "paper-trader", "tester"), Fence(lease), asyncio.Event())
    store, cursor, calls = OutcomeStore(database, Fence(lease)), ScoringCursor(redis, lease), count(1)
    store.write = struck(store.write, calls, kill_at, when)
    cursor.write = struck(cursor.write, calls, kill_at, when)
    scorer = Scorer("NIFTY", store, ScoringRules(timedelta(seconds=15), timedelta(minutes=10)))
    stream = stream_of(TickReceived, "NIFTY")
    loop = ScoringLoop(scorer, store, TickReader(redis, stream, "paper-trader"), cursor, StillClock())
    stop = asyncio.Event()
    work = asyncio.create_task(loop.run(stop))
    try:
        await _publish_and_wait(redis, stream, database, work)
    finally:
        stop.set()
        [ended] = await asyncio.gather(work, return_exceptions=True)
        await redis.aclose()
    return isinstance(ended, Killed)


async def _publish_and_wait(redis, stream, database, work):
    """Publish what is not there yet; wait after each page until it is read, and the entries stand in the table."""
    there = await redis.xlen(stream)
    async with asyncio.timeout(30):
        for number, page in enumerate(pages()):
            await publish(redis, *page[there:])
            there = max(0, there - len(page))
            newest = (await redis.xrevrange(stream, count=1))[0][0]
            while not work.done() and await redis.get(cursor_key("NIFTY")) != newest:
                await asyncio.sleep(0.01)
            while number == 1 and not work.done() and not await database.read(_is_followed):
                await asyncio.sleep(0.01)
        await asyncio.wait([work], timeout=0.8)  # two looks for decisions more


def _is_followed(connection):
    return connection.execute(select(decision_outcomes.c.event_id)).first() is not None


def outcomes(database_url):
    rows = stored(database_url, decision_outcomes)
    return [{name: value for name, value in row.items() if name != "scored_at"} for row in rows]


async def fresh(redis_url, database):
    redis = connect_redis(redis_url)
    await redis.flushall()
    await redis.aclose()
    for table in (decision_outcomes, ai_decisions, partition_fences):
        await database.run(lambda connection, table=table: connection.execute(delete(table)))
    await database.run(lambda connection: upsert(connection, ai_decisions, [TWICE]))


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_kill_at_any_writing_changes_no_outcome(redis_url, sqlite_url, when):
    # given
    database = Database(sqlite_url)
    await fresh(redis_url, database)
    assert not await scored(redis_url, database)
    undisturbed = outcomes(sqlite_url)
    assert [row["exit_reason"] for row in undisturbed if row["horizon"] == "path"] == [None, "target", "stop"]

    kills = 0
    for kill_at in count(1):
        # when
        await fresh(redis_url, database)
        was_killed = await scored(redis_url, database, kill_at=kill_at, when=when)
        if not was_killed:
            break
        kills += 1
        assert not await scored(redis_url, database)

        # then
        assert outcomes(sqlite_url) == undisturbed
    assert kills >= 6
    database.close()
