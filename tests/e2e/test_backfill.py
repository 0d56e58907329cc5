"""Five trading days, two of them with holes: `oi backfill` makes them what the simulated exchange knows."""

import json
import os
import subprocess
from datetime import date, datetime, timedelta
from urllib.request import urlopen

import pytest
from sqlalchemy import delete, select

from oi_common.database import Database
from oi_common.market.buckets import IST, from_wall_time
from oi_common.tables import (
    chain_buckets,
    coverage_gaps,
    index_candles,
    oi_changes,
    option_snapshots,
)
from simulator.core.model_market import ModelMarket
from simulator.core.underlyings import UNDERLYINGS
from support import days, ledger
from support.processes import BIN, eventually, free_port

WEEK = tuple(date(2026, 11, day) for day in (16, 17, 18, 19, 20))
EXPIRY = date(2026, 11, 23)
BUCKET = timedelta(minutes=3)
SEED = 3
NIFTY = tuple(each for each in UNDERLYINGS if each.name == "NIFTY")
# When a row was written, by our clock or the database's.
OURS = {"created_at", "updated_at", "saved_at", "sealed_at", "noticed_at", "repaired_at"}
HOLES = (
    (datetime.fromisoformat("2026-11-17 10:00"), datetime.fromisoformat("2026-11-17 11:27")),
    (datetime.fromisoformat("2026-11-19 09:24"), datetime.fromisoformat("2026-11-19 15:39")),
)


class Day:
    """One day of the simulated exchange, as it would have been polled: six contracts around the money."""

    def __init__(self, day):
        self.market = ModelMarket(day, SEED, NIFTY)
        self.opens, self.closes = (datetime.combine(day, hour, IST) for hour in ledger.hours_of(day))
        rows = [row for row in self.market.instruments() if row.expiry == EXPIRY and row.option_type]
        middle = sorted({row.strike for row in rows})[60]
        self.rows = [row for row in rows if abs(row.strike - middle) <= 50]

    def polls(self):
        at = self.opens + timedelta(seconds=20)
        while at < self.closes:
            yield self.poll(at)
            at += BUCKET

    def poll(self, at):
        quotes = self.market.quotes([(row.exchange, row.token) for row in self.rows], at)
        told = {
            (int(row.strike), row.option_type): {"oi": quote.oi, "ltp": quote.ltp, "volume": quote.volume}
            for row, quote in zip(self.rows, quotes, strict=True)
        }
        return {"index_name": "NIFTY", "expiry": EXPIRY, "feed_time": at, "polled_at": at, "quotes": told}

    def oi_at_the_end_of(self, bucket):
        found = {}
        for row in self.rows:
            [(_, oi)] = self.market.oi_history(row.exchange, row.token, bucket, bucket, BUCKET)
            found[int(row.strike), row.option_type] = oi
        return found


@pytest.fixture(scope="module")
def markets():
    return {day: Day(day) for day in WEEK}


async def lived_through(redis_url, database_url, markets):
    """Let the real bucketer fold a week of polls, without candles and Greeks."""
    async with ledger.running_bucketer(redis_url, database_url) as (redis, _stop):
        for market in markets.values():
            for poll in market.polls():
                await redis.xadd("oi:polls:{NIFTY}", days.entry(poll))
        await ledger.drained(redis, ["oi:polls:{NIFTY}"])


def lose(database_url):
    """Delete the header and snapshot rows of the holes, and every trace of them."""
    database = Database(database_url)
    with database.engine.begin() as connection:
        for first, last in HOLES:
            for table in (chain_buckets, option_snapshots, oi_changes):
                connection.execute(delete(table).where(table.c.time.between(first, last)))
    database.close()


def tables(database_url):
    database = Database(database_url)
    with database.engine.connect() as connection:
        found = {
            table.name: [
                {name: value for name, value in row.items() if name not in OURS}
                for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in (option_snapshots, chain_buckets, index_candles, oi_changes, coverage_gaps)
        }
    database.close()
    return found


@pytest.fixture
def services(redis_url, database_url, running_process, tmp_path):
    """The exchange after the close of the week's last day, and the two services a repair needs."""
    rest, ws, health = free_port(), free_port(), free_port()
    environment = {
        "REDIS_URL": redis_url, "DATABASE_URL": database_url, "CLOCK": "simulated", "INDICES": "NIFTY",
        "DATA_DIR": str(tmp_path), "STRIKES_AROUND": "3", "EXPIRIES": "1", "SIM_DAY": "2026-11-20",
        "SIM_START": "15:50", "SIM_END": "23:30", "SIM_SPEED": "60", "SIM_SEED": str(SEED),
        "SIM_REST_PORT": str(rest), "SIM_WS_PORT": str(ws), "SIM_PACERS": "1",
    }  # fmt: skip

    def begin():
        running_process("simulator", environment={**environment, "HEALTH_PORT": str(health)})
        eventually(lambda: is_up(health), within=30, what="the exchange is open")
        with urlopen(f"http://127.0.0.1:{rest}/simulator/env") as reply:
            environment.update(json.load(reply))
        running_process("bucketer", environment=environment)
        return running_process("poller", environment=environment)

    return begin, environment


def is_up(port):
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz") as reply:
            return reply.status == 200
    except OSError:
        return False


def backfill(environment):
    arguments = ["backfill", "--index", "NIFTY", "--from", "2026-11-16", "--to", "2026-11-20"]
    return subprocess.run(
        [BIN / "oi", *arguments],
        env={**os.environ, **environment, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


async def test_two_days_with_holes_become_what_the_exchange_knows(redis_url, database_url, markets, services):
    begin, environment = services
    await lived_through(redis_url, database_url, markets)
    whole = tables(database_url)
    lose(database_url)
    begin()

    first = backfill(environment)
    repaired = tables(database_url)
    second = backfill(environment)

    assert first.returncode == 0, first.stdout + first.stderr
    assert second.returncode == 0, second.stdout + second.stderr
    assert tables(database_url) == repaired
    for name in ("option_snapshots", "chain_buckets"):
        outside = [row for row in repaired[name] if not is_lost(row["time"])]
        assert seen(outside) == seen(row for row in whole[name] if not is_lost(row["time"]))
    check_against_the_exchange(repaired, markets)


def is_lost(time):
    return any(first <= time <= last for first, last in HOLES)


def seen(rows):
    """Leave out what candles, which the week was lived through without, and the close of the days complete."""
    later = {"candle_status", "state", "polls_missed"}
    later |= {f"index_{name}" for name in ("open", "high", "low", "close", "volume")}
    return [{name: value for name, value in row.items() if name not in later} for row in rows]


def check_against_the_exchange(found, markets):
    """Each lost bucket has its header again, and its OI is the exchange's at the bucket's end."""
    headers = {row["time"]: row for row in found["chain_buckets"]}
    rows = {}
    for row in found["option_snapshots"]:
        rows.setdefault(row["time"], []).append(row)
    known, checked = {}, 0
    for time in sorted(headers):
        told = {
            (row["strike"], side): row[f"{side.lower()}_oi"]
            for row in rows.get(time, ())
            for side in ("CE", "PE")
        }
        known = {**known, **told}
        if not is_lost(time):
            continue
        header = headers[time]
        assert (header["state"], header["source"], header["polls"]) == ("sealed", "backfill", 0), header
        truth = markets[time.date()].oi_at_the_end_of(from_wall_time(time))
        assert {contract: known[contract] for contract in truth} == truth, time
        assert (time in rows) == (header["reason"] is not None)
        checked += 1
    assert checked == 30 + 126
