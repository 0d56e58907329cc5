"""Feeding turns: time is told, entries are added, and what they lead to is waited for."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from redis.exceptions import ResponseError

from oi_cli.exits import Failed
from oi_cli.record.inputs import LEDGER, TICKS
from oi_cli.replay.plan import BUCKETER
from oi_cli.replay.turns import Timed, Turn
from oi_common.clock import CLOCK_KEY
from oi_common.connections import connect_redis_blocking, redis_away_is_unavailable
from oi_common.events import OiChanged, SnapshotSaved
from oi_common.recorded import RECORDED_AT

# Whose work is waited for, in the order in which they wait for one another.
READERS: Final[Mapping[str, tuple[str, ...]]] = {
    BUCKETER: LEDGER,
    "ai-rich": (OiChanged.kind, SnapshotSaved.kind),
}
_AS_FAST_AS_IT_GOES: Final = 3600.0
_LOOKS_AFTER, _LOOKS_EVERY = 0.001, 0.02
_PROCESSES_EVERY = 0.1
_STANDS_STILL_AT_MOST = 180.0
_TICKS_KEPT = 200_000  # of each underlying; everyone who reads them has done so


class Feeder:
    """Writes the recording's entries, and the time, into the replay's Redis."""

    def __init__(self, redis_url: str, moment: Callable[[], None]) -> None:
        self.readers: list[str] = []  # the services that are waited for, as far as they read what is fed
        self._redis: Any = connect_redis_blocking(redis_url)
        self._moment = moment
        self._ticks: dict[str, int] = {}

    def close(self) -> None:
        self._redis.close()

    def tell_time(
        self, at: datetime, *, speed: float | None, until: datetime, state: str = "running"
    ) -> None:
        """Say what time it is, how fast it runs and where it stops."""
        told = {
            "sim": at.timestamp(),
            "real": time.time(),
            "speed": speed or _AS_FAST_AS_IT_GOES,
            "limit": until.timestamp(),
            "state": state,
        }
        with redis_away_is_unavailable():
            self._redis.hset(CLOCK_KEY, mapping=told)

    def feed(self, turn: Turn) -> None:
        """Add a turn's entries and wait until all that reads them, and what comes of them, has done so."""
        with redis_away_is_unavailable():
            pipeline = self._redis.pipeline(transaction=False)
            for entry in turn.entries:
                pipeline.xadd(entry.input.stream, _wire(entry))
                if entry.input.kind == TICKS:
                    self._ticks[entry.input.stream] = self._ticks.get(entry.input.stream, 0) + 1
            self._forget_ticks(pipeline)
            pipeline.execute()
        self.wait_until_handled({entry.input.underlying for entry in turn.entries})

    def wait_until_handled(self, underlyings: Iterable[str]) -> None:
        """Raises Failed when nobody handles anything any more."""
        for reader in (name for name in READERS if name in self.readers):
            streams = [f"oi:{kind}:{{{each}}}" for kind in READERS[reader] for each in underlyings]
            deadline = time.monotonic() + _STANDS_STILL_AT_MOST
            looked, pause = time.monotonic(), _LOOKS_AFTER
            while waiting := self._unhandled(streams, reader):
                if time.monotonic() > deadline:
                    raise Failed(f"{reader} has not handled {waiting} for {_STANDS_STILL_AT_MOST:.0f} s")
                if time.monotonic() - looked > _PROCESSES_EVERY:
                    self._moment()
                    looked = time.monotonic()
                time.sleep(pause)
                pause = min(pause * 1.5, _LOOKS_EVERY)

    def _unhandled(self, streams: list[str], reader: str) -> str | None:
        """Return a stream that has entries which the reader's group has not acknowledged."""
        with redis_away_is_unavailable():
            pipeline = self._redis.pipeline(transaction=False)
            for stream in streams:
                pipeline.xinfo_stream(stream)
                pipeline.xinfo_groups(stream)
            replies = pipeline.execute(raise_on_error=False)
        for stream, known, groups in zip(streams, replies[::2], replies[1::2], strict=True):
            if isinstance(known, ResponseError):  # nobody has written to it
                continue
            if known["length"] and not _has_handled(known, groups, reader):
                return stream
        return None

    def _forget_ticks(self, pipeline: Any) -> None:
        for stream, added in self._ticks.items():
            if added > _TICKS_KEPT // 4:
                pipeline.xtrim(stream, maxlen=_TICKS_KEPT, approximate=True)
                self._ticks[stream] = 0


def _wire(entry: Timed) -> dict[str, str]:
    """A tick wakes no handler whose rows carry the time."""
    if entry.input.kind == TICKS:
        return dict(entry.fields)
    return {**entry.fields, RECORDED_AT: entry.at.isoformat()}


def _has_handled(known: Mapping[str, Any], groups: Any, reader: str) -> bool:
    ours = [one for one in groups if one["name"] == reader.encode()]
    last = known["last-generated-id"]
    return bool(ours) and not ours[0]["pending"] and ours[0]["last-delivered-id"] == last
