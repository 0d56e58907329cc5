"""Asking the poller to repair past days, and its word on how far it is: two small hashes in Redis."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oi_common.connections import AsyncRedis, redis_away_is_unavailable

_KEPT: Final = timedelta(days=2)
_Count = Annotated[int, Field(ge=0)]


class Progress(BaseModel):
    """How far the repair of one day is. `holes` and `told` are buckets, of all chains of the underlying on that day.

    `questions` and `answered` are requests to the broker, of the whole run that the day is repaired in.

    `waiting`: the day is taken up once the bucketer has handled everything before it. `published`: all that the
    broker could tell is in the streams. `failed`: nothing more can be done now, `why` says the reason.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    day: date
    state: Literal["waiting", "fetching", "published", "failed"]
    questions: _Count = 0
    answered: _Count = 0
    holes: _Count = 0
    told: _Count = 0
    candles: _Count = 0
    why: str | None = None

    @property
    def is_final(self) -> bool:
        return self.state in {"published", "failed"}


class BackfillDesk:
    """Where wishes are left and reports are read. Every method raises Unavailable while Redis is away."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis

    async def ask(self, underlying: str, days: Iterable[date]) -> None:
        """Wish that the days' holes be repaired; what was reported about them before is forgotten."""
        wanted = {day.isoformat(): "asked" for day in days}
        with redis_away_is_unavailable():
            await self._ask(underlying, wanted)

    async def _ask(self, underlying: str, wanted: dict[str, str]) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(_reports(underlying), *wanted)
            pipe.hset(_wishes(underlying), mapping=wanted)
            pipe.expire(_wishes(underlying), _KEPT)
            await pipe.execute()

    async def asked(self, underlying: str) -> tuple[date, ...]:
        """Return the days that are wished for and not done, oldest first."""
        with redis_away_is_unavailable():
            days = await self._redis.hkeys(_wishes(underlying))
        return tuple(sorted(map(date.fromisoformat, days)))

    async def hear(self, underlying: str, day: date) -> None:
        """Say that a wish is heard, unless something was said of it since: the last word may have just come."""
        heard = Progress(day=day, state="waiting").model_dump_json()
        with redis_away_is_unavailable():
            if await self._redis.hsetnx(_reports(underlying), day.isoformat(), heard):
                await self._redis.expire(_reports(underlying), _KEPT)

    async def report(self, underlying: str, progress: Progress) -> None:
        """Say how far a day is; a final word takes the wish back."""
        with redis_away_is_unavailable():
            await self._report(underlying, progress)

    async def _report(self, underlying: str, progress: Progress) -> None:
        day = progress.day.isoformat()
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(_reports(underlying), day, progress.model_dump_json())
            pipe.expire(_reports(underlying), _KEPT)
            if progress.is_final:
                pipe.hdel(_wishes(underlying), day)
            await pipe.execute()

    async def reports(self, underlying: str) -> dict[date, Progress]:
        """Return the last word on each day; one written by another version is left out."""
        with redis_away_is_unavailable():
            texts = await self._redis.hvals(_reports(underlying))
        found = map(_read, texts)
        return {progress.day: progress for progress in found if progress is not None}


def _read(text: str) -> Progress | None:
    try:
        return Progress.model_validate_json(text)
    except ValidationError:
        return None


def _wishes(underlying: str) -> str:
    return f"oi:state:poller:wanted:{{{underlying}}}"


def _reports(underlying: str) -> str:
    return f"oi:state:poller:progress:{{{underlying}}}"
