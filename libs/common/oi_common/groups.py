"""How far a consumer group has come, for whoever waits for it."""

from redis.exceptions import ResponseError

from oi_common.connections import AsyncRedis


async def has_handled_all(redis: AsyncRedis, stream: str, group: str) -> bool:
    """Say whether a group has acknowledged all that lies in a stream. Servers before 7.0 know no lag.

    Raises what the client raises while Redis is away.
    """
    last = await redis.xrevrange(stream, count=1)
    if not last:
        return True
    try:
        groups = await redis.xinfo_groups(stream)
    except ResponseError:  # deleted in between
        return False
    ours = [one for one in groups if one["name"] == group]
    return bool(ours) and not ours[0]["pending"] and ours[0]["last-delivered-id"] == last[0][0]
