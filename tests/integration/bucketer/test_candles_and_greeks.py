"""Candles and Greeks may come before or after the rows: the tables are the same either way."""

import itertools
import json

import pytest
from sqlalchemy import select, text

from oi_common.database import Database
from oi_common.tables import chain_buckets, index_candles, option_snapshots
from support import ledger

POLL, CANDLE, GREEKS = "oi:polls:{NIFTY}", "oi:candles:{NIFTY}", "oi:greeks:{NIFTY}"
WALL_CLOCK = {"created_at", "updated_at", "saved_at", "sealed_at"}


def poll(at, oi, strike=24500):
    return POLL, {
        "index_name": "NIFTY", "expiry": "2026-11-24", "segment": "NFO", "feed_time": f"2026-11-20T{at}+05:30",
        "polled_at": f"2026-11-20T{at}+05:30", "source": "live", "spot": "24512.4", "lot_size": "65",
        "quotes": json.dumps([{"strike": strike, "type": "CE", "oi": oi}]),
    }  # fmt: skip


def candle(at, close="2"):
    return CANDLE, {
        "index_name": "NIFTY", "time": f"2026-11-20T{at}:00+05:30", "open": "1", "high": "3", "low": "1",
        "close": close, "volume": "0", "source": "live",
    }  # fmt: skip


def greeks(at, iv, source="broker"):
    return GREEKS, {
        "index_name": "NIFTY", "expiry": "2026-11-24", "feed_time": f"2026-11-20T{at}+05:30", "source": source,
        "rows": json.dumps([{"strike": 24500, "type": "CE", "iv": iv, "delta": 0.51}]),
    }  # fmt: skip


async def tables_after(redis_url, database_url, entries):
    """Handle the entries one by one in this very order, and return all rows without wall-clock columns."""
    async with ledger.running_bucketer(redis_url, database_url) as (redis, _stop):
        for stream, fields in entries:
            await redis.xadd(stream, fields)
            await ledger.drained(redis, [stream])
        events = [fields for _, fields in await redis.xrange("oi:snapshots:{NIFTY}")]
    return rows(database_url), events


def rows(database_url):
    database = Database(database_url)
    with database.engine.connect() as connection:
        found = {
            table.name: [
                {name: value for name, value in row.items() if name not in WALL_CLOCK}
                for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in (option_snapshots, chain_buckets, index_candles)
        }
    database.close()
    return found


ENTRIES = (poll("09:15:20", 650), candle("09:15"), greeks("09:16:00", 12.5))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_every_order_of_poll_candle_and_greeks_gives_the_same_row(redis_url, sqlite_url, order):
    found, events = await tables_after(redis_url, sqlite_url, [ENTRIES[n] for n in order])

    [row] = found["option_snapshots"]
    [header] = found["chain_buckets"]
    assert (row["ce_oi"], float(row["index_close"]), float(row["ce_iv"])) == (650, 2.0, 12.5)
    assert (row["ce_greeks_source"], row["pe_iv"]) == ("broker", None)
    assert (header["state"], header["candle_status"]) == ("sealed", "merged")
    assert {event["state"] for event in events} == {"saved", "sealed"}


async def test_a_bucket_whose_candle_never_comes_is_sealed_after_the_grace_time(redis_url, any_database_url):
    found, events = await tables_after(
        redis_url, any_database_url, [poll("09:15:20", 650), poll("09:24:00", 715), poll("09:27:00", 780)]
    )

    states = {
        row["time"].strftime("%H:%M"): (row["state"], row["candle_status"]) for row in found["chain_buckets"]
    }
    assert states["09:15"] == ("sealed", "missing")
    assert states["09:18"] == ("missing", "missing") or states["09:18"] == ("missing", None)
    assert states["09:24"] == ("saved", None)
    sealed = [event for event in events if event["state"] == "sealed"]
    assert [event["time"] for event in sealed] == ["2026-11-20T09:15:00+05:30"]


async def test_a_candle_that_comes_after_all_is_still_merged(redis_url, any_database_url):
    found, _ = await tables_after(
        redis_url, any_database_url, [poll("09:15:20", 650), poll("09:27:00", 715), candle("09:15")]
    )

    assert found["chain_buckets"][0]["candle_status"] == "merged"
    assert float(found["option_snapshots"][0]["index_close"]) == 2.0


async def test_the_brokers_greeks_stand_over_the_models_and_newer_ones_over_older(
    redis_url, any_database_url
):
    entries = [
        poll("09:15:20", 650),
        greeks("09:15:30", 11.0, "model"),
        greeks("09:16:30", 12.0),
        greeks("09:16:00", 13.0),
        greeks("09:17:00", 14.0, "model"),
        poll("09:18:20", 715),
        greeks("09:17:30", 15.0, "model"),
    ]

    found, _ = await tables_after(redis_url, any_database_url, entries)

    assert float(found["option_snapshots"][0]["ce_iv"]) == 12.0
    assert found["option_snapshots"][1]["ce_iv"] is None


async def test_the_brokers_greeks_outlive_a_redis_that_lost_everything(redis_url, any_database_url):
    """Under the second rule the rows are written again with each poll: the model must not write over what was told."""
    sides = [{"strike": 24500, "type": side, "oi": 650, "ltp": 99.95} for side in ("CE", "PE")]
    quotes = {"quotes": json.dumps(sides)}
    parts = (
        [(POLL, {**poll("09:15:20", 0)[1], **quotes}), greeks("09:16:00", 12.5)],
        [(POLL, {**poll("09:16:20", 0)[1], **quotes}), poll("09:16:40", 715)],
    )

    for part in parts:
        async with ledger.running_bucketer(redis_url, any_database_url, rule="change_or_new_bucket") as (
            redis,
            _,
        ):
            for stream, fields in part:
                await redis.xadd(stream, fields)
                await ledger.drained(redis, [stream])
            await redis.flushall()

    [row] = rows(any_database_url)["option_snapshots"]
    assert row["ce_oi"] == 715
    assert (row["ce_greeks_source"], float(row["ce_iv"])) == ("broker", 12.5)
    assert row["pe_greeks_source"] != "broker"


async def test_a_hole_is_recorded_as_a_gap_and_its_buckets_as_missing(redis_url, any_database_url):
    entries = [poll("09:15:20", 650), poll("10:15:20", 715), poll("10:36:00", 780)]

    found, _ = await tables_after(redis_url, any_database_url, entries)

    missing = [row["time"].strftime("%H:%M") for row in found["chain_buckets"] if row["state"] == "missing"]
    assert missing[:2] == ["09:18", "09:21"]
    assert missing[-1] == "10:33"
    database = Database(any_database_url)
    with database.engine.connect() as connection:
        gaps = connection.execute(
            text("select from_time, to_time, buckets from coverage_gaps order by 1")
        ).all()
    database.close()
    assert [(str(a)[11:16], str(b)[11:16], n) for a, b, n in gaps] == [
        ("09:18", "10:12", 19),
        ("10:18", "10:33", 6),
    ]
