"""A ledger is live, simulated or replayed, never two of them."""

from oi_common.connections import AsyncRedis
from oi_common.errors import Misconfigured

ORIGIN_KEY = "oi:origin"
REPLAYED = "replayed"
SIMULATED = "simulated"
_ORIGINS = {"wall": "live", "simulated": SIMULATED, "recorded": REPLAYED}


async def origin_of(redis: AsyncRedis) -> str | None:
    """Return what data Redis holds: live, simulated or replayed; None when nobody has used it yet."""
    held: str | None = await redis.get(ORIGIN_KEY)
    return held


async def claim_origin(redis: AsyncRedis, clock: str) -> None:
    """Mark an unused Redis with what its data is. Raises Misconfigured when it holds another kind."""
    ours = _ORIGINS[clock]
    # Two commands: Redis 6.2 knows no SET with NX and GET together. The key is never deleted.
    taken = await redis.set(ORIGIN_KEY, ours, nx=True)
    held = ours if taken else await origin_of(redis)
    if held != ours:
        raise Misconfigured(
            f"REDIS_URL: this Redis holds {held} data and this service would add {ours} data; "
            "use another Redis and database (with compose, another project name: docker compose -p oi-demo ...)"
        )
