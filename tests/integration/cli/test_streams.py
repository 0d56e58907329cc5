"""What `oi` reads from a real Redis."""

from datetime import UTC, date, datetime, timedelta

import pytest
import redis

from oi_cli.streams import Streams
from oi_common.clock import CLOCK_KEY, WAITING_KEY
from oi_common.errors import Unavailable
from oi_common.events import ChainPolled, OiChanged, TickReceived, stream_of
from oi_common.market.buckets import IST
from oi_common.wire import encode

AT = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
POLLS = stream_of(ChainPolled, "NIFTY")
NEAR, FAR = date(2026, 11, 23), date(2026, 12, 1)


def poll(at=AT, expiry=NEAR):
    return ChainPolled(
        index_name="NIFTY",
        expiry=expiry,
        segment="NFO",
        feed_time=at,
        polled_at=at,
        source="live",
        lot_size=75,
        spot=24500.5,
        quotes=(),
    )


@pytest.fixture
def server(redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def streams(redis_url):
    streams = Streams(redis_url)
    yield streams
    streams.close()


def test_an_empty_redis_knows_nothing_and_waits_for_nothing(streams):
    assert streams.exchange_time(0.0) is None
    assert streams.length(TickReceived, "NIFTY") == 0
    assert streams.last_poll("NIFTY") is None
    assert streams.dead(ChainPolled, "NIFTY") == []
    assert streams.is_drained("NIFTY")


def test_the_exchanges_time_goes_on_up_to_its_limit(server, streams):
    now = AT.timestamp()
    published = {"sim": now, "real": 1000.0, "speed": 60.0, "limit": now + 90, "state": "ended"}
    server.hset(CLOCK_KEY, mapping=published)

    assert streams.exchange_time(1001.0).now == AT + timedelta(seconds=60)
    assert streams.exchange_time(1010.0).now == AT + timedelta(seconds=90)
    assert streams.exchange_time(1010.0).has_ended


def test_holding_time_names_the_moment_and_letting_go_takes_it_back(server, streams):
    streams.hold_time("demo", AT, 5.0)
    assert server.hget(WAITING_KEY, "demo") == f"{AT.timestamp()} 5.0"

    streams.let_time_run("demo")
    assert server.hlen(WAITING_KEY) == 0


def test_a_stream_is_drained_when_its_group_has_acknowledged_all(server, streams):
    server.xadd(POLLS, encode(poll()))
    assert not streams.is_drained("NIFTY")  # nobody has even begun

    server.xgroup_create(POLLS, "bucketer", id="0")
    assert not streams.is_drained("NIFTY")

    server.xreadgroup("bucketer", "NIFTY", {POLLS: ">"})
    assert not streams.is_drained("NIFTY")

    server.xack(POLLS, "bucketer", *[entry_id for entry_id, _ in server.xrange(POLLS)])
    assert streams.is_drained("NIFTY")


def test_the_last_poll_is_that_of_the_expiry_asked_for(server, streams):
    for number in range(3):
        for expiry in (NEAR, FAR):
            server.xadd(POLLS, encode(poll(AT + timedelta(seconds=20 * number), expiry)))

    assert streams.last_poll("NIFTY").expiry == FAR
    assert streams.last_poll("NIFTY", NEAR).feed_time == AT + timedelta(seconds=40)
    assert streams.last_poll("NIFTY", date(2027, 1, 1)) is None


def test_polls_outside_the_session_are_counted(server, streams):
    night = datetime(2026, 11, 17, 20, 0, tzinfo=IST)
    for at in (AT, night, night.astimezone(UTC)):
        server.xadd(POLLS, encode(poll(at)))

    assert streams.polls_outside_session("NIFTY") == (2, 3)


def test_entries_are_counted_and_the_buried_say_why(server, streams):
    for _ in range(3):
        server.xadd(stream_of(OiChanged, "NIFTY"), {"v": "1"})
    server.xadd(f"{POLLS}:dead", {"v": "1", "dead_reason": "oi: is missing"})

    assert streams.length(OiChanged, "NIFTY") == 3
    assert streams.dead(ChainPolled, "NIFTY") == ["oi: is missing"]


def test_a_redis_that_is_away_is_unavailable():
    streams = Streams("redis://127.0.0.1:1/0")

    assert not streams.is_up()
    with pytest.raises(Unavailable, match="REDIS_URL"):
        streams.exchange_time(0.0)
