"""Killed at every line between a fill and its acknowledgement, the paper trader fills once."""

import asyncio
from decimal import Decimal
from functools import wraps
from itertools import count

import pytest
import redis as sync_redis

from oi_common.connections import connect_redis
from oi_common.effects import EffectsWriter
from oi_common.tables import paper_equity, paper_positions, paper_trades, partition_fences
from paper_trader.adapters.journal import Journal
from paper_trader.adapters.store import PaperStore
from paper_trader.core.rules import Rules
from support.durable import Disk
from support.paper import after, decision, spot, tick
from support.paper_kills import Killed, Witness, traded
from support.paper_running import TRADES, publish, trades

ACCOUNT = (paper_trades, paper_positions, paper_equity, partition_fences)
ENDS = {
    "by its stop": (tick(after(5), 79.0), tick(after(6), 100.0)),
    "by a decision": (tick(after(5), 79.5), decision("EXIT", at=after(5)), tick(after(6), 70.0)),
}
PRICES = {
    "by its stop": [Decimal("100.10"), Decimal("78.90")],
    "by a decision": [Decimal("100.10"), Decimal("79.40")],
}
BY = {"by its stop": {}, "by a decision": {"stop_loss": 70.0}}


def events(redis_url):
    with sync_redis.Redis.from_url(redis_url, decode_responses=True) as redis:
        return [(fields["trade_id"], fields["action"]) for _, fields in redis.xrange(TRADES)]


def add(redis_url, entries):
    async def adding():
        redis = connect_redis(redis_url)
        await publish(redis, *entries)
        await redis.aclose()

    asyncio.run(adding())


@pytest.fixture
def disk(redis_url, sqlite_url):
    """What lies in Redis and in the account's tables."""
    found = Disk(redis_url, sqlite_url, ACCOUNT)
    yield found
    found.close()


def struck(method, when, call):
    """Return a method that kills before or after its n-th call."""
    calls = count(1)

    @wraps(method)
    async def wrapped(*arguments):
        is_due = next(calls) == call
        if is_due and when == "before":
            raise Killed
        answer = await method(*arguments)
        if is_due:
            raise Killed
        return answer

    return wrapped


@pytest.mark.parametrize("ends", ENDS)
def test_killed_at_any_line_it_fills_and_tells_once(redis_url, sqlite_url, disk, ends):
    # given: all that a kill may leave behind, at every line that is run from the first fill on
    add(redis_url, (spot(), tick(), decision(**BY[ends]), *ENDS[ends]))
    traded(redis_url, sqlite_url, Rules(), witness := Witness(disk))
    assert len({(line.file, line.number) for line in witness.lines}) > 100
    assert {filled_and_told(left) for _, left in witness.left.values()} == {
        (0, 0),
        (1, 0),
        (1, 1),
        (2, 1),
        (2, 2),
    }

    for line, left in witness.left.values():
        # when: another process begins with just that
        disk.put_back(left)
        traded(redis_url, sqlite_url, Rules())

        # then
        rows = trades(sqlite_url)
        assert [row["action"] for row in rows] == ["ENTER", "EXIT"], line
        assert [row["price"] for row in rows] == PRICES[ends], line
        assert events(redis_url) == [(row["trade_id"], row["action"]) for row in rows], line


def filled_and_told(left):
    """Return how many fills are in the table, and how many on the stream."""
    return len(left.rows["paper_trades"]), left.lengths.get(TRADES, 0)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("where", "name", "call"),
    [
        (PaperStore, "record", 1),
        (PaperStore, "record", 2),
        (EffectsWriter, "commit", 1),
        (Journal, "write", 2),
    ],
)
def test_killed_around_each_step_it_fills_and_tells_once_in_each_database(
    redis_url, any_database_url, monkeypatch, where, name, call, when
):
    entries = (spot(), tick(), decision(), *ENDS["by its stop"])
    with monkeypatch.context() as patch:
        patch.setattr(where, name, struck(getattr(where, name), when, call))
        add(redis_url, entries)
        traded(redis_url, any_database_url, Rules())
        assert not is_finished(redis_url, any_database_url) or when == "after"

    traded(redis_url, any_database_url, Rules())

    rows = trades(any_database_url)
    assert [row["action"] for row in rows] == ["ENTER", "EXIT"]
    assert events(redis_url) == [(row["trade_id"], row["action"]) for row in rows]


def is_finished(redis_url, database_url):
    return len(events(redis_url)) == len(trades(database_url)) == 2
