"""The rules' own record on each database: judged half an hour on, silent under the floor, told once."""

import asyncio
from datetime import timedelta

import pytest

from notifier.adapters.chats import Chat, Chats
from notifier.adapters.ledger import Ledger
from notifier.adapters.outbox import Outbox
from notifier.adapters.painter import LedgerPainter
from notifier.adapters.records import Records
from notifier.core.record import Record
from notifier.settings import Settings
from notifier.watch import Watch
from oi_common.database import Database
from oi_common.market.buckets import utc_naive
from oi_common.tables import services
from oi_common.upserts import upsert
from simulator.testing import ManualClock
from support.trader import EXPIRY, NOW, write_day

CLOSES = NOW.replace(hour=15, minute=40, second=0)


@pytest.fixture
def database(any_database_url):
    database = Database(any_database_url)
    yield database
    database.close()


async def fired(database, times, leaning):
    for time in times:
        await Records(database).note("oi_spike", "NIFTY", EXPIRY, time, leaning)


async def judge_and_keep(database, now):
    """Return the names of the rules that fell silent."""
    records = Records(database)
    recounted = await records.judge(now, CLOSES)
    await records.keep(recounted, now)
    return [each.rule.name for each in recounted if each.fell]


async def test_a_rule_is_judged_by_what_the_spot_did_half_an_hour_on(database, any_database_url):
    times = write_day(any_database_url, measures=lambda place: {"spot": 24000 + 10 * place})
    await fired(database, times[:3], "up")
    await fired(database, times[3:5], "down")
    await fired(database, times[-2:], "up")

    await judge_and_keep(database, NOW)
    await judge_and_keep(database, NOW)

    assert await Records(database).all() == {"oi_spike": Record(5, 3)}


async def test_the_day_s_last_ones_are_judged_by_the_last_spot(database, any_database_url):
    times = write_day(any_database_url, measures=lambda place: {"spot": 24000 + 100 * place})
    await fired(database, times[-3:-1], "up")

    await judge_and_keep(database, CLOSES)

    assert await Records(database).all() == {"oi_spike": Record(2, 2)}


async def test_what_cannot_be_told_counts_neither_way(database, any_database_url):
    times = write_day(any_database_url)
    await fired(database, times[:5], "up")

    assert await Records(database).judge(NOW, CLOSES) == []
    assert await Records(database).all() == {}


async def test_a_rule_that_is_wrong_too_often_falls_silent_once(database, any_database_url):
    times = write_day(any_database_url, measures=lambda place: {"spot": 24000 - 10 * place})
    await fired(database, times[:14], "up")

    fell = [await judge_and_keep(database, NOW) for _ in range(2)]

    assert fell == [["oi_spike"], []]
    assert (await Records(database).all())["oi_spike"] == Record(14, 0, is_silent=True)


async def test_a_rule_that_falls_silent_says_so_although_the_teller_died_in_between(
    database, any_database_url
):
    times = write_day(any_database_url, measures=lambda place: {"spot": 24000 - 10 * place})
    await fired(database, times[:14], "up")
    await Records(database).judge(NOW, CLOSES)  # and dies before it is told, so nothing is kept

    for _ in range(2):
        eyes, outbox = watch(database, ManualClock(NOW.replace(second=0)))
        await eyes.look()

    assert await titles(outbox) == ["Rule oi_spike falls silent"]
    assert (await Records(database).all())["oi_spike"].is_silent


def watch(database, clock, wall=NOW):
    settings = Settings(indices=("NIFTY",))
    ledger, outbox = Ledger(database), Outbox(database, (1,), 40)
    painter = LedgerPainter(ledger, ("NIFTY",))
    return Watch(settings, outbox, ledger, Records(database), painter, clock, lambda: wall), outbox


async def titles(outbox):
    return [note.title for note in (await outbox.waiting()).get(1, [])]


async def test_silence_is_told_once_and_its_end_too(database, any_database_url):
    write_day(any_database_url)
    clock = ManualClock(NOW + timedelta(minutes=6))
    eyes, outbox = watch(database, clock)

    await eyes.look()
    await eyes.look()
    assert await titles(outbox) == ["NIFTY: no data since 10:33"]
    write_day(any_database_url, until=NOW + timedelta(minutes=6))
    for _ in range(2):
        eyes, outbox = watch(database, clock)  # started again: the table knows what lasts
        await eyes.look()

    assert await titles(outbox) == ["NIFTY: no data since 10:33", "NIFTY is back after 7 min"]


async def test_the_end_of_what_was_not_told_is_not_told_either(database, any_database_url):
    write_day(any_database_url)
    clock = ManualClock(NOW + timedelta(minutes=6))
    await Chats(database).save(Chat(1, muted_rules=frozenset({"stale"})), NOW)
    eyes, outbox = watch(database, clock)
    await eyes.look()
    await Chats(database).save(Chat(1), NOW)

    write_day(any_database_url, until=NOW + timedelta(minutes=6))
    await eyes.look()

    assert await titles(outbox) == []


class WaitedClock(ManualClock):
    async def sleep_until(self, moment):
        while self.now() < moment:
            await asyncio.sleep(0.01)


async def test_time_that_leaps_while_the_watch_looks_does_not_put_off_its_next_look(database):
    clock = WaitedClock(NOW.replace(hour=8))
    eyes, _ = watch(database, clock)
    stop, looks = asyncio.Event(), []

    async def look():
        looks.append(clock.now())
        clock.advance(timedelta(minutes=7))
        if len(looks) == 2:
            stop.set()

    eyes.look = look
    await asyncio.wait_for(eyes.run(stop), 20)

    assert looks == [NOW.replace(hour=8), NOW.replace(hour=8) + timedelta(minutes=7)]


async def test_a_dead_service_is_told(database):
    row = {
        "service": "poller", "instance": "poller-1", "pid": 1, "started_at": utc_naive(NOW), "status": "ready",
        "beat_at": utc_naive(NOW - timedelta(minutes=1)),
    }  # fmt: skip
    await database.run(lambda connection: upsert(connection, services, [row]))
    eyes, outbox = watch(database, ManualClock(NOW.replace(hour=8)))

    await eyes.look()

    assert await titles(outbox) == ["poller is down"]


async def test_after_the_close_each_index_and_the_day_are_told_once_also_after_a_restart(
    database, any_database_url
):
    write_day(any_database_url, measures=lambda _: {"spot": 24500.0}, until=CLOSES - timedelta(minutes=1))
    clock = ManualClock(CLOSES + timedelta(minutes=8))

    for _ in range(2):
        eyes, outbox = watch(database, clock)
        await eyes.look()

    assert await titles(outbox) == ["NIFTY closed", "Data of 2026-11-18"]
