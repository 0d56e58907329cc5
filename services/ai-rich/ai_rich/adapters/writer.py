"""Acknowledging at once what is no trigger, and a trigger only with its decision."""

from datetime import datetime
from typing import Any, Final

from ai_rich.decider import Decider
from ai_rich.handlers import Deferred
from oi_common.connections import AsyncRedis
from oi_common.effects import Effects, EffectsWriter, EntryRef
from oi_common.market.buckets import IST

GROUP: Final = "ai-rich"


def state_key(partition: str) -> str:
    return f"oi:state:{GROUP}:{{{partition}}}"


class HoldingWriter(EffectsWriter):
    """Hands triggers to the decider instead of acknowledging them."""

    def __init__(self, decider: Decider, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._decider = decider

    async def commit(self, ref: EntryRef, effects: Effects) -> None:
        if isinstance(effects, Deferred) and effects.trigger is not None:
            self._decider.offer(ref, effects.trigger)
        else:
            await super().commit(ref, effects)


class StateHash:
    """How far decisions have come; written only together with an acknowledgement."""

    def __init__(self, redis: AsyncRedis, partition: str) -> None:
        self._redis = redis
        self._key = state_key(partition)

    async def decided(self) -> datetime | None:
        """Return the moment that was decided upon last, None when Redis knows of none."""
        moment = await self._redis.hget(self._key, "decided")
        return datetime.fromisoformat(moment).astimezone(IST) if moment else None
