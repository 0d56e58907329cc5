"""Which strikes of a chain are polled: around the money, and whatever was polled earlier today."""

from collections.abc import Iterable
from dataclasses import dataclass

from oi_common.market.chain import Contract


@dataclass(frozen=True, slots=True)
class Window:
    """A range of strikes, both ends included. It only widens within a day, so that no series breaks off."""

    lowest: int
    highest: int

    def holds(self, contract: Contract) -> bool:
        return self.lowest <= contract.strike <= self.highest

    def widened_to(self, other: "Window") -> "Window":
        return Window(min(self.lowest, other.lowest), max(self.highest, other.highest))


def window_over(contracts: Iterable[Contract]) -> Window | None:
    """Return the narrowest window that holds all contracts, None when there are none."""
    strikes = [contract.strike for contract in contracts]
    return Window(min(strikes), max(strikes)) if strikes else None


def widened(window: Window | None, other: Window | None) -> Window | None:
    if window is None or other is None:
        return window or other
    return window.widened_to(other)
