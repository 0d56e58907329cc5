"""The streams as a bell, on a real Redis: what is new rings, what was there does not, and no group is left behind."""

from datetime import datetime

import pytest
import redis as sync_redis

from dashboard.adapters.streams import Streams
from oi_common.connections import connect_redis
from oi_common.errors import Unavailable
from oi_common.events import AlertRaised, DecisionMade, TickReceived, stream_of
from oi_common.market.buckets import IST
from oi_common.wire import encode

NOW = datetime(2026, 11, 20, 10, 3, 5, tzinfo=IST)
INDICES = ("NIFTY", "BANKNIFTY")


@pytest.fixture
def publish(redis_url):
    client = sync_redis.Redis.from_url(redis_url)

    def add(event, underlying=None):
        client.xadd(stream_of(type(event), underlying), encode(event))

    yield add
    client.close()


@pytest.fixture
async def streams(redis_url):
    client = connect_redis(redis_url)
    yield Streams(client, INDICES)
    await client.aclose()


def decision(index_name="NIFTY"):
    return DecisionMade(
        loop="rich", engine="rules", index_name=index_name, event_time=NOW, decision="WAIT", reason="r"
    )


def tick(ltp, **known):
    whole = {
        "segment": "NSE",
        "token": "1",
        "symbol": "x",
        "exchange_time": NOW,
        "received_at": NOW,
        "ltp": ltp,
    }
    return TickReceived(**{**whole, **known})


def alert(title):
    return AlertRaised(
        rule="memory", severity="warning", raised_at=NOW, title=title, text="full", facts={"used": "96 %"}
    )


async def test_what_was_there_before_does_not_ring_and_what_comes_does_once(streams, publish):
    publish(decision(), "NIFTY")
    first = await streams.listen()
    publish(decision(), "NIFTY")

    second, third = await streams.listen(), await streams.listen()

    assert (first.rung, second.rung, third.rung) == (frozenset(), frozenset({"NIFTY"}), frozenset())


async def test_the_first_entry_of_a_stream_rings(streams, publish):
    await streams.listen()

    publish(decision("BANKNIFTY"), "BANKNIFTY")

    assert (await streams.listen()).rung == frozenset({"BANKNIFTY"})


async def test_the_price_is_the_underlying_s_own_and_not_an_option_s_or_a_future_s(streams, publish):
    publish(tick(24_512.35), "NIFTY")
    publish(tick(101.5, strike=24_500, option_type="CE", expiry="2026-11-24", index_name="NIFTY"), "NIFTY")
    publish(tick(24_600.0, expiry="2026-11-24", index_name="NIFTY"), "NIFTY")

    ticks = (await streams.listen()).ticks

    assert {name: (one.price, one.at) for name, one in ticks.items()} == {"NIFTY": (24_512.35, NOW)}


async def test_a_tick_that_makes_no_sense_is_left_out(streams, redis_url):
    with sync_redis.Redis.from_url(redis_url) as client:
        client.xadd(stream_of(TickReceived, "NIFTY"), {"ltp": "<b>", "exchange_time": "never"})

    assert (await streams.listen()).ticks == {}


async def test_alerts_are_told_whole_when_one_was_added(streams, publish):
    publish(alert("first"))
    before = await streams.listen()
    nothing_new = await streams.listen()
    publish(alert("second"))

    after = await streams.listen()

    assert [one.title for one in before.alerts] == ["first"]
    assert nothing_new.alerts is None
    assert [one.title for one in after.alerts] == ["second", "first"]
    assert after.alerts[0].text == "full\nused: 96 %"


async def test_an_alert_that_cannot_be_read_is_left_out(streams, redis_url):
    with sync_redis.Redis.from_url(redis_url) as client:
        client.xadd(stream_of(AlertRaised), {"rule": "x"})

    assert (await streams.listen()).alerts == ()


async def test_nothing_is_written_and_no_group_is_made(streams, publish, redis_url):
    publish(decision(), "NIFTY")
    publish(alert("first"))
    with sync_redis.Redis.from_url(redis_url) as client:
        client.config_resetstat()
        for _ in range(3):
            await streams.listen()

        used = {name.removeprefix("cmdstat_") for name in client.info("commandstats")}
        assert client.xinfo_groups(stream_of(DecisionMade, "NIFTY")) == []

    assert {"xread", "xrevrange"} <= used
    assert not used & {"xadd", "xgroup", "xgroup|create", "xack", "set", "hset", "del", "eval", "evalsha"}


async def test_a_redis_that_is_away_is_unavailable(own_redis):
    process, url = own_redis
    client = connect_redis(url)
    process.kill()

    with pytest.raises(Unavailable):
        await Streams(client, INDICES).listen()
    await client.aclose()
