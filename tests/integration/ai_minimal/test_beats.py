"""The one-second loop over a real Redis and a real database."""

from contextlib import AsyncExitStack
from datetime import timedelta

from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.events import TradeFilled
from oi_common.market.buckets import utc_naive, wall_time
from oi_common.tables import paper_positions
from oi_common.upserts import upsert
from oi_common.wire import encode
from support.ai_minimal import AT, EXPIRY, TRADES
from support.ai_minimal_running import RunningClock, kept, rising_market, running_ai_minimal, soon, told


def on_the_stream_and_in_the_table(events, rows):
    assert len({event.event_id for event in events}) == len(events)
    assert {event.event_id for event in events} == {row["event_id"] for row in rows}


async def test_without_a_model_the_rules_decide_and_what_they_say_is_kept(
    redis_url, any_database_url, tmp_path
):
    clock = RunningClock(speed=4)
    async with (
        running_ai_minimal(redis_url, any_database_url, tmp_path, clock) as redis,
        rising_market(redis, clock),
    ):

        async def two_entries():
            return sum(event.decision == "ENTER" for event in await told(redis)) >= 2

        await soon(two_entries, what="an entry, and the same again ten seconds later")
        events = await told(redis)
    events = await read(redis_url)

    rows = kept(any_database_url)
    on_the_stream_and_in_the_table(events, rows)
    entries = [event for event in events if event.decision == "ENTER"]
    assert {(e.engine, e.side, e.loop, e.index_name, e.expiry) for e in events if e.decision == "ENTER"} == {
        ("rules", "CE", "minimal", "NIFTY", EXPIRY)
    }
    assert entries[1].event_time - entries[0].event_time >= timedelta(seconds=10)
    assert {row["rejected_because"] for row in rows} == {"no_model"}
    assert all(event.event_time.microsecond == 0 for event in events)


async def test_an_open_position_is_coached_also_after_a_restart(redis_url, any_database_url, tmp_path):
    clock = RunningClock(speed=4)
    hold(any_database_url)
    async with (
        running_ai_minimal(redis_url, any_database_url, tmp_path, clock) as redis,
        rising_market(redis, clock),
    ):

        async def held():
            return any(event.decision == "HOLD" for event in await told(redis))

        await soon(held, what="HOLD")

        # when: the paper trader says that it is sold
        hold(any_database_url, state="closed")
        await redis.xadd(TRADES, encode(sold()))

        async def free():
            return (await told(redis))[-1].decision in {"WAIT", "ENTER"}

        await soon(free, what="a decision without the position")


async def test_two_replicas_make_one_decision_a_second_and_relieve_each_other(
    redis_url, sqlite_url, tmp_path, counted
):
    clock = RunningClock(speed=4)
    async with AsyncExitStack() as stack:
        feeder = await stack.enter_async_context(
            running_ai_minimal(redis_url, sqlite_url, tmp_path, clock, instance="two")
        )
        await stack.enter_async_context(rising_market(feeder, clock))
        async with running_ai_minimal(redis_url, sqlite_url, tmp_path, clock, instance="one"):
            await beats(counted, 12)
        await beats(counted, counted("oi_ai_minimal_beats") + 12)
        passed = (clock.now() - clock.begins).total_seconds()

    assert counted("oi_ai_minimal_beats") <= passed + 1
    on_the_stream_and_in_the_table(await read(redis_url), kept(sqlite_url))


async def test_a_database_that_is_away_makes_no_beat_late_and_gets_the_rows_later(
    redis_url, sqlite_url, tmp_path, counted, in_time
):
    # given: a writer that keeps the whole database locked
    clock = RunningClock()
    database = Database(sqlite_url)
    async with (
        running_ai_minimal(redis_url, sqlite_url, tmp_path, clock) as redis,
        rising_market(redis, clock),
    ):
        with database.engine.connect() as connection, connection.begin():

            async def four_beats():
                return counted("oi_ai_minimal_beats") >= 4 and len(await told(redis)) >= 1

            await soon(four_beats, what="decisions while the database is locked")
        events = await told(redis)

        async def caught_up():
            return {event.event_id for event in events} <= {row["event_id"] for row in kept(sqlite_url)}

        await soon(caught_up, what="the rows")
    database.close()

    assert in_time()


async def beats(counted, least):
    async def enough():
        return counted("oi_ai_minimal_beats") >= least

    await soon(enough, what=f"{least} beats")


async def read(redis_url):
    redis = connect_redis(redis_url)
    try:
        return await told(redis)
    finally:
        await redis.aclose()


def hold(database_url, state="open"):
    entered = AT - timedelta(minutes=3)
    row = {
        "trade_id": "minimal:NIFTY:1", "state": state, "index_name": "NIFTY", "segment": "NFO", "expiry": EXPIRY,
        "strike": 24500, "side": "CE", "loop": "minimal", "engine": "rules", "lots": 1, "lot_size": 65, "quantity": 65,
        "time": wall_time(entered), "entered_at": utc_naive(entered), "entry_price": 100, "entry_charges": 20,
        "stop_loss": 85, "target": 130, "stop": 85, "highest": 101, "last_at": utc_naive(AT), "last_ltp": 101, "tick_id": "0-1",
    }  # fmt: skip
    database = Database(database_url)
    database.run_blocking(lambda connection: upsert(connection, paper_positions, [row]))
    database.close()


def sold():
    return TradeFilled(
        trade_id="minimal:NIFTY:1", action="EXIT", index_name="NIFTY", expiry=EXPIRY, strike=24500, side="CE", quantity=65,
        price=110.0, reason="target", charges=20.0, pnl_gross=650.0, pnl_net=610.0,
    )  # fmt: skip
