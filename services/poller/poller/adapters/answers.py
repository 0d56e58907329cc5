"""The broker's answers of a repair in hand, kept in Redis until the repair is told."""

import json
from collections.abc import Callable
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any, Final

from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from poller.core.reading import CandleRead
from poller.core.repair import Question
from poller.core.run import Answer

_KEPT: Final = timedelta(hours=6)


class SharedAnswers:
    """One hash for each underlying; every method raises Unavailable while Redis is away."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis

    async def load(self, underlying: str, question: Question) -> Answer | None:
        with redis_away_is_unavailable():
            text = await self._redis.hget(_key(underlying), question.name)
        if text is None:
            return None
        read = _READERS[question.kind]
        return {
            datetime.fromisoformat(start): read(start, value) for start, value in json.loads(text).items()
        }

    async def keep(self, underlying: str, question: Question, answer: Answer) -> None:
        text = json.dumps({start.isoformat(): _plain(value) for start, value in answer.items()})
        with redis_away_is_unavailable():
            await self._redis.hset(_key(underlying), question.name, text)
            await self._redis.expire(_key(underlying), _KEPT)

    async def forget(self, underlying: str) -> None:
        with redis_away_is_unavailable():
            await self._redis.delete(_key(underlying))


def _plain(value: CandleRead | int) -> Any:
    return value if isinstance(value, int) else astuple(value)[1:]


def _candle(start: str, value: Any) -> CandleRead:
    return CandleRead(datetime.fromisoformat(start), *value)


def _interest(_start: str, value: Any) -> int:
    return int(value)


_READERS: Final[dict[str, Callable[[str, Any], Any]]] = {"candles": _candle, "oi": _interest}


def _key(underlying: str) -> str:
    return f"oi:state:poller:answers:{{{underlying}}}"
