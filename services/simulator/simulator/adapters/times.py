"""Clocks of the exchange: one a test sets by hand, and the real time that logins are also checked against."""

import time
from datetime import datetime, timedelta

from oi_common.market.buckets import IST


def wall_now() -> datetime:
    return datetime.fromtimestamp(time.time(), IST)


class ManualClock:
    """Shows what it was last set to; may be set from another thread."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = at

    def advance(self, length: timedelta) -> None:
        self._at += length
