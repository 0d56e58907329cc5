"""A database that is away for long: nothing is buried or skipped, little is held, and all rows appear afterwards."""

import asyncio
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import make_url

from oi_common import metrics
from oi_common.subscriber import DeliveryPolicy
from support import days, ledger, oracle

STREAM = "oi:polls:{NIFTY}"
DAY = date(2026, 11, 18)
EXPIRY = date(2026, 11, 24)
BATCH = DeliveryPolicy().batch_size


def polls(count):
    """Return polls of one chain, one every 20 seconds."""
    rng = Random("an hour away")
    oi = {(strike, side): 6500 for strike in days.STRIKES for side in ("CE", "PE")}
    start = datetime.combine(DAY, datetime.min.time(), days.INDIA) + timedelta(hours=10)
    found = []
    for number in range(count):
        oi = {contract: value + rng.choice((0, 0, 65)) for contract, value in oi.items()}
        at = start + timedelta(seconds=20 * number)
        found.append(days.poll(rng, "NIFTY", EXPIRY, at, at, oi))
    return found


class Wire:
    """A port of this machine that leads to the database; while it is cut, connections break off."""

    def __init__(self, host, port):
        self._target = host, port
        self._server = None
        self._ends = set()
        self._talks = set()
        self._is_cut = False
        self.attempts = 0

    async def lay(self):
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    def cut(self):
        self._is_cut, self.attempts = True, 0
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def mend(self):
        self._is_cut = False

    async def take_away(self):
        self.cut()
        self._server.close()
        await asyncio.gather(*self._talks)

    async def _take(self, reader, writer):
        self.attempts += 1
        self._talks.add(asyncio.current_task())
        if self._is_cut:
            writer.transport.abort()
            return
        theirs, ours = await asyncio.open_connection(*self._target)
        self._ends |= {writer, ours}
        await asyncio.gather(_pass_on(reader, ours), _pass_on(theirs, writer), return_exceptions=True)


async def _pass_on(reader, writer):
    while part := await reader.read(65536):
        writer.write(part)
        await writer.drain()
    writer.close()


@pytest.fixture
async def wire(database_url):
    url = make_url(database_url)
    wire = Wire(url.host, url.port or 3306)
    yield wire
    await wire.take_away()


async def publish(redis, entries):
    for poll in entries:
        await redis.xadd(STREAM, days.entry(poll))


async def waited(more):
    """Wait until the bucketer has found the database away so many times more."""
    counter = metrics.WAITS.labels(group="bucketer")
    wanted = counter._value.get() + more
    async with asyncio.timeout(30):
        while counter._value.get() < wanted:
            await asyncio.sleep(0.05)


async def tried(wire, times):
    """Wait until the bucketer has knocked so often in vain."""
    async with asyncio.timeout(30):
        while wire.attempts < times:
            await asyncio.sleep(0.05)


async def test_an_outage_costs_nothing_and_holds_one_batch_at_most(redis_url, database_url, wire):
    entries = polls(300)
    url = make_url(database_url).set(host="127.0.0.1", port=await wire.lay())

    async with ledger.running_bucketer(redis_url, url.render_as_string(hide_password=False)) as (
        redis,
        _stop,
    ):
        await publish(redis, entries[:20])
        await ledger.drained(redis, [STREAM])
        wire.cut()
        await publish(redis, entries[20:])
        first = (await redis.xrange(STREAM))[20][0]
        await waited(2)
        pending = await redis.xpending(STREAM, "bucketer")
        assert pending["min"] == first
        assert 0 < pending["pending"] <= BATCH
        wire.mend()
        await ledger.drained(redis, [STREAM])
        assert not await redis.exists(f"{STREAM}:dead")

    snapshots, buckets, changes = oracle.fold(entries, ledger.session_of, "and")
    stored = ledger.stored(database_url)
    assert stored[0] == snapshots
    assert stored[1] == buckets
    assert sorted(stored[2], key=str) == sorted(changes, key=str)


async def test_a_start_without_a_database_takes_nothing_until_it_is_there(redis_url, database_url, wire):
    entries = polls(30)
    url = make_url(database_url).set(host="127.0.0.1", port=await wire.lay())
    wire.cut()

    async with ledger.running_bucketer(redis_url, url.render_as_string(hide_password=False)) as (
        redis,
        _stop,
    ):
        await publish(redis, entries)
        await tried(wire, 2)
        assert await redis.xinfo_groups(STREAM) == []
        wire.mend()
        await ledger.drained(redis, [STREAM])

    assert ledger.stored(database_url)[1] == oracle.fold(entries, ledger.session_of, "and")[1]
