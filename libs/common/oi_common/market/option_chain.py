"""One option chain as arrays: what all measures are computed from.

A row is a strike, ascending; NaN is what nobody has said. OI and volume are units, prices rupees.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.chain import Contract, Side

Floats: TypeAlias = npt.NDArray[np.float64]

FIELDS: Final = ("oi", "volume", "ltp", "bid", "ask")


class Quoted(Protocol):
    """What is known of one contract; None is what nobody has said."""

    @property
    def oi(self) -> int | None: ...
    @property
    def volume(self) -> int | None: ...
    @property
    def ltp(self) -> float | None: ...
    @property
    def bid(self) -> float | None: ...
    @property
    def ask(self) -> float | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """One side of the chain, each array as long as the chain has strikes."""

    oi: Floats
    volume: Floats
    ltp: Floats
    bid: Floats
    ask: Floats


@dataclass(frozen=True, slots=True, eq=False)
class OptionChain:
    """All listed strikes of one expiry that are known, both sides."""

    strikes: Floats
    calls: Legs
    puts: Legs

    def __len__(self) -> int:
        return len(self.strikes)

    def side(self, side: Side) -> Legs:
        return self.calls if side == "CE" else self.puts


def option_chain(quotes: Iterable[tuple[Contract, Quoted]]) -> OptionChain:
    """Return the chain that these contracts make; one that is given twice counts as given last."""
    known = {(contract.strike, contract.side): quote for contract, quote in quotes}
    strikes = sorted({strike for strike, _ in known})
    return OptionChain(
        np.array(strikes, dtype=np.float64),
        *(_legs([known.get((strike, side)) for strike in strikes]) for side in ("CE", "PE")),
    )


def _legs(quotes: list[Quoted | None]) -> Legs:
    return Legs(*(np.array([_number(quote, name) for quote in quotes], dtype=np.float64) for name in FIELDS))


def _number(quote: Quoted | None, name: str) -> float:
    value = getattr(quote, name, None)
    return np.nan if value is None else float(value)
