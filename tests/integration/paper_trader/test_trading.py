"""The paper trader over real streams and tables."""

import asyncio
from datetime import datetime
from decimal import Decimal

from oi_common.database import Database
from oi_common.market.buckets import IST, utc_naive, wall_time
from oi_common.tables import index_candles
from oi_common.trimming import EntryId
from oi_common.upserts import upsert
from support.paper import EXPIRY, after, decision, spot, tick
from support.paper_running import (
    DECISIONS,
    TICKS,
    TRADES,
    StillClock,
    cash_by_hand,
    connected,
    drained,
    equity,
    positions,
    publish,
    running_paper_trader,
    trades,
)


async def test_a_round_trip_is_in_the_tables_and_on_the_stream(redis_url, any_database_url):
    async with running_paper_trader(redis_url, any_database_url) as redis:
        await publish(redis, spot(), tick(), decision(), tick(after(5), 110.0), spot(after(180)))
        await publish(redis, tick(after(181), 79.0), spot(after(360)))
        await drained(redis)
        events = [fields for _, fields in await redis.xrange(TRADES)]

    entered, exited = trades(any_database_url)
    [position] = positions(any_database_url)
    assert [(e["action"], e["trade_id"]) for e in events] == [
        ("ENTER", entered["trade_id"]), ("EXIT", entered["trade_id"]),
    ]  # fmt: skip
    assert (entered["price"], exited["price"]) == (Decimal("100.10"), Decimal("78.90"))
    assert (exited["reason"], position["exit_reason"], position["state"]) == ("stop", "stop", "closed")
    assert (exited["time"], exited["filled_at"]) == (
        wall_time(after(181)),
        utc_naive(after(181)),
    )
    assert position["pnl_gross"] == 65 * Decimal("-21.20") == Decimal(events[1]["pnl_gross"])
    assert position["pnl_net"] == position["pnl_gross"] - position["charges"]
    assert position["charges"] == entered["charges"] + exited["charges"]
    assert (position["highest"], position["expiry"], position["stop_loss"]) == (110, EXPIRY, 80)
    rows = equity(any_database_url)
    assert [row["time"].minute for row in rows] == [0, 3]
    assert rows[0]["equity"] == rows[0]["cash"] + 65 * Decimal("109.95")
    assert rows[1]["cash"] == rows[1]["equity"] == cash_by_hand(Decimal(100_000), [entered, exited])


async def test_decisions_and_ticks_that_waited_are_taken_in_the_order_they_came(redis_url, sqlite_url):
    # given: nobody was there while a position would have been opened, stopped, and another opened
    async with connected(redis_url) as redis:
        await publish(redis, spot(), tick(), decision(), tick(after(1), 79.0), tick(after(2), 100.0))
        await publish(redis, decision(at=after(2)), tick(after(300), 120.0), decision("EXIT", at=after(300)))
        await publish(redis, *(tick(after(301 + n), 10.0) for n in range(5)))

    # when
    async with running_paper_trader(redis_url, sqlite_url) as redis:
        await drained(redis)

    # then: as if it had been there all the time
    assert [(row["action"], row["price"], row["reason"]) for row in trades(sqlite_url)] == [
        ("ENTER", Decimal("100.10"), "decision"),
        ("EXIT", Decimal("78.90"), "stop"),
        ("ENTER", Decimal("100.10"), "decision"),
        ("EXIT", Decimal("119.90"), "decision"),
    ]


async def test_a_restart_in_the_middle_keeps_position_cash_and_trailed_stop(redis_url, any_database_url):
    async with running_paper_trader(redis_url, any_database_url) as redis:
        await publish(redis, spot(), tick(), decision(target=None), tick(after(1), 130.0))
        await drained(redis)

    async with running_paper_trader(redis_url, any_database_url, instance="two") as redis:
        await publish(redis, tick(after(2), 109.0))
        await drained(redis)

    [entered, exited] = trades(any_database_url)
    assert (exited["reason"], exited["price"]) == ("trailing_stop", Decimal("108.90"))
    assert equity(any_database_url)[-1]["cash"] == cash_by_hand(Decimal(100_000), [entered, exited])


async def test_a_redis_that_lost_everything_leaves_the_position_to_be_stopped(redis_url, any_database_url):
    async with running_paper_trader(redis_url, any_database_url) as redis:
        await publish(redis, spot(), tick(), decision())
        await drained(redis)
        await redis.flushall()

    async with running_paper_trader(redis_url, any_database_url, instance="two") as redis:
        await publish(redis, tick(after(2), 79.0))
        await drained(redis)

    assert [row["action"] for row in trades(any_database_url)] == ["ENTER", "EXIT"]


async def test_a_quote_from_before_a_restart_still_serves_a_decision_after_it(redis_url, sqlite_url):
    async with running_paper_trader(redis_url, sqlite_url) as redis:
        await publish(redis, spot(), tick())
        await drained(redis)

    async with running_paper_trader(redis_url, sqlite_url) as redis:
        await publish(redis, decision(at=after(1)))
        await drained(redis)

    assert [row["price"] for row in trades(sqlite_url)] == [Decimal("100.10")]


async def test_the_group_stands_where_the_ticks_are_read_so_that_trimming_may_follow(redis_url, sqlite_url):
    async with running_paper_trader(redis_url, sqlite_url) as redis:
        await publish(redis, *(tick(after(n), strike=24000 + 50 * n) for n in range(20)))
        await drained(redis)
        [group] = await redis.xinfo_groups(TICKS)
        newest = await redis.xrevrange(TICKS, count=1)

    assert (group["name"], group["pending"]) == ("paper-trader", 0)
    assert EntryId.parse(group["last-delivered-id"]) == EntryId.parse(newest[0][0])


async def test_a_decision_that_makes_no_sense_goes_to_the_dead_letters(redis_url, sqlite_url):
    async with running_paper_trader(redis_url, sqlite_url) as redis:
        await publish(redis, spot(), tick())
        await redis.xadd(DECISIONS, {"loop": "minimal", "decision": "BUY"})
        await publish(redis, decision())
        await drained(redis)
        letters = await redis.xrange(f"{DECISIONS}:dead")

    assert len(letters) == 1
    assert len(trades(sqlite_url)) == 1


async def test_an_expired_position_is_settled_by_the_last_candle_when_the_ticks_do_not_tell(
    redis_url, sqlite_url
):
    morning = datetime(2026, 11, 23, 10, 0, tzinfo=IST)
    candle = {
        "time": wall_time(datetime(2026, 11, 23, 15, 27, tzinfo=IST)),
        "index_name": "NIFTY",
        "source": "live",
    }
    candle |= dict.fromkeys(("open", "high", "low", "close"), 24550.5)
    database = Database(sqlite_url)
    database.run_blocking(lambda connection: upsert(connection, index_candles, [candle]))
    database.close()
    clock = StillClock(morning)
    to_the_end = {"paper_hold_minutes": 0, "paper_square_off": 0}

    async with running_paper_trader(redis_url, sqlite_url, clock=clock, **to_the_end) as redis:
        await publish(redis, spot(morning), tick(morning), decision(at=morning, stop_loss=None, target=None))
        await drained(redis)
        clock.at = datetime(2026, 11, 23, 15, 50, tzinfo=IST)
        async with asyncio.timeout(20):
            while await redis.xlen(TRADES) < 2:
                await asyncio.sleep(0.02)

    [_, settled] = trades(sqlite_url)
    assert (settled["price"], settled["ltp"], settled["reason"]) == (Decimal("50.50"), None, "expiry")
    assert settled["tax"] == 65 * Decimal("50.50") * Decimal("0.0015")
