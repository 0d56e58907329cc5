"""Publishing by the owner of a partition alone, over a real Redis."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oi_common.connections import connect_redis
from oi_common.errors import LeaseLost, Unavailable
from oi_common.events import DecisionMade
from oi_common.fenced import FencedPublisher
from oi_common.leases import Leases
from oi_common.wire import decode
from support.situations import AT

STREAM = "oi:decisions:{NIFTY}"


@pytest.fixture
async def redis(redis_url):
    client = connect_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def lease(redis):
    return await Leases(redis, "ai-minimal", "one").acquire("NIFTY")


def decision(after=0):
    return DecisionMade(
        loop="minimal", engine="rules", index_name="NIFTY", event_time=AT + timedelta(seconds=after), decision="WAIT",
        reason="flat",
    )  # fmt: skip


async def test_an_event_is_published_once_however_often_it_is_tried(redis, lease):
    publisher = FencedPublisher(redis, lease)

    tries = [await publisher.publish_once(decision()) for _ in range(3)]
    others = await publisher.publish_once(decision(1))

    assert (tries, others) == ([True, False, False], True)
    assert [decode(DecisionMade, fields) for _, fields in await redis.xrange(STREAM)] == [
        decision(),
        decision(1),
    ]


async def test_a_former_owner_publishes_nothing(redis, lease):
    publisher = FencedPublisher(redis, replace(lease, token=lease.token - 1))

    with pytest.raises(LeaseLost):
        await publisher.check()
    with pytest.raises(LeaseLost):
        await publisher.publish_once(decision())

    assert await redis.exists(STREAM) == 0
    assert await FencedPublisher(redis, lease).publish_once(decision())


async def test_a_redis_that_is_away_can_be_tried_again(own_redis):
    process, url = own_redis
    redis = connect_redis(url)
    lease = await Leases(redis, "ai-minimal", "one").acquire("NIFTY")
    process.kill()

    with pytest.raises(Unavailable):
        await FencedPublisher(redis, lease).publish_once(decision())
    with pytest.raises(Unavailable):
        await FencedPublisher(redis, lease).check()
    await redis.aclose()
