"""Where packets become ticks."""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from ingest_ws import metrics
from ingest_ws.core.packets import UnreadablePacketError, decode
from ingest_ws.core.subscriptions import Family
from ingest_ws.core.ticks import Instrument, Tick, refused_because


class Intake:
    """Makes ticks of packets, on the sockets' threads."""

    def __init__(self, now: Callable[[], datetime], put: Callable[[Tick], None]) -> None:
        self._now = now
        self._put = put
        self._known: dict[tuple[int, str], Instrument] = {}
        self._spots: dict[str, float] = {}
        self._measures: dict[tuple[int, str], str] = {}
        self._log = structlog.get_logger()

    def follow(self, families: Iterable[Family]) -> None:
        """Learn what tokens stand for; what was known stays known, for packets still under way."""
        for family in families:
            self._known |= {each.key: each for each in family.instruments()}
            self._measures[family.spot.key] = family.name

    def spot_of(self, name: str) -> float | None:
        """Return the underlying's last price, None before its first tick."""
        return self._spots.get(name)

    def on_packet(self, raw: bytes) -> None:
        """Pass on the tick a packet is; one that is none is counted and skipped."""
        try:
            packet = decode(raw)
        except UnreadablePacketError as e:
            self._skip("unreadable", str(e))
            return
        key = packet.exchange_type, packet.token
        instrument = self._known.get(key)
        if instrument is None:
            self._skip("unknown_token", f"{packet.exchange_type}:{packet.token}")
            return
        if (reason := refused_because(packet)) is not None:
            self._skip(reason, f"{packet.exchange_type}:{packet.token}")
            return
        if (name := self._measures.get(key)) is not None:
            self._spots[name] = packet.ltp
        metrics.PACKETS.inc()
        self._put(Tick(instrument, packet, self._now()))

    def _skip(self, reason: str, what: str) -> None:
        metrics.SKIPPED.labels(reason=reason).inc()
        self._log.debug("packet.skipped", reason=reason, what=what)
