"""The scorecard's writer over real streams and tables."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import text

from oi_common.database import Database
from oi_common.tables import ai_decisions, decision_outcomes
from oi_common.upserts import upsert
from paper_trader.adapters.scoring_cursor import cursor_key
from support.paper import after, tick
from support.paper_running import TICKS, connected, publish, running_paper_trader, stored
from support.scoring import by_hand, decision_row, said


def decide(database_url, *rows):
    database = Database(database_url)
    try:
        database.run_blocking(lambda connection: upsert(connection, ai_decisions, rows))
    finally:
        database.close()


def book(at, bid):
    return tick(after(at), ltp=bid, bid=bid, ask=bid + 0.1)


def day(*shifts: tuple[int, float]) -> list[tuple[int, float]]:
    """Return (second, bid) every ten seconds for 35 minutes: 100 at first, and what the shifts say from then on."""
    bids = [(at, 100.0) for at in range(-10, 2100, 10)]
    return [(at, [bid, *(new for since, new in shifts if since <= at)][-1]) for at, bid in bids]


async def followed_to(redis, database_url, ends: int, within: float = 30.0):
    """Wait until the scorecard has read every tick and so many outcomes have ended."""
    newest = (await redis.xrevrange(TICKS, count=1))[0][0]
    async with asyncio.timeout(within):
        while await redis.get(cursor_key("NIFTY")) != newest or ended(database_url) < ends:
            await asyncio.sleep(0.05)


def ended(database_url) -> int:
    return sum(row["exit_reason"] is not None or row["decision"] != "ENTER" for row in outcomes(database_url))


def outcomes(database_url):
    return stored(database_url, decision_outcomes)


def recomputed(row, bids: Sequence[tuple[int, float]], horizon: str):
    """Return (price, why) of the rules' entry, by the plain rule over all ticks."""
    offers = [{"at": after(at), "bid": bid} for at, bid in bids]
    if horizon == "path":
        return by_hand(
            offers,
            since=after(0),
            due=after(19_800),
            stop=float(row["stop_loss"]),
            target=float(row["target"]),
        )
    price, why = by_hand(offers, since=after(0), due=after(60 * int(horizon)), stop=None, target=None)
    return price, why or "horizon"


async def test_outcomes_in_the_table_are_those_of_the_plain_rule_over_all_ticks(redis_url, any_database_url):
    # given
    bids = day((100, 104.0), (300, 91.5), (500, 141.25), (1500, 60.0))
    row = decision_row("ENTER", baselines={"coin_flip": said(stop_loss=92.0, target=200.0)})

    # when
    async with running_paper_trader(redis_url, any_database_url) as redis:
        await publish(redis, *(book(at, bid) for at, bid in bids[:3]))
        decide(any_database_url, row, decision_row("WAIT", at=after(1)))
        await publish(redis, *(book(at, bid) for at, bid in bids[3:]))
        await followed_to(redis, any_database_url, ends=10 + 1 + 3)

    # then
    mine = {
        each["horizon"]: each
        for each in outcomes(any_database_url)
        if each["engine"] == "rules" and each["decision"] == "ENTER"
    }
    assert set(mine) == {"3", "6", "15", "30", "path"}
    for horizon, each in mine.items():
        price, why = recomputed(row, bids, horizon)
        assert (float(each["exit_price"]), each["exit_reason"], each["entry_price"]) == (
            price,
            why,
            Decimal("100.10"),
        )
    coin = [
        each
        for each in outcomes(any_database_url)
        if each["engine"] == "coin_flip" and each["horizon"] == "path"
    ]
    assert [(each["exit_price"], each["exit_reason"]) for each in coin if each["decision"] == "ENTER"] == [
        (Decimal("91.50"), "stop")
    ]
    assert arithmetic_faults(any_database_url) == []


async def test_a_crash_between_entry_and_end_loses_no_outcome(redis_url, any_database_url):
    # given: the entry is followed, and its reader is gone when stop and horizons are reached
    bids = day((40, 104.0), (200, 79.0), (300, 120.0))
    async with running_paper_trader(redis_url, any_database_url) as redis:
        await publish(redis, *(book(at, bid) for at, bid in bids[:3]))
        decide(any_database_url, decision_row("ENTER"))
        await publish(redis, book(30, 100.0))
        await followed_to(redis, any_database_url, ends=0)
        async with asyncio.timeout(10):
            while not outcomes(any_database_url):
                await asyncio.sleep(0.05)
    async with connected(redis_url) as redis:
        await publish(redis, *(book(at, bid) for at, bid in bids[4:]))

    # when
    async with running_paper_trader(redis_url, any_database_url, instance="two") as redis:
        await followed_to(redis, any_database_url, ends=7)

    # then
    told = {
        each["horizon"]: (each["exit_price"], each["exit_reason"])
        for each in outcomes(any_database_url)
        if each["engine"] == "rules"
    }
    assert told == {
        "3": (104, "horizon"), "6": (120, "horizon"), "15": (120, "horizon"), "30": (120, "horizon"),
        "path": (79, "stop"),
    }  # fmt: skip


async def test_what_stands_in_the_table_is_not_scored_again(redis_url, sqlite_url):
    async with running_paper_trader(redis_url, sqlite_url) as redis:
        await publish(redis, *(book(at, bid) for at, bid in day()[:3]))
        decide(sqlite_url, decision_row("ENTER"))
        await publish(redis, *(book(at, bid) for at, bid in day()[3:]))
        await followed_to(redis, sqlite_url, ends=6)
        before = outcomes(sqlite_url)
        await redis.delete(cursor_key("NIFTY"))

    async with running_paper_trader(redis_url, sqlite_url, instance="two") as redis:
        await followed_to(redis, sqlite_url, ends=6)

    assert outcomes(sqlite_url) == before


def arithmetic_faults(database_url):
    """Return rows whose money does not add up, or which say more than is known."""
    database = Database(database_url)
    query = text(
        "SELECT event_id, engine, horizon FROM decision_outcomes WHERE "
        "(exit_reason IN ('horizon', 'stop', 'target', 'close') AND (net <> gross - charges "
        "  OR ABS(gross - quantity * (exit_price - entry_price)) > 0.004 OR hit <> (net > 0))) "
        "OR (exit_reason = 'unknown' AND (net IS NOT NULL OR hit IS NOT NULL)) "
        "OR (decision <> 'ENTER' AND (net <> 0 OR hit))"
    )
    try:
        return database.run_blocking(lambda connection: connection.execute(query).all(), only_reads=True)
    finally:
        database.close()
