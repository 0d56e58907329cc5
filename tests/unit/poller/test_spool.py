from datetime import date, datetime, timedelta

import pytest

from oi_common.errors import Unavailable
from oi_common.events import ChainPolled, PolledQuote
from oi_common.market.buckets import IST
from poller.adapters.outbox import SpoolingOutbox
from poller.adapters.spool import Spool

OPENED = datetime(2026, 8, 6, 9, 15, tzinfo=IST)
MEGABYTE = 1024 * 1024


def poll(slot=0, oi=100):
    at = OPENED + timedelta(seconds=20 * slot)
    return ChainPolled(
        event_id=f"polls:NIFTY:2026-08-11:{at.isoformat()}",
        index_name="NIFTY",
        expiry=date(2026, 8, 11),
        segment="NFO",
        feed_time=at,
        polled_at=at,
        source="live",
        lot_size=65,
        spot=24510.05,
        quotes=(PolledQuote(strike=24500, type="CE", oi=oi, ltp=101.5, feed_time=at),),
    )


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool" / "NIFTY.ndjson", MEGABYTE)


class Redis:
    """A publisher that can be away; it remembers ids, as the real one does."""

    def __init__(self):
        self.is_away = False
        self.entries = []
        self.answers_lost = 0

    async def publish_once(self, event, _underlying):
        if self.is_away:
            raise Unavailable("redis did not take an entry")
        if event.event_id not in [entry.event_id for entry in self.entries]:
            self.entries.append(event)
        if self.answers_lost:
            self.answers_lost -= 1
            raise Unavailable("timeout after the entry was written")


@pytest.fixture
def redis():
    return Redis()


@pytest.fixture
def outbox(redis, tmp_path):
    return SpoolingOutbox(redis, tmp_path, MEGABYTE, redis_rests=timedelta(0))


def test_events_come_back_as_they_were_and_in_order(spool):
    polls = [poll(slot) for slot in range(5)]

    assert all(spool.append(each) for each in polls)

    assert list(spool.events()) == polls


def test_a_full_spool_keeps_the_oldest(tmp_path):
    spool = Spool(tmp_path / "NIFTY.ndjson", 1500)

    taken = [spool.append(poll(slot)) for slot in range(6)]

    kept = list(spool.events())
    assert taken == [True] * len(kept) + [False] * (6 - len(kept))
    assert kept == [poll(slot) for slot in range(len(kept))]
    assert 0 < spool.size <= 1500


def test_a_line_torn_by_a_crash_is_cut_off(spool):
    spool.append(poll(0))
    with spool._path.open("ab") as file:
        file.write(b'{"kind":"polls","fields":{"v":"1","eve')

    assert list(spool.events()) == [poll(0)]
    spool.append(poll(1))

    assert list(spool.events()) == [poll(0), poll(1)]


def test_an_absent_spool_is_empty(spool):
    assert (spool.size, list(spool.events())) == (0, [])
    spool.clear()


async def test_nothing_is_spooled_while_redis_answers(outbox, redis, tmp_path):
    await outbox.send(poll(0), "NIFTY")

    assert redis.entries == [poll(0)]
    assert list(tmp_path.iterdir()) == []


async def test_what_redis_could_not_take_comes_first_once_it_is_back(outbox, redis):
    await outbox.send(poll(0), "NIFTY")
    redis.is_away = True
    for slot in (1, 2):
        await outbox.send(poll(slot), "NIFTY")
    redis.is_away = False

    await outbox.send(poll(3), "NIFTY")

    assert redis.entries == [poll(slot) for slot in range(4)]


async def test_an_answer_that_was_lost_publishes_nothing_twice(outbox, redis):
    redis.answers_lost = 1
    await outbox.send(poll(0), "NIFTY")

    await outbox.send(poll(1), "NIFTY")

    assert redis.entries == [poll(0), poll(1)]


async def test_what_an_earlier_run_left_is_published(outbox, redis, tmp_path):
    Spool(tmp_path / "NIFTY.ndjson", MEGABYTE).append(poll(0))
    outbox.open("NIFTY")

    await outbox.send(poll(1), "NIFTY")

    assert redis.entries == [poll(0), poll(1)]
    assert list(tmp_path.iterdir()) == []


async def test_redis_that_goes_away_again_while_draining_loses_nothing(outbox, redis):
    redis.is_away = True
    for slot in range(3):
        await outbox.send(poll(slot), "NIFTY")
    redis.is_away = False
    redis.answers_lost = 1

    await outbox.send(poll(3), "NIFTY")
    await outbox.send(poll(4), "NIFTY")

    assert redis.entries == [poll(slot) for slot in range(5)]


async def test_partitions_do_not_wait_for_one_another(outbox, redis):
    redis.is_away = True
    await outbox.send(poll(0), "NIFTY")
    redis.is_away = False

    await outbox.send(poll(1), "BANKNIFTY")

    assert redis.entries == [poll(1)]
