"""What a symbol ends with, given the contract. Contracts are never read from symbols, only blank names are."""

from collections.abc import Iterator
from datetime import date
from typing import Final

_WEEKLY_MONTHS: Final = "123456789OND"


def recovered_name(symbol: str, expiry: date, tail: str) -> str:
    """Return the name before the contract's own expiry and tail (`84600PE`, `FUT`), "" when they do not follow it."""
    for spelling in _spellings(expiry):
        name = symbol.removesuffix(spelling + tail)
        if name != symbol:
            return name
    return ""


def _spellings(expiry: date) -> Iterator[str]:
    """Yield the day as symbols write it: BFO monthlies 26SEP, BFO weeklies 26O08, NFO and MCX 28NOV26."""
    yield f"{expiry:%y%b}".upper()
    yield f"{expiry:%y}{_WEEKLY_MONTHS[expiry.month - 1]}{expiry:%d}"
    yield f"{expiry:%d%b%y}".upper()
