"""Connections to Redis, set up so that a retry never duplicates a stream entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis as sync_redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    ClusterError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from oi_common.cluster import Cluster
from oi_common.errors import Misconfigured, Unavailable

# What the client raises while Redis is down, starting or failing over; for a full one see below.
REDIS_DOWN = (
    RedisConnectionError,
    RedisTimeoutError,
    ConnectionError,
    TimeoutError,
    # A cluster between a node's death and its replica's promotion, or while slots are moved. Nothing was done.
    AskError,  # MOVED, too
    ClusterError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
)

# Longer than any BLOCK of the consumer loop, or a quiet stream would look like a dead server.
_SOCKET_TIMEOUT_SECONDS = 8.0
# Any client may add entries. Bytes that are no text must come through to be judged, and go back as they came.
_FOREIGN_BYTES = "surrogateescape"
_CLUSTER = "+cluster"

AsyncRedis = Any  # redis-py's replies are typed loosely; the modules that read them say what they expect


def connect_redis(url: str) -> AsyncRedis:
    """Return an asyncio client of one Redis, or of a Redis Cluster for a `redis+cluster://` URL."""
    # The client's own silent retries are off: a retried XADD is a second entry.
    options: dict[str, Any] = {
        "decode_responses": True,
        "encoding_errors": _FOREIGN_BYTES,
        "socket_timeout": _SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": _SOCKET_TIMEOUT_SECONDS,
        "retry": AsyncRetry(NoBackoff(), 0),
    }
    if is_cluster(url):
        return Cluster.from_url(_plain(url), **options)
    return Redis.from_url(url, **options, health_check_interval=15)


def connect_redis_blocking(url: str) -> Any:
    """Return a blocking client. Raises Unavailable when a cluster cannot say now who its nodes are."""
    options: dict[str, Any] = {
        "socket_timeout": _SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": _SOCKET_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    if not is_cluster(url):
        return sync_redis.Redis.from_url(url, **options)
    try:
        return sync_redis.RedisCluster.from_url(_plain(url), **options)
    except REDIS_DOWN as e:
        raise Unavailable(f"redis cannot be reached: {e}") from e


def is_cluster(url: str) -> bool:
    return url.partition("://")[0].endswith(_CLUSTER)


def _plain(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme.removesuffix(_CLUSTER)}://{rest}"


async def check_redis(redis: AsyncRedis) -> None:
    """Refuse a Redis that would throw entries away when its memory runs out.

    Raises Misconfigured for an eviction policy, Unavailable when Redis cannot be asked.
    """
    try:
        policy = (await redis.config_get("maxmemory-policy")).get("maxmemory-policy", "noeviction")
    except REDIS_DOWN as e:
        raise Unavailable(f"redis cannot be reached: {e}") from e
    except RedisError:
        return  # CONFIG is forbidden on some managed servers; their operator has chosen the policy
    if policy != "noeviction":
        raise Misconfigured(
            f"redis: maxmemory-policy is {policy}, which drops stream entries; set it to noeviction"
        )


@contextmanager
def full_redis_is_unavailable() -> Iterator[None]:
    """Turn a refusal for want of memory into Unavailable: nothing was written, and it will pass."""
    try:
        yield
    except ResponseError as e:
        # From within a script, older servers wrap the error's name in a sentence.
        if not isinstance(e, OutOfMemoryError) and "OOM" not in str(e):
            raise
        raise Unavailable(f"redis is full: {e}") from e


@contextmanager
def redis_away_is_unavailable() -> Iterator[None]:
    """Turn a Redis that is away, full or still loading into Unavailable: trying again later may help."""
    try:
        with full_redis_is_unavailable():
            yield
    except REDIS_DOWN as e:
        raise Unavailable(f"redis does not answer: {e}") from e
