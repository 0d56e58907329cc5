"""The instrument master: one JSON array of flat objects with eleven keys, nearly everything a string."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from simulator.core.market import Instrument
from simulator.core.wire import expiry_text

Row = dict[str, Any]


def row(instrument: Instrument) -> Row:
    """Return an instrument's row: strike and tick size times 100, expiry `28NOV2024` or nothing."""
    return _row(
        token=instrument.token,
        symbol=instrument.symbol,
        name=instrument.name,
        expiry=expiry_text(instrument.expiry) if instrument.expiry else "",
        strike=_strike(instrument),
        lotsize=str(instrument.lot_size),
        kind=instrument.kind,
        exchange=instrument.exchange,
        tick_size=instrument.tick_size * 100,
    )


def _strike(instrument: Instrument) -> float:
    """Return the strike times 100; what has none is 0 on indices and -1 elsewhere."""
    if instrument.strike is not None:
        return instrument.strike * 100
    return 0.0 if instrument.kind == "AMXIDX" else -1.0


def _row(
    *,
    token: str,
    symbol: str,
    name: str,
    exchange: str,
    expiry: str = "",
    strike: float = -1.0,
    lotsize: str = "1",
    kind: str = "",
    tick_size: float = 5.0,
) -> Row:
    return {
        "token": token,
        "symbol": symbol,
        "name": name,
        "expiry": expiry,
        "strike": f"{strike:.6f}",
        "lotsize": lotsize,
        "instrumenttype": kind,
        "exch_seg": exchange,
        "tick_size": f"{tick_size:.6f}",
        "freeze_qty": "0",
        "is_cas_enabled": False,
    }


# Rows that trip a careless reader, each of a kind seen in real masters: an old index token without a type, an index of
# commodities, a fractional strike, a currency's strike times 10,000,000, both BFO symbol styles, a BFO row without a
# name, a commodity's spot price row, its option, a future that expires before the option and the one it is delivered into.
_ODDITIES = """
NSE 26074   MIDCPNIFTY             MIDCPNIFTY -         -1      -1   -
MCX 99920003 MCXCRUDEX             MCXCRUDEX  -         0       1    AMXIDX
CDS 2195    USDINR26NOV84.5CE      USDINR     26NOV2026 845000000 1000 OPTCUR
NFO 102595  IEX27OCT26117.5CE      IEX        27OCT2026 11750   4350 OPTSTK
BFO 1100043 BANKEX26O0856900PE     BANKEX     08OCT2026 5690000 30   OPTIDX
BFO 1100101 BANKEX26SEP56900PE     BANKEX     24SEP2026 5690000 30   OPTIDX
BFO 1100200 360ONE26NOV1260CE      -          26NOV2026 126000  500  OPTSTK
MCX 565000  CRUDEOILM              CRUDEOILM  -         -1      1    COMDTY
MCX 565899  CRUDEOILM21SEP26FUT    CRUDEOILM  21SEP2026 0       10   FUTCOM
MCX 573112  CRUDEOILM19OCT26FUT    CRUDEOILM  19OCT2026 0       10   FUTCOM
MCX 580685  CRUDEOILM15OCT267550CE CRUDEOILM  15OCT2026 755000  10   OPTFUT
"""


def _oddities() -> Iterator[Row]:
    for line in _ODDITIES.split("\n")[1:-1]:
        exchange, token, symbol, name, expiry, strike, lotsize, kind = (
            "" if word == "-" else word for word in line.split()
        )
        yield _row(
            token=token,
            symbol=symbol,
            name=name,
            exchange=exchange,
            expiry=expiry,
            strike=float(strike),
            lotsize=lotsize,
            kind=kind,
        )


def document(instruments: Iterable[Instrument], filler: int = 0) -> bytes:
    """Return the whole master; an oddity gives way where the market has its contracts or its token.

    `filler` rows make it as long as a real one (about 155,000) and are of no use to anybody.
    """
    own = [row(instrument) for instrument in instruments]
    names = {each["name"] for each in own}
    taken = {(each["exch_seg"], each["token"]) for each in own}
    odd = [
        each
        for each in _oddities()
        if (each["exch_seg"], each["token"]) not in taken
        and not (each["instrumenttype"] and each["name"] in names)
    ]
    rows = map(_text, [*own, *odd])
    return f"[{','.join(chain(rows, _filler(filler)))}]".encode()


def _filler(count: int) -> Iterator[str]:
    """Yield rows as text, for a hundred thousand objects are not worth building to write them down at once."""
    numbered = "20%06d"
    share = _text(_row(token=numbered, symbol="FILL%d-EQ", name="FILL%d", exchange="BSE"))
    option = _text(
        _row(
            token=numbered,
            symbol="USDINR%dCE",
            name="USDINR",
            expiry="29DEC2026",
            strike=0,
            kind="OPTCUR",
            exchange="CDS",
        )
    )
    for number in range(count):
        yield option % (number, number) if number % 2 else share % (number, number, number)


def _text(row: Row) -> str:
    return json.dumps(row, separators=(",", ":"))
