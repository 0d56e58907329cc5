"""Holding simulated time: while the services start, and while what is under way is finished."""

import time
from contextlib import suppress
from datetime import datetime

from oi_cli.streams import Streams
from oi_common.errors import Unavailable

_US = "demo:demo-1"
_SAID_EVERY = 0.5  # seconds; the exchange forgets who has been silent for a few


class TimeHold:
    """Asks the exchange, again and again, to let time run no further than a moment."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._until: datetime | None = None
        self._said_at = 0.0

    def at(self, moment: datetime) -> None:
        self._until, self._said_at = moment, 0.0
        self.renew()

    def at_present(self) -> None:
        """Let time stand still where it is; where nobody keeps time nothing needs to stand still."""
        with suppress(Unavailable):
            exchange = self._streams.exchange_time(time.time())
            if exchange is not None and not exchange.has_ended:
                self.at(exchange.now)

    def release(self) -> None:
        self._until = None
        self._streams.let_time_run(_US)

    def renew(self) -> None:
        if self._until is None or time.monotonic() - self._said_at < _SAID_EVERY:
            return
        self._said_at = time.monotonic()
        with suppress(Unavailable):  # Redis is being started again
            self._streams.hold_time(_US, self._until, time.time())
