"""A wire that is cut fails in the way it was told to, and carries again afterwards."""

import pytest
import redis
from sqlalchemy import make_url

from support.proxy import Mode, proxy_to


@pytest.fixture
def wire(redis_url):
    """(proxy, client through it) before the tests' Redis."""
    with (
        proxy_to(make_url(redis_url).port) as proxy,
        redis.Redis(port=proxy.port, socket_timeout=0.5, retry=None) as client,
    ):
        yield proxy, client


def test_a_whole_wire_carries_both_ways(wire):
    _, client = wire

    client.set("k", "v")

    assert client.get("k") == b"v"


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.RESET, Mode.BLACKHOLE, Mode.DEAF])
def test_a_cut_wire_fails_open_connections_and_new_ones_until_it_is_whole_again(wire, mode):
    proxy, client = wire
    client.ping()

    proxy.turn(mode)

    for _ in range(2):
        with pytest.raises((redis.ConnectionError, redis.TimeoutError)):
            client.ping()
    proxy.turn(Mode.PASS)
    assert client.ping()


def test_a_refusing_wire_refuses_and_a_swallowing_one_is_silent(wire):
    proxy, client = wire

    proxy.turn(Mode.REFUSE)
    with pytest.raises(redis.ConnectionError):
        client.ping()
    proxy.turn(Mode.PASS)
    client.ping()
    proxy.turn(Mode.BLACKHOLE)

    with pytest.raises(redis.TimeoutError):
        client.ping()


def test_a_deaf_wire_lets_the_server_hear_what_it_will_not_answer(wire, redis_url):
    proxy, client = wire
    client.ping()
    proxy.turn(Mode.DEAF)

    with pytest.raises(redis.TimeoutError):
        client.set("heard", "yes")

    with redis.Redis.from_url(redis_url) as direct:
        assert direct.get("heard") == b"yes"
