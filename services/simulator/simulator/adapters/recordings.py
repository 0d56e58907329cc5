"""Read recordings of option chains, Parquet or CSV, whatever their columns are called."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from oi_common.market.black76 import Floats
from simulator.adapters.tables import Table, UnreadableRecording, read_table
from simulator.core.recorded_chain import RecordedChain

__all__ = ["UnreadableRecording", "read_recording", "recorded_names"]

# What recorders call their columns, compared without case; the first one found is taken.
_TIME: Final = ("collected_at", "ts", "time", "timestamp", "datetime")
_STAMP: Final = ("nse_timestamp", "exchange_time", "feed_time", "exchange_timestamp")
_NAME: Final = ("symbol", "name", "underlying", "index_name")
_EXPIRY: Final = ("expiry", "expiry_date", "expirydate")
_STRIKE: Final = ("strike", "strike_price", "strikeprice")
_SIDE: Final = ("option_type", "optiontype", "type", "right")
_OI_CONTRACTS: Final = ("oi_contracts", "open_interest_contracts")
_OI_UNITS: Final = ("oi", "oi_units", "open_interest", "openinterest")
_VOLUME: Final = ("volume_contracts", "volume", "traded_volume", "total_traded_volume")
_LTP: Final = ("ltp", "last_price", "lastprice")
_BID: Final = ("bid", "bid_price", "bidprice")
_ASK: Final = ("ask", "ask_price", "askprice")
_BID_QUANTITY: Final = ("bid_qty", "bid_quantity", "bidqty")
_ASK_QUANTITY: Final = ("ask_qty", "ask_quantity", "askqty")
_NET_CHANGE: Final = ("net_change", "netchange")
_IV: Final = ("iv_pct", "iv", "implied_volatility")
_SPOT: Final = ("spot", "underlying_value", "underlying_price")
_SIDES: Final = ("CE", "PE")


def recorded_names(path: Path) -> tuple[str, ...]:
    """Return the underlyings that a recording holds."""
    return tuple(sorted(set(read_table(path).texts(_NAME).tolist())))


def read_recording(path: Path, name: str | None = None) -> RecordedChain:
    """Read one underlying's chain; `name` is needed where the file holds several."""
    table = read_table(path)
    names = table.texts(_NAME)
    chosen = _chosen(path, sorted(set(names.tolist())), name)
    table = table.where(names == chosen)
    if not table.has(_SIDE) and table.has(_prefixed(_LTP, "CE")):
        sides = [_chain(table, chosen, np.full(len(table), side == "CE"), side) for side in _SIDES]
        return _in_order(sides[0].joined_with(sides[1]))
    written = np.char.upper(table.texts(_SIDE))
    for row in np.flatnonzero(~np.isin(written, _SIDES))[:1]:
        table.refuse(_SIDE, int(row), f"must be CE or PE, was {str(written[row])!r}")
    return _in_order(_chain(table, chosen, written == "CE"))


def _chosen(path: Path, found: list[str], name: str | None) -> str:
    if name is None and len(found) == 1:
        return found[0]
    if name in found:
        return str(name)
    wanted = "one must be named" if name is None else f"{name!r} is not among them"
    raise UnreadableRecording(f"{path}: column symbol holds {', '.join(found) or 'nothing'}; {wanted}")


def _chain(table: Table, name: str, is_call: npt.NDArray[np.bool_], side: str = "") -> RecordedChain:
    """Gather the columns; in a wide table those of one side, whose names start with CE_ or PE_."""

    def numbers(names: tuple[str, ...]) -> Floats:
        return table.numbers(_prefixed(names, side), is_needed=False)

    in_contracts = table.has(_prefixed(_OI_CONTRACTS, side))
    oi = _OI_CONTRACTS if in_contracts else _OI_UNITS
    collected_at = table.moments(_TIME)
    ltp = numbers(_LTP)
    return RecordedChain(
        name=name,
        counted_in="contracts" if in_contracts else "units",
        collected_at=collected_at,
        stamped_at=table.moments(_STAMP) if table.has(_STAMP) else collected_at,
        expiry=table.moments(_EXPIRY),
        strike=table.numbers(_STRIKE),
        is_call=is_call,
        oi=table.numbers(_prefixed(oi, side)),
        volume=numbers(_VOLUME),
        ltp=ltp,
        bid=numbers(_BID),
        ask=numbers(_ASK),
        bid_quantity=numbers(_BID_QUANTITY),
        ask_quantity=numbers(_ASK_QUANTITY),
        previous_close=_previous_close(ltp, numbers(_NET_CHANGE)),
        iv=numbers(_IV),
        spot=table.numbers(_SPOT, is_needed=False),
    )


def _previous_close(ltp: Floats, net_change: Floats) -> Floats:
    """Return LTP less its change on the day, where both are told; a contract not traded tells neither."""
    close = np.round(ltp - net_change, 2)
    return np.where((ltp > 0.0) & (close > 0.0), close, np.nan)


def _prefixed(names: tuple[str, ...], side: str) -> tuple[str, ...]:
    return tuple(f"{side}_{name}".lower() for name in names) if side else names


def _in_order(chain: RecordedChain) -> RecordedChain:
    order: npt.NDArray[Any] = np.argsort(chain.collected_at, kind="stable")
    return chain.where(order)
