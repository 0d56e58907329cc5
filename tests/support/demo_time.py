"""A demo's time in a test's hands: it runs as far as it is allowed, however fast or slow the machine is."""

import re
import time
from datetime import date, datetime
from datetime import time as time_of_day

import psutil  # type: ignore[import-untyped]

from oi_cli.streams import Streams
from oi_common.clock import WAITING_KEY
from oi_common.connections import REDIS_DOWN, connect_redis_blocking
from oi_common.errors import Unavailable
from oi_common.market.buckets import IST
from support.processes import eventually

_US = "test:1"
_POLLER = "poller:poller-1"
_HOLDS_FOR = 3600.0  # real seconds: who wrote in the future needs not say it again
_COMES_WITHIN = 600.0


class DemoTime:
    """Passes for a service that time waits for (see `SimulatedClock`). The demo runs at full speed."""

    def __init__(self, redis_pid: int, day: date) -> None:
        said = " ".join(psutil.Process(redis_pid).cmdline())
        port = re.search(r"(?:127\.0\.0\.1:|--port )(\d+)", said)
        assert port is not None, said
        self._url = f"redis://127.0.0.1:{port.group(1)}/0"
        self._streams = Streams(self._url)
        self._day = day

    def close(self) -> None:
        self._streams.close()

    def allow(self, minute: str) -> None:
        """Let time run to a minute."""
        until = self._at(minute)
        eventually(lambda: self._is_told(until), within=_COMES_WITHIN, what="Redis answers")

    def wait_for(self, minute: str) -> None:
        """Wait until time has come to a minute."""
        eventually(lambda: self._has_come(self._at(minute)), within=_COMES_WITHIN, what=minute)

    def wait_until_handled(self, *indices: str) -> None:
        """Wait until every group has handled all there is."""
        eventually(
            lambda: all(self._is_drained(name) for name in indices),
            within=_COMES_WITHIN,
            what="all is handled",
        )

    def wait_for_poller(self, since: float) -> None:
        """Wait until a poller that has said so after `since` paces time: without one, time would run through."""
        eventually(lambda: self._is_paced(since), within=_COMES_WITHIN, what="a poller that paces time")

    def let_go(self) -> None:
        self._streams.let_time_run(_US)

    def _at(self, minute: str) -> datetime:
        return datetime.combine(self._day, time_of_day.fromisoformat(minute), IST)

    def _is_told(self, until: datetime) -> bool:
        try:
            self._streams.hold_time(_US, until, time.time() + _HOLDS_FOR)
        except Unavailable:
            return False
        return True

    def _has_come(self, moment: datetime) -> bool:
        try:
            exchange = self._streams.exchange_time(time.time())
        except Unavailable:
            return False
        return exchange is not None and exchange.now >= moment

    def _is_paced(self, since: float) -> bool:
        try:
            with connect_redis_blocking(self._url) as client:
                said = client.hget(WAITING_KEY, _POLLER)
        except REDIS_DOWN:
            return False
        return said is not None and float(said.split()[1]) > since

    def _is_drained(self, name: str) -> bool:
        try:
            return self._streams.is_drained(name)
        except Unavailable:
            return False
