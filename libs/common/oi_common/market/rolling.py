"""The last half hour of ticks and OI, per contract, in bounded memory.

At most 32 bytes a tick: 65,536 bytes a contract with the default 2,048 ticks, 128 MiB for the default 2,048 contracts.
There is no clock here: times come with the ticks. One owner adds and asks; it holds no lock.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf, isfinite, nan, nextafter
from typing import Generic, TypeVar

import numpy as np

from oi_common.market.option_chain import Floats
from oi_common.market.tick_ring import TickRing

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class TickWindow:
    """One contract over [start, end): rupees and units; None is unknown."""

    ticks: int
    first: float | None
    last: float | None
    low: float | None
    high: float | None
    volume: float | None  # traded; None also where the day's volume stepped back
    oi_before: float | None  # as of the start
    oi_after: float | None  # as of the end
    is_complete: bool  # no tick of the window was lost, nor came before the history began


class RollingHistory(Generic[Key]):
    """Ticks by contract, whatever names it. Full rings give up their oldest tick, and windows say so."""

    def __init__(
        self,
        horizon: timedelta = timedelta(minutes=30),
        *,
        ticks_per_contract: int = 2048,
        most_contracts: int = 2048,
    ) -> None:
        self._horizon = horizon.total_seconds()
        self._ticks_per_contract = ticks_per_contract
        self._most_contracts = most_contracts
        self._rings: dict[Key, TickRing] = {}
        self._look_again = -inf  # when silent contracts are looked for next
        self.out_of_order = 0  # ticks dropped because a newer one of their contract had come
        self.refused = 0  # ticks of contracts for which there was no room

    def __len__(self) -> int:
        return len(self._rings)

    @property
    def nbytes(self) -> int:
        return sum(ring.nbytes for ring in self._rings.values())

    def add(
        self,
        contract: Key,
        at: datetime,
        *,
        price: float | None = None,
        volume: float | None = None,
        oi: float | None = None,
    ) -> bool:
        """Keep a tick and say whether it was kept; `volume` is of the day so far.

        Of two ticks of one moment the one that comes later is the later one.
        """
        moment = at.timestamp()
        ring = self._ring(contract, moment)
        if ring is None:
            self.refused += 1
            return False
        if moment < ring.last_at:
            self.out_of_order += 1
            return False
        ring.add(moment, _float(price), _float(volume), _float(oi))
        ring.forget(moment - self._horizon)
        return True

    def window(self, contract: Key, start: datetime, end: datetime) -> TickWindow:
        """Return what is known of [start, end); all of it None for a contract without ticks."""
        ring = self._rings.get(contract, TickRing(1))
        begins, ends = start.timestamp(), end.timestamp()
        _, prices, volumes, _ = ring.ticks(begins, ends)
        prices = prices[np.isfinite(prices)]
        before, until = ring.ticks(-inf, begins), ring.ticks(-inf, ends)
        return TickWindow(
            ticks=len(volumes),
            first=_at(prices, 0),
            last=_at(prices, -1),
            low=float(prices.min()) if len(prices) else None,
            high=float(prices.max()) if len(prices) else None,
            volume=_traded(before[2], volumes),
            oi_before=_last(before[3]),
            oi_after=_last(until[3]),
            is_complete=begins >= ring.covers_from,
        )

    def oi_at(self, contract: Key, at: datetime) -> float | None:
        """Return the last OI known at a moment; None where none is, or it is longer ago than is kept."""
        ring = self._rings.get(contract, TickRing(1))
        return _last(ring.ticks(-inf, nextafter(at.timestamp(), inf))[3])

    def ticks(self, contract: Key, start: datetime, end: datetime) -> Floats:
        """Return times (seconds since 1970), prices, day volumes and OI, a row each, of [start, end)."""
        return self._rings.get(contract, TickRing(1)).ticks(start.timestamp(), end.timestamp())

    def _ring(self, contract: Key, moment: float) -> TickRing | None:
        """Return the contract's ring, a new one if there is room, for which silent contracts make way."""
        if contract not in self._rings:
            if len(self._rings) >= self._most_contracts and moment >= self._look_again:
                self._forget_silent(moment - self._horizon)
                self._look_again = moment + self._horizon / 30
            if len(self._rings) >= self._most_contracts:
                return None
            self._rings[contract] = TickRing(self._ticks_per_contract)
        return self._rings[contract]

    def _forget_silent(self, since: float) -> None:
        self._rings = {contract: ring for contract, ring in self._rings.items() if ring.last_at >= since}


def _traded(before: Floats, within: Floats) -> float | None:
    """Return the last day volume less the one that stood at the start, or else the first in the window."""
    known = within[np.isfinite(within)]
    base = _last(before)
    if not len(known):
        return None
    traded = float(known[-1]) - (float(known[0]) if base is None else base)
    return traded if traded >= 0 else None


def _last(values: Floats) -> float | None:
    return _at(values[np.isfinite(values)], -1)


def _at(values: Floats, place: int) -> float | None:
    return float(values[place]) if len(values) else None


def _float(value: float | None) -> float:
    return float(value) if value is not None and isfinite(value) else nan
