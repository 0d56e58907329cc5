"""What is told about the past: repaired buckets, days that are over, candles that come afterwards."""

import json

import pytest
from sqlalchemy import select

from oi_common.database import Database
from oi_common.tables import chain_buckets, coverage_gaps, index_candles, oi_changes, option_snapshots
from support import ledger

POLLS, BACKFILL, DAYS = "oi:polls:{NIFTY}", "oi:backfill:{NIFTY}", "oi:days:{NIFTY}"
CANDLES, CHANGES, SNAPSHOTS = "oi:candles:{NIFTY}", "oi:changes:{NIFTY}", "oi:snapshots:{NIFTY}"
OURS = {"created_at", "updated_at", "saved_at", "sealed_at", "noticed_at", "repaired_at"}


def told(stream, source, at, oi, day, polled):
    quotes = [{"strike": 24500, "type": "CE", "oi": oi, "ltp": 101.5, "volume": 65}]
    return stream, {
        "index_name": "NIFTY", "expiry": "2026-11-24", "segment": "NFO", "feed_time": f"{day}T{at}+05:30",
        "polled_at": f"{polled or f'{day}T{at}'}+05:30", "source": source, "spot": "24512.4", "lot_size": "65",
        "quotes": json.dumps(quotes),
    }  # fmt: skip


def poll(at, oi, day="2026-11-19"):
    return told(POLLS, "live", at, oi, day, None)


def backfill(at, oi, day="2026-11-19", polled="2026-11-19T16:00:00"):
    return told(BACKFILL, "backfill", at, oi, day, polled)


def closed(day="2026-11-19", at="2026-11-19T15:46:30", expiries=()):
    return DAYS, {
        "index_name": "NIFTY", "segment": "NFO", "day": day, "closed_at": f"{at}+05:30",
        "expiries": json.dumps(list(expiries)),
    }  # fmt: skip


def candle(at, source="backfill"):
    return CANDLES, {
        "index_name": "NIFTY", "time": f"2026-11-19T{at}:00+05:30", "open": "1", "high": "3", "low": "1",
        "close": "2", "volume": "0", "source": source,
    }  # fmt: skip


class Told:
    """A running bucketer: hand it entries one by one, and read what it made of them."""

    def __init__(self, redis, database_url):
        self.redis = redis
        self.database_url = database_url

    async def __call__(self, *entries):
        for stream, fields in entries:
            await self.redis.xadd(stream, fields)
            await ledger.drained(self.redis, [stream])

    async def published(self, stream):
        return [fields for _, fields in await self.redis.xrange(stream)]

    def rows(self, table, *columns, leave=frozenset()):
        database = Database(self.database_url)
        with database.engine.connect() as connection:
            found = connection.execute(select(table).order_by(*table.primary_key)).mappings().all()
        database.close()
        if columns:
            return [tuple(plain(row[name]) for name in columns) for row in found]
        return [{name: value for name, value in row.items() if name not in leave} for row in found]

    def all_rows(self):
        tables = (option_snapshots, chain_buckets, index_candles, oi_changes, coverage_gaps)
        return {table.name: self.rows(table, leave=OURS) for table in tables}

    def bucket(self, time):
        rows = [row for row in self.rows(chain_buckets) if f"{row['expiry']}" == "2026-11-24"]
        [found] = [row for row in rows if f"{row['time']:%H:%M}" == time]
        return found


def plain(value):
    return f"{value:%H:%M}" if hasattr(value, "hour") else value


@pytest.fixture
async def tell(redis_url, any_database_url):
    async with ledger.running_bucketer(redis_url, any_database_url) as (redis, _stop):
        yield Told(redis, any_database_url)


HOLE = (poll("09:15:20", 650), poll("09:24:20", 910))  # 09:18 and 09:21 are missing


async def test_a_hole_is_filled_bucket_by_bucket_and_the_rows_say_so(tell):
    await tell(*HOLE, backfill("09:20:59", 715), backfill("09:23:59", 780))

    rows = tell.rows(option_snapshots, "time", "ce_oi", "ce_oi_change", "source", "reason", "ce_bid")
    assert rows == [
        ("09:15", 650, None, "live", "baseline", None),
        ("09:18", 715, 65, "backfill", "oi_changed", None),
        ("09:21", 780, 65, "backfill", "oi_changed", None),
        ("09:24", 910, 260, "live", "oi_changed", None),  # against what was saved when it was polled
    ]
    header = tell.bucket("09:18")
    assert (header["state"], header["source"], header["polls"], header["changed"]) == (
        "sealed",
        "backfill",
        0,
        1,
    )
    assert len(header["polls_missed"]) == header["polls_expected"] == 9


async def test_a_gap_is_repaired_once_none_of_its_buckets_is_missing(tell):
    await tell(*HOLE, backfill("09:20:59", 715))
    before = tell.rows(coverage_gaps, "from_time", "to_time", "buckets", "repaired_at")
    await tell(backfill("09:23:59", 780))

    [(*gap, repaired_at)] = tell.rows(coverage_gaps, "from_time", "to_time", "buckets", "repaired_at")
    assert before == [("09:18", "09:21", 2, None)]
    assert gap == ["09:18", "09:21", 2]
    assert repaired_at is not None


async def test_what_is_told_afterwards_wakes_nobody(tell):
    await tell(*HOLE)
    before = await tell.published(CHANGES), await tell.published(SNAPSHOTS)
    await tell(backfill("09:20:59", 715), candle("09:18"), backfill("09:23:59", 780))

    assert (await tell.published(CHANGES), await tell.published(SNAPSHOTS)) == before


async def test_a_bucket_without_a_change_is_sealed_without_rows(tell):
    await tell(*HOLE, backfill("09:20:59", 650))

    header = tell.bucket("09:18")
    assert (header["state"], header["source"], header["reason"]) == ("sealed", "backfill", None)
    assert [row[0] for row in tell.rows(option_snapshots, "time")] == ["09:15", "09:24"]


async def test_live_rows_are_never_overwritten(tell):
    await tell(*HOLE)
    before = tell.all_rows()
    await tell(backfill("09:17:59", 9999), backfill("09:26:59", 9999))

    assert tell.all_rows() == before


async def test_telling_the_same_again_changes_nothing(tell):
    await tell(*HOLE, backfill("09:20:59", 715), backfill("09:23:59", 780))
    before = tell.all_rows()
    await tell(backfill("09:20:59", 715), backfill("09:23:59", 780))

    assert tell.all_rows() == before


async def test_a_live_poll_that_comes_after_all_stands_instead(tell):
    await tell(poll("09:15:20", 650), closed(), backfill("09:20:59", 715), poll("09:18:40", 700))

    rows = tell.rows(option_snapshots, "time", "ce_oi", "source")
    assert rows == [("09:15", 650, "live"), ("09:18", 700, "live")]
    assert tell.rows(oi_changes, "time", "source") == [("09:15", "live"), ("09:18", "live")]
    assert tell.bucket("09:18")["polls"] == 1


async def test_live_changes_are_counted_from_live_polls_whether_or_not_a_hole_is_filled(tell):
    # 24500 CE moves to 715 in the hole and is back at 650 after it: for the live series nothing moved.
    await tell(poll("09:15:20", 650), poll("09:24:20", 650), backfill("09:20:59", 715))
    await tell.redis.delete("oi:state:bucketer:{NIFTY}")
    await tell(poll("09:27:20", 650))

    assert tell.rows(oi_changes, "time", "source") == [("09:15", "live"), ("09:18", "backfill")]


async def test_the_next_day_counts_from_the_repaired_end_of_this_one(tell):
    await tell(
        poll("15:30:20", 650), closed(), backfill("15:39:59", 715), poll("09:15:20", 780, "2026-11-20")
    )

    assert tell.rows(option_snapshots, "ce_oi", "ce_oi_day_change")[-1] == (780, 65)


async def test_a_day_that_is_over_accounts_for_every_bucket(tell):
    await tell(poll("15:30:20", 650), poll("15:31:00", 650), closed(expiries=["2026-11-24", "2026-12-01"]))

    headers = sorted(tell.rows(chain_buckets, "expiry", "time", "state", "polls_expected"))
    assert len(headers) == 2 * 129
    assert [row[1] for row in headers if row[2] == "sealed"] == ["15:30"]
    assert headers[128][1:] == ("15:39", "missing", 3)
    assert tell.bucket("15:30")["polls_missed"][-5:] == [
        "15:31:20",
        "15:31:40",
        "15:32:00",
        "15:32:20",
        "15:32:40",
    ]
    gaps = tell.rows(coverage_gaps, "from_time", "to_time", "buckets")
    assert gaps == [("09:15", "15:27", 125), ("15:33", "15:39", 3), ("09:15", "15:39", 129)]


async def test_closing_a_day_seals_what_was_left_and_announces_it_once(tell):
    await tell(poll("15:30:20", 650), poll("15:39:20", 715), closed(), closed(at="2026-11-20T08:00:00"))

    events = [(e["time"][11:16], e["state"]) for e in await tell.published(SNAPSHOTS)]
    assert sorted(events) == [
        ("15:30", "saved"),
        ("15:30", "sealed"),
        ("15:39", "saved"),
        ("15:39", "sealed"),
    ]
    assert tell.bucket("15:39")["candle_status"] == "missing"


async def test_a_candle_told_afterwards_completes_rows_that_were_sealed_without_it(tell):
    await tell(poll("09:15:20", 650), poll("09:30:20", 715), candle("09:15"))

    assert tell.rows(option_snapshots, "time", "index_close")[0][1] == 2
    assert (tell.bucket("09:15")["candle_status"], tell.bucket("09:15")["state"]) == ("merged", "sealed")
    assert tell.rows(index_candles, "source") == [("backfill",)]


async def test_the_state_of_an_expired_chain_is_forgotten_after_the_next_day(tell):
    await tell(poll("09:15:20", 650, "2026-11-23"), closed("2026-11-23", "2026-11-23T15:46:30"))
    kept = await tell.redis.hkeys("oi:state:bucketer:{NIFTY}")
    await tell(closed("2026-11-25", "2026-11-25T15:46:30"))

    assert kept == ["chain|2026-11-24"]
    assert await tell.redis.hkeys("oi:state:bucketer:{NIFTY}") == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"day": "2026-11-22"}, "day: NFO is closed on 2026-11-22"),
        ({"segment": "XYZ"}, "segment: 'XYZ' is not a segment we know"),
        ({"index_name": "BANKNIFTY"}, "does not belong to partition NIFTY"),
        ({"expiries": "2026-11-24"}, "expiries"),
    ],
)
async def test_nonsense_about_a_day_goes_to_the_dead_letters(tell, change, reason):
    stream, fields = closed()
    await tell((stream, fields | change), poll("09:15:20", 650))

    [dead] = await tell.published(f"{DAYS}:dead")
    assert reason in dead["dead_reason"]
    assert len(tell.rows(option_snapshots)) == 1
