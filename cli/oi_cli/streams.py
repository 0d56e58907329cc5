"""What the streams say: the exchange's time, how much went over them, who lags, what was buried."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from oi_common.clock import CLOCK_KEY, WAITING_KEY, Reading
from oi_common.connections import REDIS_DOWN, connect_redis_blocking
from oi_common.errors import Unavailable
from oi_common.events import (
    CandleClosed,
    ChainBackfilled,
    ChainPolled,
    Event,
    GreeksFetched,
    OiChanged,
    SnapshotSaved,
    TickReceived,
    stream_of,
)
from oi_common.market.buckets import IST
from oi_common.market.sessions import session_at
from oi_common.trimming import RECORDER
from oi_common.wire import decode

LEDGER = (ChainPolled, ChainBackfilled, CandleClosed, GreeksFetched)
ALL = (TickReceived, *LEDGER, OiChanged, SnapshotSaved)

_PAGE = 200
_LATEST = 6  # polls among which each chain of an underlying is found


@dataclass(frozen=True, slots=True)
class ExchangeTime:
    """What the simulated exchange publishes, read at one real moment."""

    now: datetime
    speed: float
    has_ended: bool


@dataclass(frozen=True, slots=True)
class PolledHeader:
    """The latest poll of a chain, without its quotes."""

    expiry: date
    feed_time: datetime
    spot: float | None


class Streams:
    """Reads Redis, blocking; every method raises Unavailable when it is away."""

    def __init__(self, url: str) -> None:
        self._redis: Any = connect_redis_blocking(url)

    def close(self) -> None:
        self._redis.close()

    def exchange_time(self, real: float) -> ExchangeTime | None:
        """Return the simulated time, None when no simulator has published one."""
        fields = self._asked("hmget", CLOCK_KEY, "sim", "real", "speed", "limit", "state")
        if None in fields[:4]:
            return None
        reading = Reading(*(float(field) for field in fields[:4]))
        now = datetime.fromtimestamp(reading.at(real), IST)
        return ExchangeTime(now, reading.speed, has_ended=fields[4] == b"ended")

    def hold_time(self, who: str, until: datetime, real: float) -> None:
        """Ask the exchange to let time run no further; lasts a few seconds unless said again."""
        self._asked("hset", WAITING_KEY, who, f"{until.timestamp()} {real}")

    def let_time_run(self, who: str) -> None:
        self._asked("hdel", WAITING_KEY, who)

    def is_up(self) -> bool:
        try:
            return bool(self._asked("ping"))
        except Unavailable:
            return False

    def length(self, event: type[Event], underlying: str) -> int:
        """Return how many entries a stream has seen; before Redis 7 only those it still holds are known."""
        stream = stream_of(event, underlying)
        if not self._asked("exists", stream):
            return 0
        known = self._asked("xinfo_stream", stream)
        return int(known.get("entries-added", known["length"]))

    def dead(self, event: type[Event], underlying: str) -> list[str]:
        """Return why entries of a stream were buried."""
        entries = self._asked("xrange", f"{stream_of(event, underlying)}:dead")
        return [_text(fields.get(b"dead_reason", b"no reason given")) for _, fields in entries]

    def is_drained(self, underlying: str) -> bool:
        """Say whether every group of the underlying's ledger streams has handled all there is."""
        return all(self._is_handled(stream_of(event, underlying)) for event in LEDGER)

    def last_poll(self, underlying: str, expiry: date | None = None) -> PolledHeader | None:
        """Return the latest poll of an underlying, of one expiry if given, None when there is none."""
        entries = self._asked(
            "xrevrange", stream_of(ChainPolled, underlying), count=1 if expiry is None else _LATEST
        )
        for _, fields in entries:
            poll = decode(ChainPolled, _decoded(fields))
            if expiry is None or poll.expiry == expiry:
                return PolledHeader(poll.expiry, poll.feed_time, poll.spot)
        return None

    def last_price(self, underlying: str, day: date) -> float | None:
        """Return the price of the latest tick of a partition, None when that is not of the day."""
        for _, fields in self._asked("xrevrange", stream_of(TickReceived, underlying), count=1):
            tick = decode(TickReceived, _decoded(fields))
            return tick.ltp if tick.exchange_time.astimezone(IST).date() == day else None
        return None

    def polls_outside_session(self, underlying: str) -> tuple[int, int]:
        """Return how many polls were stamped outside the session, and how many there are."""
        outside = seen = 0
        for fields in self._entries(stream_of(ChainPolled, underlying)):
            seen += 1
            at = datetime.fromisoformat(_text(fields[b"feed_time"]))
            outside += session_at(_text(fields[b"segment"]), at) is None
        return outside, seen

    def _entries(self, stream: str) -> Iterator[Mapping[bytes, bytes]]:
        after = "-"
        while page := self._asked("xrange", stream, after, "+", count=_PAGE):
            yield from (fields for _, fields in page)
            after = f"({_text(page[-1][0])}"

    def _is_handled(self, stream: str) -> bool:
        if not self._asked("exists", stream):
            return True
        known = self._asked("xinfo_stream", stream)
        groups = [one for one in self._asked("xinfo_groups", stream) if one["name"] != RECORDER.encode()]
        if not groups:
            return int(known["length"]) == 0
        last = known["last-generated-id"]
        return all(group["pending"] == 0 and group["last-delivered-id"] == last for group in groups)

    def _asked(self, command: str, *args: Any, **options: Any) -> Any:
        try:
            return getattr(self._redis, command)(*args, **options)
        except REDIS_DOWN as e:
            raise Unavailable(f"redis cannot be reached: {e}; is REDIS_URL right?") from e


def _decoded(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in fields.items()}


def _text(value: bytes) -> str:
    return value.decode()
