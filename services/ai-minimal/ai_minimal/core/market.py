"""The tick cache of one underlying: the last tick of everything, and some minutes of prices.

It is a cache and no more: after a restart the last minutes are read again.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from ai_minimal.core.ticks import INDEX, Listed, Tick
from oi_common.market.chain import Contract
from oi_common.market.rolling import RollingHistory

HORIZON: Final = timedelta(seconds=150)
# An older price says nothing of how things stood at a moment: the feed may have been away.
_STANDS_FOR: Final = timedelta(seconds=15)
_TICKS_PER_CONTRACT: Final = 512


class TickCache:
    """Ticks by what they are about. `spot_of_future`: a commodity has no index, its nearest future stands for it."""

    def __init__(self, *, spot_of_future: bool = False) -> None:
        self._spot_of_future = spot_of_future
        self._latest: dict[Listed, Tick] = {}
        self._prices: RollingHistory[Listed] = _history()

    def add(self, tick: Tick) -> None:
        """Keep a tick; one that is older than the last of its contract is dropped."""
        known = self._latest.get(tick.listed)
        if known is not None and tick.at < known.at:
            return
        self._latest[tick.listed] = tick
        self._prices.add(tick.listed, tick.at, price=tick.ltp)

    def spot(self) -> Tick | None:
        if not self._spot_of_future:
            return self._latest.get(INDEX)
        futures = [tick for listed, tick in self._latest.items() if listed.kind == "future"]
        return min(futures, key=lambda tick: tick.listed.expiry, default=None)

    def option(self, expiry: date, contract: Contract) -> Tick | None:
        return self._latest.get(listed_option(expiry, contract))

    def strikes(self, expiry: date) -> set[int]:
        named = expiry.isoformat()
        return {listed.strike for listed in self._latest if listed.strike and listed.expiry == named}

    def expiries(self) -> set[date]:
        """Return the expiries of all options that have ticked."""
        named = {listed.expiry for listed in self._latest if listed.kind == "option"}
        return {day for text in named if (day := _day(text)) is not None}

    def moves(self, listed: Listed, at: datetime, seconds: Iterable[int]) -> dict[int, float]:
        """Return by how much the price moved in so many seconds up to a moment; what is unknown is left out."""
        now = self._price_at(listed, at)
        then = {each: self._price_at(listed, at - timedelta(seconds=each)) for each in seconds}
        return {
            each: round(now - was, 2) for each, was in then.items() if now is not None and was is not None
        }

    def forget_before(self, day: date) -> None:
        """Forget what was listed until before a day, and all prices: a new day begins without momentum."""
        first = day.isoformat()
        self._latest = {
            key: tick for key, tick in self._latest.items() if not key.expiry or key.expiry >= first
        }
        self._prices = _history()

    def _price_at(self, listed: Listed, at: datetime) -> float | None:
        until = at + timedelta(microseconds=1)  # the moment itself is within
        prices = self._prices.ticks(listed, at - _STANDS_FOR, until)[1]
        known = prices[np.isfinite(prices)]
        return float(known[-1]) if len(known) else None


def listed_option(expiry: date, contract: Contract) -> Listed:
    return Listed(expiry.isoformat(), contract.strike, contract.side)


def _history() -> RollingHistory[Listed]:
    return RollingHistory(HORIZON, ticks_per_contract=_TICKS_PER_CONTRACT)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
