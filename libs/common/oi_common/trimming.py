"""Trimming a stream by age, and never past an entry that a group has not acknowledged.

The recorder is no consumer: it holds its entries back once more as long as they are kept, no longer, so that one that
is never started again costs a bounded amount of memory. Entry ids are the server's real milliseconds, whatever clock the events inside follow.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple, Self

import structlog
from redis.exceptions import ResponseError

from oi_common.clock import Clock, SimulatedClock
from oi_common.connections import REDIS_DOWN, AsyncRedis
from oi_common.waiting import wait

_LEAST: Final = timedelta(
    minutes=2
)  # real time that a consumer may be away for, however fast the market runs
RECORDER: Final = "recorder"  # its group marks how far the entries are on disk


class EntryId(NamedTuple):
    """A stream entry's id, comparable as Redis compares it."""

    ms: int
    sequence: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        ms, _, sequence = text.partition("-")
        return cls(int(ms), int(sequence or 0))

    def __str__(self) -> str:
        return f"{self.ms}-{self.sequence}"


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """How far a group has come; `oldest_pending` is None when all that was delivered is acknowledged."""

    last_delivered: EntryId
    oldest_pending: EntryId | None = None

    @property
    def needs_from(self) -> EntryId:
        """The first entry that the group has not acknowledged, or may yet be given."""
        following = EntryId(self.last_delivered.ms, self.last_delivered.sequence + 1)
        return following if self.oldest_pending is None else min(self.oldest_pending, following)


def first_kept(
    groups: Iterable[GroupPosition],
    *,
    cutoff: EntryId,
    recorder: GroupPosition | None = None,
    patience: timedelta = timedelta(),
) -> EntryId:
    """Return the oldest entry to keep: the cutoff, or what a group still needs from before it.

    What the recorder has not written yet is kept `patience` longer than the cutoff at most.
    """
    needed = [group.needs_from for group in groups]
    if recorder is not None:
        at_most = EntryId(cutoff.ms - int(patience.total_seconds() * 1000))
        needed.append(max(recorder.needs_from, at_most))
    return min((cutoff, *needed))


def in_real_time(keep: timedelta, clock: Clock) -> timedelta:
    """Return how long to keep by the server's time what is to be kept `keep` by a clock that may run faster."""
    speed = clock.speed if isinstance(clock, SimulatedClock) else 1.0
    return keep if speed <= 1 else min(max(keep / speed, _LEAST), keep)


async def trim(redis: AsyncRedis, stream: str, keep: timedelta, now_ms: int) -> int:
    """Remove the entries older than `keep` that no group needs any more, and return how many there were.

    Groups that read on meanwhile only need less. Raises what the client raises while Redis is away.
    """
    try:
        rows = await redis.xinfo_groups(stream)
    except ResponseError as e:
        if "no such key" in str(e).lower():
            return 0
        raise
    positions = {str(row["name"]): await _position(redis, stream, row) for row in rows}
    recorder = positions.pop(RECORDER, None)
    cutoff = EntryId(now_ms - int(keep.total_seconds() * 1000))
    first = first_kept(positions.values(), cutoff=cutoff, recorder=recorder, patience=keep)
    removed: int = await redis.xtrim(stream, minid=str(first), approximate=False)
    return removed


async def keep_trimmed(
    redis: AsyncRedis,
    streams: Sequence[str],
    keep: timedelta,
    stop: asyncio.Event,
    *,
    every: timedelta = timedelta(seconds=10),
) -> None:
    """Trim the streams again and again until `stop`. Several replicas may; a Redis that is away is waited for."""
    log = structlog.get_logger()
    while not stop.is_set():
        try:
            for stream in streams:
                if removed := await trim(redis, stream, keep, int(time.time() * 1000)):
                    log.debug("stream.trimmed", stream=stream, entries=removed)
        except REDIS_DOWN as e:
            log.warning("trimming.waiting", error=str(e))
        await wait(stop, every)


async def _position(redis: AsyncRedis, stream: str, row: dict[str, object]) -> GroupPosition:
    # Asked after XINFO: what was acknowledged in between is not pending, what was delivered in between is
    # younger than the last delivered entry XINFO saw.
    last = EntryId.parse(str(row["last-delivered-id"]))
    if not row["pending"]:
        return GroupPosition(last)
    oldest = (await redis.xpending(stream, row["name"]))["min"]
    return GroupPosition(last, EntryId.parse(str(oldest)) if oldest else None)
