"""The instrument master read without waste: every row is checked to be one, only those we want are built."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

import msgspec

from oi_common.broker.contracts import (
    FUTURE_KINDS,
    INDEX_KIND,
    OPTION_KINDS,
    SHARE_KIND,
    Instrument,
    Instruments,
)
from oi_common.broker.symbols import recovered_name
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import IST
from oi_common.market.underlyings import segment_of

_SPOT_EXCHANGES: Final = {"NSE", "BSE"}
_HUNDREDTHS: Final = 100  # strikes and ticks are rupees times 100
_KINDS: Final = OPTION_KINDS | FUTURE_KINDS
_FUTURES: Final = frozenset({"FUTCOM"})
_EQUITY: Final = "-EQ"  # the series in which a share trades from day to day
_MUST_LIST: Final = (INDEX_KIND, "OPTIDX")
_VIX: Final = "INDIA VIX"
_WHAT: Final = "instrument master"

Body = bytes | bytearray


@dataclass(frozen=True, slots=True)
class MasterRules:
    """What a master must be to be believed. It has been served as `null`, truncated and not at all."""

    least_rows: int = 100_000


class _AnyRow(msgspec.Struct, gc=False):
    """An object, whatever it holds: 16 bytes a row are enough to check and count 155,000."""


class _NamedRow(msgspec.Struct, gc=False):
    name: str
    instrumenttype: str


class _Row(msgspec.Struct, gc=False):
    token: str
    symbol: str
    name: str
    expiry: str
    strike: str
    lotsize: str
    instrumenttype: str
    exch_seg: str
    tick_size: str


def parsed(
    body: Body,
    names: tuple[str, ...],
    rules: MasterRules,
    downloaded_at: datetime | None = None,
    *,
    needs_options: bool = True,
) -> Instruments:
    """Return what we need of a master.

    Raises Unavailable for one that cannot be believed, Misconfigured for a name that is not in it: an index or share
    without its own row or, unless they are not needed, options; a commodity without futures (many have no options).
    """
    try:
        _check(body, rules)
        instruments = Instruments(_wanted(_rows(body, names), names), downloaded_at)
    except msgspec.MsgspecError as e:
        raise Unavailable(f"{_WHAT}: is no list of instruments ({e})") from e
    for name in names:
        _check_listed(instruments, name, body, needs_options=needs_options)
    return instruments


def _check_listed(instruments: Instruments, name: str, body: Body, *, needs_options: bool) -> None:
    if segment_of(name) == "MCX":
        if instruments.future(name, date.min) is None:
            raise Misconfigured(
                f"MCX_NAME: the {_WHAT} has no futures of {_and_nearest(name, body, _FUTURES)}"
            )
        return
    if needs_options and not instruments.lists_options_of(name):
        raise Misconfigured(
            f"INDICES: the {_WHAT} has no options of {_and_nearest(name, body, OPTION_KINDS)}"
        )
    instruments.spot(name)


def _check(body: Body, rules: MasterRules) -> None:
    count = len(msgspec.json.decode(body, type=list[_AnyRow]))
    if count < rules.least_rows:
        raise Unavailable(f"{_WHAT}: has {count} rows, at least {rules.least_rows} were expected")
    for kind in _MUST_LIST:
        if f'"{kind}"'.encode() not in body:
            raise Unavailable(f"{_WHAT}: has no {kind} row")


def _rows(body: Body, names: tuple[str, ...]) -> list[_Row]:
    """Return the rows that may be ours. They are flat: from a name, its row reaches to the nearest braces."""
    wanted = b"|".join(re.escape(name.encode()) for name in (*names, _VIX))
    # A BFO row's name may be blank; its symbol tells it.
    may_be_ours = re.compile(rb'"name":\s*"(?:%s)?"' % wanted)
    found, end = [], 0
    while match := may_be_ours.search(body, end):
        start, end = body.rfind(b"{", end, match.start()), body.find(b"}", match.end()) + 1
        found.append(body[start:end])
    return msgspec.json.decode(b"[%s]" % b",".join(found), type=list[_Row])


def _wanted(rows: list[_Row], names: tuple[str, ...]) -> Iterator[Instrument]:
    homes = {name: segment_of(name) for name in names}
    for row in rows:
        instrument = _instrument(row)
        if instrument is not None and (
            instrument.exchange in _SPOT_EXCHANGES
            if instrument.kind == INDEX_KIND
            else instrument.kind == SHARE_KIND or homes.get(instrument.name) == instrument.exchange
        ):
            yield instrument


def _instrument(row: _Row) -> Instrument | None:
    """Return the instrument of a row, None for one that is not a contract we can name."""
    if row.instrumenttype == INDEX_KIND:
        return _built(row, row.name)
    if row.instrumenttype == SHARE_KIND and row.exch_seg == "NSE" and row.symbol == row.name + _EQUITY:
        return _built(row, row.name)
    if row.instrumenttype not in _KINDS:
        return None
    expiry, strike, side = _day(row.expiry), None, row.symbol[-2:]
    if row.instrumenttype in OPTION_KINDS:
        strike = _whole_rupees(row.strike)
        if strike is None or side not in {"CE", "PE"}:
            return None
    if expiry is None:
        return None
    name = row.name or recovered_name(row.symbol, expiry, "FUT" if strike is None else f"{strike}{side}")
    return _built(row, name, expiry, strike)


def _built(row: _Row, name: str, expiry: date | None = None, strike: int | None = None) -> Instrument | None:
    try:
        lot_size, tick_size = int(row.lotsize), float(row.tick_size) / _HUNDREDTHS
    except ValueError:
        return None
    return Instrument(
        exchange=row.exch_seg,
        token=row.token,
        symbol=row.symbol,
        name=name,
        kind=row.instrumenttype,
        lot_size=lot_size,
        tick_size=tick_size,
        expiry=expiry,
        strike=strike,
        side=None if strike is None else ("CE" if row.symbol.endswith("CE") else "PE"),
    )


def _whole_rupees(text: str) -> int | None:
    """Return a strike in rupees, None for one that is none or has a fraction: only some shares' have."""
    try:
        rupees = float(text) / _HUNDREDTHS
    except ValueError:
        return None
    return int(rupees) if rupees > 0 and rupees.is_integer() else None


@lru_cache(maxsize=1024)
def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.title(), "%d%b%Y").replace(tzinfo=IST).date()
    except ValueError:
        return None


def _and_nearest(name: str, body: Body, kinds: frozenset[str]) -> str:
    rows = msgspec.json.decode(body, type=list[_NamedRow])
    listed = sorted({row.name for row in rows if row.instrumenttype in kinds and row.name})
    near = get_close_matches(name, listed, n=3, cutoff=0.5)
    return f"{name}; the nearest names are {', '.join(near)}" if near else f"{name}, nor any like it"
