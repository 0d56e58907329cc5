"""Which subscribed instruments tick now: once a simulated second at most, and no more than the wire can bear."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Final

from oi_common.market.sessions import TradingSession, session_on
from simulator.core.market import Exchange

Key = tuple[Exchange, str]

_SEGMENTS: Final[dict[Exchange, str]] = {"NSE": "NSE", "NFO": "NFO", "BSE": "NSE", "BFO": "BFO", "MCX": "MCX"}


def is_trading(exchange: Exchange, at: datetime) -> bool:
    session = _session(_SEGMENTS[exchange], at.date())
    return session is not None and session.holds(at)


@cache
def _session(segment: str, day: date) -> TradingSession | None:
    return session_on(segment, day)


class TickSchedule:
    """Spreads a budget of ticks per real second over the instruments: indexes first, then who has waited longest."""

    def __init__(self, most_per_second: float) -> None:
        self._most = most_per_second
        self._allowance = most_per_second
        self._ticked: dict[Key, int] = {}

    def due(self, wanted: Iterable[Key], indexes: frozenset[Key], at: datetime, elapsed: float) -> list[Key]:
        """Return who ticks in the simulated second of `at`, `elapsed` real seconds after the last question."""
        self._allowance = min(self._most, self._allowance + elapsed * self._most)
        second = int(at.timestamp())
        last = self._ticked
        trading = {exchange for exchange in _SEGMENTS if is_trading(exchange, at)}
        waiting = [key for key in wanted if last.get(key, 0) < second and key[0] in trading]
        waiting.sort(key=lambda key: (key not in indexes, last.get(key, 0)))
        due = waiting[: int(self._allowance)]
        self._allowance -= len(due)
        last.update(dict.fromkeys(due, second))
        return due
