"""`oi backfill` on a real Redis, with a poller and a bucketer that are played by the test."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner

from oi_cli.backfill.signs import RedisSigns
from oi_cli.main import app
from oi_common.backfill import BackfillDesk, Progress
from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import ChainBackfilled, stream_of
from oi_common.leases import lease_key
from oi_common.market.sessions import session_on
from oi_common.tables import chain_buckets, index_candles
from support.processes import eventually

DAY, EXPIRY = date(2026, 1, 7), date(2026, 1, 13)
PRICES = dict.fromkeys(("open", "high", "low", "close"), 24500.0)
GAP = [datetime(2026, 1, 7, 10, minute) for minute in (0, 3, 6)]  # noqa: DTZ001 - wall time as the tables hold it


def row(time, **changes):
    whole = {"time": time, "index_name": "NIFTY", "expiry": EXPIRY, "polls": 9, "polls_expected": 9}
    whole |= {"polls_missed": [], "changed": 0, "state": "sealed", "source": "live", "is_stub": False}
    return {**whole, "candle_status": "merged", **changes}


@pytest.fixture
def day_with_a_gap(sqlite_url):
    """Store a whole day of one chain in which three buckets are missing."""
    times = [bucket.replace(tzinfo=None) for bucket in session_on("NFO", DAY).buckets()]
    nobody = {"polls": 0, "state": "missing", "source": None}
    headers = [row(time, **(nobody if time in GAP else {})) for time in times]
    candles = [{"time": time, "index_name": "NIFTY", **PRICES, "source": "live"} for time in times]
    database = Database(sqlite_url)
    database.run_blocking(lambda c: c.execute(insert(chain_buckets), headers))
    database.run_blocking(lambda c: c.execute(insert(index_candles), candles))
    yield sqlite_url
    database.close()


@contextmanager
def services(redis_url, database_url, repaired):
    """Be poller and bucketer: hold both leases, and repair some buckets when the day is asked for."""

    async def work():
        redis = connect_redis(redis_url)
        desk = BackfillDesk(redis)
        while not stop.is_set():
            for service in ("poller", "bucketer"):
                await redis.set(lease_key(service, "NIFTY"), "x|1", px=10_000)
            for day in await desk.asked("NIFTY"):
                await desk.report("NIFTY", Progress(day=day, state="waiting"))
                mend(database_url, repaired)
                why = "the broker has no open interest of some buckets" if len(repaired) < len(GAP) else None
                told = {"holes": len(GAP), "told": len(repaired), "why": why}
                await desk.report("NIFTY", Progress(day=day, state="published", **told))
            await asyncio.sleep(0.05)
        await redis.aclose()

    stop = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def mend(database_url, buckets):
    database, c = Database(database_url), chain_buckets.c
    mended = update(chain_buckets).where(c.time.in_(buckets)).values(state="sealed", source="backfill")
    database.run_blocking(lambda connection: connection.execute(mended))
    database.close()


@pytest.fixture
def backfill(redis_url, day_with_a_gap):
    def run(*arguments):
        environment = {"REDIS_URL": redis_url, "DATABASE_URL": day_with_a_gap, "INDICES": "NIFTY"}
        return CliRunner().invoke(app, ["backfill", *arguments], env=environment)

    return run


def test_a_gap_is_repaired_and_a_second_run_has_nothing_to_do(redis_url, day_with_a_gap, backfill):
    with services(redis_url, day_with_a_gap, repaired=GAP):
        first = backfill("--from", "2026-01-07")
    second = backfill("--day", "2026-01-07")

    assert first.exit_code == 0, first.output
    assert "Wed 07 Jan 2026  NIFTY 13 Jan: 3 buckets missing" in first.output
    assert "NIFTY 13 Jan: 3 buckets were missing, 3 repaired, none missing now" in first.output
    assert (second.exit_code, second.output) == (0, "nothing to repair: no bucket and no candle is missing\n")


def test_what_the_broker_cannot_tell_is_said_with_its_reason(redis_url, day_with_a_gap, backfill):
    with services(redis_url, day_with_a_gap, repaired=GAP[:1]):
        done = backfill("--day", "2026-01-07")

    assert done.exit_code == 1
    assert (
        "3 buckets were missing, 1 repaired, 2 still missing: the broker has no open interest" in done.output
    )


def test_closed_days_are_named_and_wrong_ones_are_refused(backfill):
    weekend = backfill("--from", "2026-01-10", "--to", "2026-01-11")
    to_come = backfill("--day", "2100-01-04")

    assert (weekend.exit_code, to_come.exit_code) == (2, 2)
    assert "closed" in weekend.stderr
    assert "yet to come" in to_come.stderr


def test_ctrl_c_leaves_the_wish_and_says_so(redis_url, day_with_a_gap, tmp_path):
    environment = {**os.environ, "REDIS_URL": redis_url, "DATABASE_URL": day_with_a_gap, "INDICES": "NIFTY"}
    command = [str(Path(sys.executable).with_name("oi")), "backfill", "--day", "2026-01-07"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    eventually(lambda: asked(redis_url) == (DAY,), within=30, what="the day is asked for")

    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "the poller works on" in said
    assert asked(redis_url) == (DAY,)


def asked(redis_url):
    async def ask():
        redis = connect_redis(redis_url)
        try:
            return await BackfillDesk(redis).asked("NIFTY")
        finally:
            await redis.aclose()

    return asyncio.run(ask())


async def test_a_wish_that_is_heard_late_does_not_take_the_last_word_back(redis_url):
    redis = connect_redis(redis_url)
    desk, day = BackfillDesk(redis), date(2026, 11, 16)
    for _ in range(2):
        await desk.ask("NIFTY", [day])
        await desk.hear("NIFTY", day)
        assert (await desk.reports("NIFTY"))[day].state == "waiting"
        await desk.report("NIFTY", Progress(day=day, state="published"))

        await desk.hear("NIFTY", day)

        assert (await desk.reports("NIFTY"))[day].state == "published"
    await redis.aclose()


async def test_the_bucketer_has_taken_all_once_every_entry_is_acknowledged(redis_url):
    redis = connect_redis(redis_url)
    signs, stream = RedisSigns(redis), stream_of(ChainBackfilled, "NIFTY")
    seen = [await signs.has_taken_all("NIFTY")]

    entry = await redis.xadd(stream, {"a": "1"})
    seen.append(await signs.has_taken_all("NIFTY"))
    await redis.xgroup_create(stream, "bucketer", id="0")
    seen.append(await signs.has_taken_all("NIFTY"))
    await redis.xreadgroup("bucketer", "one", {stream: ">"})
    seen.append(await signs.has_taken_all("NIFTY"))
    await redis.xack(stream, "bucketer", entry)
    seen.append(await signs.has_taken_all("NIFTY"))
    await redis.aclose()

    assert seen == [True, False, False, False, True]


async def test_who_holds_the_lease_is_alive(redis_url):
    redis = connect_redis(redis_url)
    await redis.set(lease_key("poller", "NIFTY"), "x|1", px=timedelta(seconds=10))

    found = [await RedisSigns(redis).is_alive(service, "NIFTY") for service in ("poller", "bucketer")]
    await redis.aclose()

    assert found == [True, False]
