"""The instruments we track, found by what they are: contracts from the master's fields, never from its symbols."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Final

import msgspec

from oi_common.errors import Misconfigured
from oi_common.market.chain import Contract, Side, at_the_money
from oi_common.market.underlyings import INDIA_VIX, INDICES, segment_of

INDEX_KIND = "AMXIDX"
SHARE_KIND = ""
SPOT_KINDS = frozenset({INDEX_KIND, SHARE_KIND})
OPTION_KINDS = frozenset({"OPTIDX", "OPTFUT", "OPTSTK"})
FUTURE_KINDS = frozenset({"FUTIDX", "FUTCOM", "FUTSTK"})

Chain = Mapping[Contract, "Instrument"]


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """One row of the master that we can use: prices in rupees, `token` unique within `exchange`."""

    exchange: str
    token: str
    symbol: str
    name: str
    kind: str
    lot_size: int
    tick_size: float
    expiry: date | None = None
    strike: int | None = None
    side: Side | None = None


class Instruments:
    """One day's master, asked by underlying and expiry."""

    def __init__(self, rows: Iterable[Instrument], downloaded_at: datetime | None = None) -> None:
        self._rows = tuple(rows)
        self.downloaded_at: Final = downloaded_at

    def __len__(self) -> int:
        return len(self._rows)

    def of(self, underlying: str) -> Iterator[Instrument]:
        """Yield an underlying's futures and options."""
        return (row for row in self._rows if row.name == underlying and row.kind not in SPOT_KINDS)

    @cached_property
    def by_token(self) -> Mapping[tuple[str, str], Instrument]:
        """The instrument of (exchange, token). Tokens repeat between exchanges, and go to new contracts after expiry:
        of two, the one that trades longer has it."""
        oldest_first = sorted(self._rows, key=lambda row: row.expiry or date.min)
        return MappingProxyType({(row.exchange, row.token): row for row in oldest_first})

    def lists_options_of(self, underlying: str) -> bool:
        return underlying in self._chains

    def expiries(self, underlying: str, on: date) -> tuple[date, ...]:
        """Return the expiries that still trade on a day, nearest first; a contract trades on its expiry day."""
        return tuple(expiry for expiry in self._chains.get(underlying, {}) if expiry >= on)

    def chain(self, underlying: str, expiry: date) -> Chain:
        """Return every contract of a chain by strike; empty when there is no such chain."""
        return self._chains.get(underlying, {}).get(expiry, MappingProxyType({}))

    def around(self, underlying: str, expiry: date, spot: float, strikes_around: int) -> Chain:
        """Return the contracts of the strike nearest spot and of so many listed strikes to either side."""
        chain = self.chain(underlying, expiry)
        strikes = sorted({contract.strike for contract in chain})
        centre = at_the_money(strikes, spot)
        if centre is None:
            return chain
        at = strikes.index(centre)
        near = set(strikes[max(at - strikes_around, 0) : at + strikes_around + 1])
        return MappingProxyType({c: instrument for c, instrument in chain.items() if c.strike in near})

    def spot(self, underlying: str) -> Instrument:
        """Return the index, or the share, itself. Raises Misconfigured when the master has no such row."""
        known = INDIA_VIX if underlying == INDIA_VIX.name else INDICES.get(underlying)
        kind, exchange = (SHARE_KIND, "NSE") if known is None else (INDEX_KIND, known.spot_exchange)
        for row in self._rows:
            # The broker writes INDIA VIX. Names come first: a token may have gone to another index.
            is_named = row.name.replace(" ", "") == underlying and row.exchange == exchange
            if row.kind == kind and is_named:
                return row
        what = "share" if known is None else "index"
        raise Misconfigured(f"INDICES: the instrument master has no {what} row for {underlying}")

    def future(self, underlying: str, on: date) -> Instrument | None:
        """Return the nearest future that still trades on a day."""
        futures = (row for row in self._rows if row.kind in FUTURE_KINDS and row.name == underlying)
        live = [(row.expiry, row) for row in futures if row.expiry is not None and row.expiry >= on]
        return min(live, key=lambda pair: pair[0], default=(None, None))[1]

    def priced_by(self, option: Instrument) -> Instrument | None:
        """Return what an option is an option on, None when the master has no such thing."""
        with suppress(Misconfigured):
            return None if option.expiry is None else self.basis(option.name, option.expiry)
        return None

    def basis(self, underlying: str, expiry: date) -> Instrument:
        """Return what a chain is priced by: the index or share, or of a commodity the future it is delivered into.

        That is the first future to expire with it or after it. Raises Misconfigured when the master has none.
        """
        if segment_of(underlying) != "MCX":
            return self.spot(underlying)
        future = self.future(underlying, expiry)
        if future is None:
            raise Misconfigured(
                f"MCX_NAME: the instrument master has no future of {underlying} after {expiry}"
            )
        return future

    def leading(self, underlying: str, on: date) -> Instrument:
        """Return what the underlying's candles of a day are of: the basis of the nearest chain, if it has chains."""
        return self.basis(underlying, next(iter(self.expiries(underlying, on)), on))

    @cached_property
    def _chains(self) -> Mapping[str, Mapping[date, Chain]]:
        chains: dict[str, dict[date, dict[Contract, Instrument]]] = {}
        for row in self._rows:
            if row.expiry is not None and row.strike is not None and row.side is not None:
                chain = chains.setdefault(row.name, {}).setdefault(row.expiry, {})
                chain[Contract(row.strike, row.side)] = row
        return {
            name: {
                expiry: MappingProxyType(dict(sorted(of[expiry].items(), key=_place)))
                for expiry in sorted(of)
            }
            for name, of in chains.items()
        }


def _place(item: tuple[Contract, Instrument]) -> tuple[int, str]:
    return item[0].strike, item[0].side
