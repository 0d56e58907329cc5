"""Ticks onto their streams: one thread, blocking redis-py with hiredis, one write per flush.

A tick is published at most once. Entries take the server's own ids and nothing is sent twice: when a flush ends
without an answer, its ticks (a batch at most) may or may not be there, and they are counted as dropped rather than
risked double. Ticks that wait behind a Redis that is away, or short of memory, stay in the buffer, which loses its
oldest.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import structlog

from ingest_ws import metrics
from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.adapters.gate import TickGate
from ingest_ws.adapters.pipe import Pipe
from ingest_ws.core.ticks import Entry
from oi_common.connections import REDIS_DOWN
from oi_common.metrics import PUBLISHED


@dataclass(frozen=True, slots=True)
class FlushPolicy:
    """How long a tick may wait for company, and how much company it may have."""

    every: timedelta = timedelta(milliseconds=20)
    batch: int = 500
    asked_again: timedelta = timedelta(milliseconds=500)
    last_flush_within: timedelta = timedelta(seconds=5)


class TickPublisher:
    """Publishes what its buffer holds and what it is told when it asks for more, from `start` until `stop`."""

    def __init__(
        self,
        redis: Any,
        buffer: TickBuffer[Entry],
        policy: FlushPolicy | None = None,
        gate: TickGate | None = None,
        more: Callable[[], Sequence[Entry]] = tuple,
    ) -> None:
        self._pipe = Pipe(redis)
        self._buffer = buffer
        self._more = more
        self._policy = policy or FlushPolicy()
        self._gate = gate or TickGate()
        self._stop = Event()
        self._is_away = False
        self._thread = Thread(target=self._run, name="publisher", daemon=True)
        self._log = structlog.get_logger()

    def start(self) -> None:
        self._thread.start()

    def check(self) -> None:
        """Raise RuntimeError when the thread has died, which only a bug can bring about."""
        if not self._thread.is_alive() and not self._stop.is_set():
            raise RuntimeError("the publisher thread has died")

    def stop(self) -> None:
        """Publish what still waits, if Redis takes it, and end the thread."""
        self._stop.set()
        self._thread.join(self._policy.last_flush_within.total_seconds())
        if left := len(self._buffer):
            metrics.DROPPED.labels(reason="stopped").inc(left)
            self._log.warning("ticks.dropped", reason="stopped", ticks=left)

    def _run(self) -> None:
        every, asked_again = self._policy.every.total_seconds(), self._policy.asked_again.total_seconds()
        while not self._stop.wait(asked_again if self._is_away or self._gate.holds_back else every):
            self._flush_all()
        self._flush_all()

    def _flush_all(self) -> None:
        self._buffer.put(self._more())
        self._count_lost()
        if self._is_away and not self._answers():
            return
        while not self._is_away and (batch := self._next_batch()):
            self._flush(batch)
        metrics.BUFFERED.set(len(self._buffer))

    def _next_batch(self) -> list[Entry]:
        waiting = min(self._policy.batch, len(self._buffer))
        return self._buffer.take(self._gate.admitted(waiting))

    def _answers(self) -> bool:
        """Ask before anything is sent: a ping may be lost, a tick may not."""
        try:
            self._pipe.ask()
        except REDIS_DOWN:
            return False
        self._is_away = False
        self._log.info("redis.returned", buffered=len(self._buffer))
        return True

    def _flush(self, batch: list[Entry]) -> None:
        try:
            replies = self._pipe.send(batch)
        except REDIS_DOWN as e:
            self._is_away = True
            self._drop(len(batch), "unknown_outcome", e)
            return
        self._count(batch, replies)

    def _count(self, batch: list[Entry], replies: list[Any]) -> None:
        refusals = [reply for reply in replies if isinstance(reply, Exception)]
        if refusals:
            self._drop(len(refusals), "refused", refusals[0])
        taken = Counter(
            stream
            for (stream, _), reply in zip(batch, replies, strict=True)
            if not isinstance(reply, Exception)
        )
        for stream, count in taken.items():
            PUBLISHED.labels(stream=stream).inc(count)

    def _count_lost(self) -> None:
        if lost := self._buffer.take_lost():
            self._drop(lost, "redis_memory" if self._gate.holds_back else "buffer_full", None)

    def _drop(self, ticks: int, reason: str, error: Exception | None) -> None:
        metrics.DROPPED.labels(reason=reason).inc(ticks)
        self._log.warning("ticks.dropped", reason=reason, ticks=ticks, error=error and str(error))
