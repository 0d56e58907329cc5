"""Where packets become entries: taken in on the sockets' threads, read and written out on the publisher's."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Protocol

import structlog

from ingest_ws import metrics
from ingest_ws.core.columns import Columns, columns_of
from ingest_ws.core.entries import entries_of
from ingest_ws.core.packets import PAISE, UnreadablePacketError, decode
from ingest_ws.core.subscriptions import Family
from ingest_ws.core.ticks import Entry, Instrument, Tick, entry, head_of, refused_because
from oi_common.market.buckets import IST

Arrival = tuple[int, bytes]  # microseconds since 1970, and the packet

_EPOCH: Final = datetime(1970, 1, 1, 5, 30, tzinfo=IST)
_MICROSECOND: Final = timedelta(microseconds=1)
_A_STEP_BACK: Final = 1_000_000  # microseconds: a clock that is behind by more has been set, and is right
_AT_ONCE: Final = 1000
_FEW: Final = 5  # packets that are read sooner one by one than as columns


class Arrivals(Protocol):
    """Packets on their way to the publisher's thread; the oldest are lost when it takes none."""

    def put(self, more: Sequence[Arrival]) -> None: ...

    def take(self, most: int) -> list[Arrival]: ...

    def take_lost(self) -> int: ...


class Intake:
    """Makes entries of packets. Each has a moment of its own, so that no two ticks have one id."""

    def __init__(self, now: Callable[[], datetime], arrivals: Arrivals) -> None:
        self._now = now
        self._arrivals = arrivals
        self._next_at = 0
        self._lock = Lock()
        self._known: dict[bytes, Instrument] = {}
        self._spots: dict[str, float] = {}
        self._measures: dict[bytes, str] = {}
        self._log = structlog.get_logger()

    def follow(self, families: Iterable[Family]) -> None:
        """Learn what tokens stand for; what was known stays known, for packets still under way."""
        for family in families:
            self._known |= {each.head: each for each in family.instruments()}
            self._measures |= {family.spot.head: family.name}

    def spot_of(self, name: str) -> float | None:
        """Return the underlying's last price, None before its first tick."""
        return self._spots.get(name)

    def on_packets(self, packets: Sequence[bytes]) -> None:
        """Take in what a socket has brought at once; called on its thread."""
        at = (self._now() - _EPOCH) // _MICROSECOND
        with self._lock:
            if self._next_at - _A_STEP_BACK < at < self._next_at:
                at = self._next_at
            self._next_at = at + len(packets)
            self._arrivals.put(list(zip(range(at, self._next_at), packets, strict=True)))

    def entries(self) -> list[Entry]:
        """Return the entries of what has come since this was last asked; what is no tick is counted and skipped.

        Called on the publisher's thread.
        """
        entries: list[Entry] = []
        while arrivals := self._arrivals.take(_AT_ONCE):
            entries += self._one_by_one(arrivals) if len(arrivals) <= _FEW else self._at_once(arrivals)
        metrics.PACKETS.inc(len(entries))
        if lost := self._arrivals.take_lost():
            metrics.DROPPED.labels(reason="buffer_full").inc(lost)
            self._log.warning("packets.dropped", packets=lost)
        return entries

    def _one_by_one(self, arrivals: list[Arrival]) -> list[Entry]:
        return [entry for arrival in arrivals if (entry := self._entry(*arrival)) is not None]

    def _at_once(self, arrivals: list[Arrival]) -> list[Entry]:
        """Read as columns what can be; the rest one by one, in its place."""
        moments, packets = zip(*arrivals, strict=True)
        found: list[Entry | None] = [None] * len(arrivals)
        for columns in columns_of(packets, self._known):
            self._see_spots(columns)
            written = entries_of(columns, [moments[place] for place in columns.places])
            for place, each in zip(columns.places, written, strict=True):
                found[place] = each
        for place in [place for place, each in enumerate(found) if each is None]:
            found[place] = self._entry(*arrivals[place])
        return [each for each in found if each is not None]

    def _see_spots(self, columns: Columns) -> None:
        if not self._measures.keys().isdisjoint(columns.heads):
            latest = dict(zip(columns.heads, columns.ltp, strict=True))
            for head in self._measures.keys() & latest.keys():
                self._spots[self._measures[head]] = latest[head] / PAISE

    def _entry(self, at: int, raw: bytes) -> Entry | None:
        """Return the entry of one packet, None when it is no tick."""
        try:
            packet = decode(raw)
        except UnreadablePacketError as e:
            self._skip("unreadable", str(e))
            return None
        head = head_of(packet.exchange_type, packet.token)
        instrument = self._known.get(head)
        if instrument is None:
            self._skip("unknown_token", f"{packet.exchange_type}:{packet.token}")
            return None
        if (reason := refused_because(packet)) is not None:
            self._skip(reason, f"{packet.exchange_type}:{packet.token}")
            return None
        if (name := self._measures.get(head)) is not None:
            self._spots[name] = packet.ltp
        return instrument.stream, entry(Tick(instrument, packet, _EPOCH + at * _MICROSECOND))

    def _skip(self, reason: str, what: str) -> None:
        metrics.SKIPPED.labels(reason=reason).inc()
        self._log.debug("packet.skipped", reason=reason, what=what)
