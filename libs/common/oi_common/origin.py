"""A ledger is live or simulated, never both."""

from oi_common.connections import AsyncRedis
from oi_common.errors import Misconfigured

_ORIGIN_KEY = "oi:origin"


async def claim_origin(redis: AsyncRedis, clock: str) -> None:
    """Mark an unused Redis as live or simulated. Raises Misconfigured when it holds the other kind."""
    ours = "live" if clock == "wall" else "simulated"
    # Two commands: Redis 6.2 knows no SET with NX and GET together. The key is never deleted.
    taken = await redis.set(_ORIGIN_KEY, ours, nx=True)
    held = ours if taken else await redis.get(_ORIGIN_KEY)
    if held != ours:
        raise Misconfigured(
            f"REDIS_URL: this Redis holds {held} data and this service would add {ours} data; "
            "use another Redis and database (with compose, another project name: docker compose -p oi-demo ...)"
        )
