"""The one consumer loop: reads, decodes, delivers, acknowledges, buries. Services only bring handlers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import structlog
from redis.exceptions import ResponseError

from oi_common import metrics
from oi_common.connections import REDIS_DOWN, AsyncRedis, full_redis_is_unavailable
from oi_common.effects import Effects, EffectsWriter, EntryRef
from oi_common.errors import LeaseLost, Unavailable, Unprocessable
from oi_common.events import Event
from oi_common.leases import Lease
from oi_common.recorded import as_recorded
from oi_common.waiting import wait
from oi_common.wire import decode

# The stream was deleted or flushed: while we asked, or while we waited.
_GROUP_GONE = ("NOGROUP", "UNBLOCKED")

Handler = Callable[[Any], Awaitable[Effects]]
Restore = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How entries are read and how failures are met. `reclaim_after` exceeds the slowest honest handler."""

    batch_size: int = 64
    block: timedelta = timedelta(milliseconds=250)
    max_deliveries: int = 5
    wait_when_unavailable: timedelta = timedelta(seconds=1)
    reclaim_after: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Route:
    """Which handler takes the events of one stream."""

    event: type[Event]
    handler: Handler


@dataclass(frozen=True, slots=True)
class Entry:
    """One raw entry; `fields` is None when it was trimmed away before it could be read."""

    ref: EntryRef
    fields: Mapping[str, str] | None


@dataclass(slots=True)
class _Progress:
    """How far the loop has come; made anew after every failure, because what was decided may not have happened."""

    resume_from: dict[str, str] = field(default_factory=dict)


class Subscriber:
    """Reads several streams as one consumer of one group and hands each entry to its route.

    With a lease the partition has one owner, whose consumer name is the partition: what its predecessor left
    pending comes first. Without a lease replicas share the group, and idle entries of the dead are claimed.
    """

    def __init__(
        self,
        redis: AsyncRedis,
        routes: Mapping[str, Route],
        *,
        group: str,
        consumer: str,
        writer: EffectsWriter,
        lease: Lease | None = None,
        restore: Restore | None = None,
        policy: DeliveryPolicy | None = None,
    ) -> None:
        self._redis = redis
        self._routes = routes
        self._group = group
        self._consumer = consumer
        self._writer = writer
        self._shares = lease is None
        self._restore = restore
        self._policy = policy or DeliveryPolicy()
        self._progress = _Progress()
        self._failures: dict[EntryRef, int] = {}
        self._log = structlog.get_logger().bind(group=group, consumer=consumer)

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`.

        Raises LeaseLost when another replica has taken over, FuseBlown when too much had to be buried.
        """
        while not stop.is_set():
            try:
                with full_redis_is_unavailable():
                    await self._start_over()
                    await self._consume(stop)
            except (Unavailable, *REDIS_DOWN) as e:
                metrics.WAITS.labels(group=self._group).inc()
                self._log.warning("subscriber.waiting", error=str(e) or type(e).__name__)
                await wait(stop, self._policy.wait_when_unavailable)
            except LeaseLost:
                raise
            except ResponseError as e:
                # Of a pipeline, the client puts the command before what the server said.
                if not any(said in str(e) for said in _GROUP_GONE):
                    raise
                self._log.warning("subscriber.group_missing", error=str(e))
            except _HandlerFailedError:
                await wait(stop, self._policy.wait_when_unavailable)

    async def _start_over(self) -> None:
        await self._writer.fuse.check(self._routes)
        for stream in self._routes:
            await self._ensure_group(stream)
        self._progress = _Progress(dict.fromkeys(self._routes, "0"))
        if self._restore is not None:
            await self._restore()

    async def _ensure_group(self, stream: str) -> None:
        try:
            await self._redis.xgroup_create(stream, self._group, id="0", mkstream=True)
        except ResponseError as e:
            if "BUSYGROUP" not in str(e):
                raise

    async def _consume(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for entry in await self._next_entries():
                await self._deliver(entry)
                if stop.is_set():
                    return

    async def _next_entries(self) -> list[Entry]:
        # Our own unfinished entries come first, so a restart keeps their order.
        if resume := self._progress.resume_from:
            entries = await self._read(resume, block=None)
            for stream in list(resume):
                last = [entry.ref.entry_id for entry in entries if entry.ref.stream == stream]
                if last:
                    resume[stream] = last[-1]
                else:
                    del resume[stream]
            return entries
        if self._shares and (claimed := await self._claim_abandoned()):
            return claimed
        entries = await self._read(dict.fromkeys(self._routes, ">"), block=self._policy.block)
        if not self._shares and await self._were_given_away(entries):
            self._progress = _Progress(dict.fromkeys(self._routes, "0"))
            return []
        return entries

    async def _were_given_away(self, entries: Sequence[Entry]) -> bool:
        """Say whether entries before these were given, under our name, to an owner who did not know it no longer is.

        Nobody but us may handle them; read again from the start, they come in their order.
        """
        first: dict[str, str] = {}
        for entry in entries:
            first.setdefault(entry.ref.stream, entry.ref.entry_id)
        async with self._redis.pipeline(transaction=False) as pipe:
            for stream in self._routes:
                pipe.xpending(stream, self._group)
            oldest = [pending["min"] for pending in await pipe.execute()]
        return any(
            since is not None and since != first.get(stream)
            for stream, since in zip(self._routes, oldest, strict=True)
        )

    async def _read(self, after: Mapping[str, str], block: timedelta | None) -> list[Entry]:
        reply = await self._redis.xreadgroup(
            self._group,
            self._consumer,
            dict(after),
            count=self._policy.batch_size,
            block=None if block is None else int(block.total_seconds() * 1000),
        )
        streams = reply.items() if isinstance(reply, dict) else reply or []
        return [
            Entry(EntryRef(stream, entry_id), fields or None)
            for stream, batches in streams
            for entry_id, fields in _flattened(batches)
        ]

    async def _claim_abandoned(self) -> list[Entry]:
        idle = int(self._policy.reclaim_after.total_seconds() * 1000)
        claimed: list[Entry] = []
        for stream in self._routes:
            reply = await self._redis.xautoclaim(
                stream, self._group, self._consumer, idle, count=self._policy.batch_size
            )
            claimed += [Entry(EntryRef(stream, entry_id), fields or None) for entry_id, fields in reply[1]]
        return claimed

    async def _deliver(self, entry: Entry) -> None:
        try:
            effects = await self._handled(entry)
        except Unprocessable as e:
            await self._bury(entry, str(e))
        except _HandlerFailedError as e:
            await self._count_failure(entry, e.__cause__ or e)
            raise  # start over: what the handler holds in memory cannot be trusted
        else:
            await self._writer.commit(entry.ref, effects)
            metrics.HANDLED.labels(group=self._group, stream=entry.ref.stream).inc()
        self._failures.pop(entry.ref, None)

    async def _handled(self, entry: Entry) -> Effects:
        route = self._routes[entry.ref.stream]
        if entry.fields is None:
            raise Unprocessable("the entry was trimmed away before it was handled")
        try:
            event = decode(route.event, entry.fields)
            with as_recorded(entry.fields):
                return await route.handler(event)
        except (Unprocessable, Unavailable, LeaseLost, *REDIS_DOWN):
            raise
        except Exception as e:  # a bug: it is counted and, when it persists, buried; the service lives
            raise _HandlerFailedError from e

    async def _count_failure(self, entry: Entry, error: BaseException) -> None:
        failures = self._failures[entry.ref] = self._failures.get(entry.ref, 0) + 1
        self._log.error("entry.failed", ref=entry.ref, failures=failures, exc_info=error)
        if failures >= self._policy.max_deliveries:
            await self._bury(entry, f"{type(error).__name__}: {error} (tried {failures} times)")
            del self._failures[entry.ref]

    async def _bury(self, entry: Entry, reason: str) -> None:
        dead = {
            **(entry.fields or {}),
            "dead_reason": reason,
            "dead_group": self._group,
            "dead_at": datetime.fromtimestamp(time(), UTC).isoformat(),
            "dead_from_id": entry.ref.entry_id,
        }
        await self._writer.bury(entry.ref, dead)
        metrics.BURIED.labels(group=self._group, stream=entry.ref.stream).inc()
        self._log.error("entry.buried", stream=entry.ref.stream, entry_id=entry.ref.entry_id, reason=reason)
        await self._writer.fuse.check([entry.ref.stream])


class _HandlerFailedError(Exception):
    """A handler raised something it should not have."""


def _flattened(batches: Any) -> list[tuple[str, Mapping[str, str] | None]]:
    """Return the (id, fields) pairs; RESP3 replies wrap them in one more list."""
    if batches and isinstance(batches[0], list):
        return [pair for batch in batches for pair in batch]
    return list(batches)
