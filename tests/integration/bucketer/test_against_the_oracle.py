"""The bucketer agrees with a fold written independently of it, through real Redis and a real database."""

from datetime import date, timedelta
from itertools import count, islice

import pytest

from oi_common.market.sessions import session_on
from support import days, ledger, oracle

RULES = {"change_and_new_bucket": "and", "change_or_new_bucket": "or"}
EXPIRIES = (date(2026, 12, 29), date(2027, 1, 26))


def trading_days(how_many):
    """Return the first trading days from 2024 on: they cross lot, session and holiday changes."""
    every_day = (date(2024, 1, 1) + timedelta(days=n) for n in count())
    return list(islice((day for day in every_day if session_on("NFO", day)), how_many))


@pytest.mark.parametrize("rule", RULES)
async def test_a_thousand_random_days_give_the_tables_of_the_oracle(redis_url, database_url, rule):
    polls = {
        index: [
            poll
            for day in trading_days(500)
            for poll in days.random_day(
                day,
                "1",
                index=index,
                expiries=EXPIRIES,
                opens=ledger.hours_of(day)[0],
                closes=ledger.hours_of(day)[1],
            )
        ]
        for index in ("NIFTY", "BANKNIFTY")
    }

    async with ledger.running_bucketer(redis_url, database_url, indices=tuple(polls), rule=rule) as (
        redis,
        _stop,
    ):
        for index, entries in polls.items():
            for start in range(0, len(entries), 500):
                pipe = redis.pipeline(transaction=False)
                for poll in entries[start : start + 500]:
                    pipe.xadd(f"oi:polls:{{{index}}}", days.entry(poll))
                await pipe.execute()
        await ledger.drained(redis, [f"oi:polls:{{{index}}}" for index in polls], within=300)

    expected = [oracle.fold(entries, ledger.session_of, RULES[rule]) for entries in polls.values()]
    snapshots, buckets, changes = ledger.stored(database_url)
    assert snapshots == {key: row for fold in expected for key, row in fold[0].items()}
    assert buckets == {key: row for fold in expected for key, row in fold[1].items()}
    assert sorted(changes, key=str) == sorted((c for fold in expected for c in fold[2]), key=str)
    assert len(snapshots) > 3_000
