"""Signs of life: who works on an underlying, and whether the bucketer has taken what was published."""

from typing import Final, Protocol

from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from oi_common.events import CandleClosed, ChainBackfilled, DayClosed, Event, stream_of
from oi_common.groups import has_handled_all
from oi_common.leases import lease_key

REPAIR_STREAMS: Final[tuple[type[Event], ...]] = (ChainBackfilled, CandleClosed, DayClosed)
_GROUP: Final = "bucketer"


class Signs(Protocol):
    """What Redis tells of the services."""

    async def is_alive(self, service: str, underlying: str) -> bool:
        """Say whether a replica of the service works on the underlying."""

    async def has_taken_all(self, underlying: str) -> bool:
        """Say whether the bucketer has acknowledged every entry that a repair publishes."""


class RedisSigns:
    """Signs read from leases and from the consumer group. Raises Unavailable while Redis is away."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis

    async def is_alive(self, service: str, underlying: str) -> bool:
        with redis_away_is_unavailable():
            return bool(await self._redis.exists(lease_key(service, underlying)))

    async def has_taken_all(self, underlying: str) -> bool:
        with redis_away_is_unavailable():
            for kind in REPAIR_STREAMS:
                if not await has_handled_all(self._redis, stream_of(kind, underlying), _GROUP):
                    return False
        return True
