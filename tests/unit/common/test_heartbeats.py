import asyncio
from datetime import timedelta

from sqlalchemy import inspect, select

from oi_common.clock import WallClock
from oi_common.database import Database
from oi_common.health import Health
from oi_common.heartbeats import beat, last_word
from oi_common.market.buckets import utc_naive
from oi_common.tables import metadata, services


async def test_an_instance_that_stops_says_so_in_its_own_row(tmp_path):
    database, stop = Database(f"sqlite:///{tmp_path / 'oi.db'}"), asyncio.Event()
    metadata.create_all(database.engine)
    stop.set()

    for instance in ("poller-1", "poller-2", "poller-1"):
        await beat(database, "poller", instance, Health(), stop)

    with database.engine.connect() as connection:
        rows = connection.execute(select(services).order_by(services.c.instance)).all()
    assert [(row.instance, row.status) for row in rows] == [
        ("poller-1", "stopping"),
        ("poller-2", "stopping"),
    ]
    now = utc_naive(WallClock().now())
    assert all(timedelta(0) <= now - row.beat_at < timedelta(minutes=1) for row in rows)
    database.close()


async def test_the_last_word_of_an_instance_keeps_when_it_was_started(tmp_path):
    database, stop = Database(f"sqlite:///{tmp_path / 'oi.db'}"), asyncio.Event()
    metadata.create_all(database.engine)
    stop.set()
    await beat(database, "bucketer", "one", Health(), stop)
    with database.engine.connect() as connection:
        [started_at] = connection.execute(select(services.c.started_at)).scalars()

    await last_word(database, "bucketer", "one", "fuse blown: " + "x" * 200)

    with database.engine.connect() as connection:
        [row] = connection.execute(select(services)).all()
    assert (row.status[:11], len(row.status), row.started_at) == ("fuse blown:", 100, started_at)
    database.close()


async def test_a_database_that_is_not_migrated_costs_only_the_heartbeat(tmp_path):
    database, stop = Database(f"sqlite:///{tmp_path / 'empty.db'}"), asyncio.Event()
    stop.set()

    await beat(database, "poller", "poller-1", Health(), stop)

    assert inspect(database.engine).get_table_names() == []
    database.close()
