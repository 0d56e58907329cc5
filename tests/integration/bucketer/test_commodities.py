"""A commodity's ledger: buckets until midnight, and days that only MCX trades."""

import json

import pytest
from sqlalchemy import select

from oi_common.database import Database
from oi_common.tables import chain_buckets, option_snapshots
from support import ledger

POLLS = "oi:polls:{SILVERMIC}"


def poll(at, oi):
    """24 Nov 2026 is a holiday of NSE, on which MCX trades from 17:00."""
    quotes = [{"strike": 155000, "type": "CE", "oi": oi, "ltp": 1015.5, "volume": 65}]
    return {
        "index_name": "SILVERMIC", "expiry": "2026-11-26", "segment": "MCX", "feed_time": f"{at}+05:30",
        "polled_at": f"{at}+05:30", "source": "live", "spot": "155012.0", "lot_size": "1",
        "quotes": json.dumps(quotes),
    }  # fmt: skip


@pytest.fixture
async def tell(redis_url, any_database_url):
    async with ledger.running_bucketer(redis_url, any_database_url, segment="MCX") as (redis, _stop):

        async def told(*polls):
            for fields in polls:
                await redis.xadd(POLLS, fields)
            await ledger.drained(redis, [POLLS])
            return redis

        yield told


def rows(url, table, *columns):
    database = Database(url)
    with database.engine.connect() as connection:
        found = connection.execute(select(*(table.c[name] for name in columns)).order_by(table.c.time)).all()
    database.close()
    return [(f"{time:%d %H:%M}", *rest) for time, *rest in found]


async def test_polls_are_folded_until_the_close_before_midnight(tell, any_database_url):
    await tell(
        poll("2026-11-23T08:59:40", 40),
        poll("2026-11-23T09:00:20", 40),
        poll("2026-11-23T23:54:40", 41),
        poll("2026-11-23T23:55:00", 42),
    )

    assert rows(any_database_url, option_snapshots, "time", "ce_oi") == [("23 09:00", 40), ("23 23:54", 41)]
    headers = rows(any_database_url, chain_buckets, "time", "is_stub", "polls_expected", "polls")
    assert len(headers) == 299
    assert headers[0] == ("23 09:00", False, 9, 1)
    assert headers[-1] == ("23 23:54", True, 3, 1)


@pytest.mark.parametrize("forgets", [False, True])
async def test_the_day_before_may_be_one_on_which_only_commodities_traded(tell, any_database_url, forgets):
    redis = await tell(poll("2026-11-23T20:00:20", 40), poll("2026-11-24T17:00:20", 45))
    if forgets:
        await redis.delete("oi:state:bucketer:{SILVERMIC}")

    await tell(poll("2026-11-25T09:00:20", 52))

    told = rows(any_database_url, option_snapshots, "time", "ce_oi", "ce_oi_day_change")
    assert told == [("23 20:00", 40, None), ("24 17:00", 45, 5), ("25 09:00", 52, 7)]
