"""Looks at Redis' memory once a second: shuts the ticks out while it is short, and says so on oi:alerts."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import ResponseError

from ingest_ws import metrics
from ingest_ws.adapters.gate import TickGate
from ingest_ws.core.pressure import Memory, PressurePolicy, is_pressing, room_for_ticks
from oi_common.connections import REDIS_DOWN, AsyncRedis, full_redis_is_unavailable
from oi_common.errors import Unavailable
from oi_common.events import AlertRaised
from oi_common.publisher import Publisher
from oi_common.waiting import wait

RULE = "redis_memory"
_LOOK_EVERY = timedelta(seconds=1)
_NO_LIMIT = Memory(0, 0)
# When the episode began: all replicas tell of the same one, and a restart tells it no second time.
_EPISODE = "oi:state:ingest-ws:memory:{oi:alerts}"


class MemoryWatch:
    """Keeps the gate of one replica, until told to stop."""

    def __init__(
        self,
        redis: AsyncRedis,
        gate: TickGate,
        now: Callable[[], datetime],
        policy: PressurePolicy | None = None,
    ) -> None:
        self._redis = redis
        self._gate = gate
        self._policy = policy or PressurePolicy()
        self._alarm = MemoryAlarm(redis, now, self._policy)
        self._log = structlog.get_logger()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                with full_redis_is_unavailable():
                    await self.look()
            except (Unavailable, *REDIS_DOWN) as e:
                self._log.warning("memory.waiting", error=str(e))
            await wait(stop, _LOOK_EVERY)

    async def look(self) -> None:
        """Ask once, and act on the answer. Raises what the client raises while Redis is away or full."""
        memory, was_pressing = await memory_of(self._redis), self._gate.is_closed
        metrics.MEMORY.set(memory.share)
        pressing = is_pressing(memory, was_pressing=was_pressing, policy=self._policy)
        if pressing:
            self._gate.close()
        else:
            self._gate.open(room_for_ticks(memory, self._policy))
        if pressing != was_pressing:
            self._log.warning("ticks.refused" if pressing else "ticks.admitted", memory=str(memory))
        await self._alarm.tell(memory, pressing=pressing)


class MemoryAlarm:
    """Tells the beginning and the end of each episode once, whoever else tells it too."""

    def __init__(self, redis: AsyncRedis, now: Callable[[], datetime], policy: PressurePolicy) -> None:
        self._redis = redis
        self._publisher = Publisher(redis)
        self._now = now
        self._policy = policy
        self._told: bool | None = None

    async def tell(self, memory: Memory, *, pressing: bool) -> None:
        """Say what has changed. Raises Unavailable when that cannot be said now; then it is still to be said."""
        if pressing != self._told:
            await (self._begin(memory) if pressing else self._end(memory))
            self._told = pressing

    async def _begin(self, memory: Memory) -> None:
        now = self._now().isoformat()
        is_new = await self._redis.set(_EPISODE, now, nx=True)
        began = now if is_new else await self._redis.get(_EPISODE) or now
        await self._publisher.publish_once(
            AlertRaised(
                rule=RULE,
                severity="critical",
                raised_at=datetime.fromisoformat(began),
                title="Redis is nearly full: ticks are refused",
                text=f"Redis uses {memory}. Ticks are not published until it is below "
                f"{self._policy.resumes_below:.0%}; polls still are, until it is full. Give it more memory "
                "(REDIS_MAXMEMORY) or keep less (TICKS_KEPT_MINUTES, STREAMS_KEPT_DAYS).",
                facts=_facts(memory),
            )
        )

    async def _end(self, memory: Memory) -> None:
        began = await self._redis.get(_EPISODE)
        if began is None:
            return
        await self._publisher.publish_once(
            AlertRaised(
                event_id=f"alerts:{RULE}:over:{began}",
                rule=RULE,
                severity="info",
                raised_at=self._now(),
                title="Redis has room again: ticks are published",
                text=f"Redis uses {memory}. Ticks were refused from {began} on.",
                facts=_facts(memory),
            )
        )
        await self._redis.delete(_EPISODE)


async def memory_of(redis: AsyncRedis) -> Memory:
    """Return the memory of the server, of a cluster that of its fullest primary."""
    options = {"target_nodes": RedisCluster.PRIMARIES} if isinstance(redis, RedisCluster) else {}
    try:
        reply: Mapping[str, Any] = await redis.info("memory", **options)
    except ResponseError:
        return _NO_LIMIT  # INFO is forbidden on some managed servers; their operator looks after them
    servers = [reply] if "used_memory" in reply else list(reply.values())
    found = [Memory(int(each["used_memory"]), int(each.get("maxmemory", 0))) for each in servers]
    return max(found, key=lambda memory: memory.share, default=_NO_LIMIT)


def _facts(memory: Memory) -> dict[str, Any]:
    return {"used_memory": memory.used, "maxmemory": memory.most, "percent": round(memory.share * 100, 1)}
