"""The state hash of one partition in Redis."""

from oi_common.connections import AsyncRedis


def state_key(partition: str) -> str:
    return f"oi:state:bucketer:{{{partition}}}"


class StateHash:
    """Read at start and after every failure; written only together with an acknowledgement."""

    def __init__(self, redis: AsyncRedis, partition: str) -> None:
        self._redis = redis
        self._key = state_key(partition)

    async def read(self) -> dict[str, str]:
        """Return the fields, none when Redis knows nothing."""
        fields: dict[str, str] = await self._redis.hgetall(self._key)
        return fields
