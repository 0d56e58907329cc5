"""The recorder against a real Redis: nothing is lost or doubled, and Redis is told how far the disk has come."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import create_engine

from oi_cli.record.files import folder_of, holes_in, parts_in
from oi_cli.record.inputs import Input
from oi_cli.record.parquet import read_parts
from oi_cli.record.recorder import Recorder
from oi_cli.record.rows import KEPT, rows_of, typed
from oi_cli.record.tape import TapePolicy
from oi_cli.replay.target import refuse_live, refuse_used_database, refuse_used_redis
from oi_common.connections import connect_redis
from oi_common.errors import Misconfigured
from oi_common.migrations import upgrade
from oi_common.tables import chain_buckets
from oi_common.trimming import RECORDER, trim
from oi_common.upserts import upsert
from support.made_rows import full_row

DAY = date(2026, 11, 20)
POLLS, TICKS = Input("polls", "NIFTY"), Input("ticks", "NIFTY")
SMALL = TapePolicy(rows=3)


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def recorder(redis, tmp_path):
    """A recorder as after a start: it knows what is on the disk."""
    return lambda policy=SMALL: Recorder(redis, tmp_path, [POLLS, TICKS], DAY, policy)


async def add(redis, recorded, number):
    told = {"polled_at": f"{DAY}T10:00:00+05:30", "received_at": f"{DAY}T10:00:00+05:30"}
    for each in range(number):
        await redis.xadd(recorded.stream, {"v": "1", "event_id": str(each), **told})


async def in_redis(redis, recorded):
    return [(entry_id, fields) for entry_id, fields in await redis.xrange(recorded.stream)]


def on_disk(recordings, recorded):
    parts = parts_in(folder_of(recordings, DAY, recorded))
    return [(str(entry.id), dict(entry.fields)) for entry in read_parts(parts)]


async def marked(redis, recorded):
    groups = await redis.xinfo_groups(recorded.stream)
    return next(group["last-delivered-id"] for group in groups if group["name"] == RECORDER)


@pytest.mark.parametrize("seed", range(5))
async def test_however_often_it_is_killed_every_entry_is_on_disk_once(redis, recorder, tmp_path, seed):
    chance, one = Random(seed), recorder()
    for _ in range(20):
        await add(redis, chance.choice([POLLS, TICKS]), chance.randrange(5))
        await one.read_on()
        if chance.random() < 0.4:
            one = recorder()  # what the killed one held in memory is gone

    await one.read_on()
    await one.write_all()

    assert on_disk(tmp_path, POLLS) == await in_redis(redis, POLLS)
    assert on_disk(tmp_path, TICKS) == await in_redis(redis, TICKS)


async def test_redis_is_told_what_is_on_disk_and_no_more(redis, recorder):
    one = recorder()
    await add(redis, POLLS, 2)
    await one.read_on()
    assert await marked(redis, POLLS) == "0-0"

    await add(redis, POLLS, 1)
    await one.read_on()

    assert await marked(redis, POLLS) == (await in_redis(redis, POLLS))[-1][0]


async def test_what_is_not_on_disk_yet_outlives_a_trimming(redis, recorder):
    await add(redis, TICKS, 4)
    await recorder(TapePolicy()).read_on()
    written = await in_redis(redis, TICKS)
    now_ms = int(written[-1][0].split("-")[0]) + 16 * 60_000

    await trim(redis, TICKS.stream, timedelta(minutes=15), now_ms)

    assert await in_redis(redis, TICKS) == written


async def test_a_redis_that_was_emptied_is_recorded_on(redis, recorder, tmp_path):
    one = recorder()
    await add(redis, POLLS, 3)
    await one.read_on()
    before = await in_redis(redis, POLLS)
    await redis.flushall()
    await add(redis, POLLS, 3)

    await one.read_on()

    assert on_disk(tmp_path, POLLS) == before + await in_redis(redis, POLLS)
    assert await marked(redis, POLLS) == (await in_redis(redis, POLLS))[-1][0]


async def test_entries_that_were_trimmed_before_it_came_back_leave_a_note(redis, recorder, tmp_path):
    await add(redis, POLLS, 3)
    await recorder().read_on()
    await add(redis, POLLS, 5)
    await redis.xtrim(POLLS.stream, maxlen=1, approximate=False)

    one = recorder()
    await one.read_on()
    await one.write_all()

    says_what_it_trimmed = "max-deleted-entry-id" in await redis.xinfo_stream(POLLS.stream)
    assert len(holes_in(tmp_path / str(DAY))) == (1 if says_what_it_trimmed else 0)
    assert len(on_disk(tmp_path, POLLS)) == 4


@pytest.fixture
def both(sqlite_url, database_url):
    """The same row of each table in SQLite and in a server."""
    engines = [create_engine(url) for url in (sqlite_url, database_url)]
    for engine in engines:
        with engine.begin() as connection:
            for table in KEPT:
                row = full_row(table, index_name="NIFTY", **times(table))
                upsert(connection, table, [row])
    yield engines
    for engine in engines:
        engine.dispose()


def times(table):
    at = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001 - as the columns are
    return {name: at for name in ("time", "from_time") if name in table.c}


def test_rows_are_the_same_text_in_every_database_and_come_back_as_they_were(both):
    for table in KEPT:
        told = []
        for engine in both:
            with engine.connect() as connection:
                told.append(list(rows_of(connection, table, DAY, ["NIFTY"])))

        assert told[0] == told[1]
        assert len(told[0]) == 1
        for name, text in told[0][0].items():
            assert text is not None
            assert typed(table.c[name], text) is not None


async def test_a_redis_that_holds_anything_of_ours_is_refused(redis, redis_url):
    refuse_used_redis(redis_url)
    await redis.set("someone:else", "1")
    refuse_used_redis(redis_url)
    await redis.set("oi:origin", "live")

    with pytest.raises(Misconfigured, match="holds live data"):
        refuse_used_redis(redis_url)


def test_a_database_that_is_not_there_yet_is_not_refused(tmp_path):
    refuse_used_database(f"sqlite:///{tmp_path}/new.db")

    assert not (tmp_path / "new.db").exists()


def test_a_database_with_rows_is_refused_and_one_with_empty_tables_is_not(sqlite_url):
    upgrade(sqlite_url)
    refuse_used_database(sqlite_url)
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        upsert(connection, chain_buckets, [full_row(chain_buckets)])
    engine.dispose()

    with pytest.raises(Misconfigured, match="chain_buckets"):
        refuse_used_database(sqlite_url)


@pytest.mark.parametrize("option", ["--into", "--redis"])
def test_the_live_addresses_are_refused_though_nothing_is_there_yet(option):
    live = {"DATABASE_URL": "mysql://u@h/oi", "REDIS_URL": "redis://h"}
    into, redis_url = "mysql+pymysql://another@h:3306/oi", "redis://h:6379/0"

    with pytest.raises(Misconfigured, match=option):
        refuse_live(into if option == "--into" else None, redis_url if option == "--redis" else None, live)


def test_another_database_of_the_same_servers_is_not_refused():
    live = {"DATABASE_URL": "mysql://u@h/oi", "REDIS_URL": "redis://h:6379/0"}

    refuse_live("mysql://u@h/replayed", "redis://h:6379/1", live)
