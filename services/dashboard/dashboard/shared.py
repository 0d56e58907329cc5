"""Values that many want and that are read once for all of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

import structlog

from dashboard import metrics
from oi_common.errors import Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Held(Generic[V]):
    value: V
    read_at: float
    is_due: bool = False


class Shared(Generic[K, V]):
    """Reads the value of a key for the first who asks; whoever asks meanwhile or soon after gets the same.

    A value that is older than `lasts`, or was rung for, is handed out once more while a new one is read: nobody waits
    for what is only newer. An equal new value leaves the old one in place, so `is` tells whether anything changed.
    """

    def __init__(
        self,
        read: Callable[[K], Awaitable[V]],
        *,
        lasts: timedelta,
        apart: timedelta,
        most: int = 64,
    ) -> None:
        self._read = read
        self._lasts, self._apart = lasts.total_seconds(), apart.total_seconds()
        self._most = most
        self._held: OrderedDict[K, _Held[V]] = OrderedDict()
        self._reading: dict[K, asyncio.Task[V]] = {}
        self.trouble: str | None = None  # why the last reading failed

    async def get(self, key: K) -> V:
        """Return the value. Raises Unavailable when it has never been read and cannot be."""
        held = self._held.get(key)
        if held is None:
            return await asyncio.shield(self._start(key))
        self._held.move_to_end(key)
        if self._is_old(held) and key not in self._reading:
            self._start(key)
        return held.value

    def ring(self, is_meant: Callable[[K], bool]) -> None:
        """Say that the values of some keys are no longer the newest."""
        for key, held in self._held.items():
            held.is_due = held.is_due or is_meant(key)

    def _is_old(self, held: _Held[V]) -> bool:
        old = asyncio.get_running_loop().time() - held.read_at
        return old > self._lasts or (held.is_due and old > self._apart)

    def _start(self, key: K) -> "asyncio.Task[V]":
        if key not in self._reading:
            task = self._reading[key] = asyncio.create_task(self._renew(key))
            task.add_done_callback(lambda done: self._end(key, done))
        return self._reading[key]

    def _end(self, key: K, done: "asyncio.Task[V]") -> None:
        self._reading.pop(key, None)
        if (
            not done.cancelled()
            and (error := done.exception()) is not None
            and not isinstance(error, Unavailable)
        ):
            structlog.get_logger().error("reading.failed", key=str(key), exc_info=error)

    async def _renew(self, key: K) -> V:
        now = asyncio.get_running_loop().time()
        held = self._held.get(key)
        if held is not None:
            held.read_at, held.is_due = now, False  # a failure, too, is tried again only after a while
        metrics.READS.inc()
        try:
            value = await self._read(key)
        except Unavailable as e:
            self.trouble = str(e)
            raise
        self.trouble = None
        return self._keep(key, value, now)

    def _keep(self, key: K, value: V, now: float) -> V:
        held = self._held.get(key)
        if held is not None and held.value == value:
            return held.value
        # What was rung for while we read may not be in what we read.
        self._held[key] = _Held(value, now, held.is_due if held is not None else False)
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            self._held.popitem(last=False)
        return value
