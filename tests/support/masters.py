"""Instrument masters for tests: rows with the broker's spellings, few or as many as a real one has."""

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# name, exchange, chains, lowest strike, step, strikes of each chain: about what the exchanges list
CHAINS = (
    ("NIFTY", "NFO", 18, 20_000, 50, 140),
    ("BANKNIFTY", "NFO", 6, 45_000, 100, 150),
    ("FINNIFTY", "NFO", 4, 20_000, 50, 120),
    ("MIDCPNIFTY", "NFO", 4, 10_000, 25, 150),
    ("NIFTYNXT50", "NFO", 3, 50_000, 100, 100),
    ("SENSEX", "BFO", 10, 70_000, 100, 200),
    ("BANKEX", "BFO", 5, 50_000, 100, 150),
)

Row = dict[str, Any]


def row(
    token: str,
    symbol: str,
    name: str = "NIFTY",
    *,
    kind: str = "OPTIDX",
    exchange: str = "NFO",
    expiry: str = "11AUG2026",
    strike: float = 0.0,
    lot: str = "65",
    tick: str = "5.000000",
) -> Row:
    return {
        "token": token,
        "symbol": symbol,
        "name": name,
        "expiry": expiry,
        "strike": f"{strike * 100:.6f}",
        "lotsize": lot,
        "instrumenttype": kind,
        "exch_seg": exchange,
        "tick_size": tick,
        "freeze_qty": "0",
        "is_cas_enabled": False,
    }


def index(token: str, symbol: str, name: str, *, exchange: str = "NSE", kind: str = "AMXIDX") -> Row:
    return row(token, symbol, name, kind=kind, exchange=exchange, expiry="", lot="1", tick="0.000000")


NIFTY = index("99926000", "Nifty 50", "NIFTY")
LEGACY_NIFTY = row("26000", "NIFTY", kind="", exchange="NSE", expiry="", strike=-0.01, lot="-1")
VIX = index("99926017", "India VIX", "INDIA VIX")
FUTURES = [
    row("9002", "NIFTY29SEP26FUT", kind="FUTIDX", expiry="29SEP2026", strike=-0.01),
    row("9001", "NIFTY25AUG26FUT", kind="FUTIDX", expiry="25AUG2026", strike=-0.01),
]


def chain(
    expiry: str = "11AUG2026", strikes: Iterable[int] = (24400, 24450, 24500, 24550, 24600)
) -> list[Row]:
    return [
        row(f"{strike}{side}{expiry}", f"NIFTY{expiry}{strike}{side}", expiry=expiry, strike=strike)
        for strike in strikes
        for side in ("CE", "PE")
    ]


def master(*more: Row) -> bytes:
    """Return a master of NIFTY, its legacy namesake, two futures and three chains, with whatever else is wanted."""
    rows = [NIFTY, LEGACY_NIFTY, *FUTURES, *chain(), *chain("18AUG2026"), *chain("06AUG2026"), *more]
    return json.dumps(rows).encode()


def full_master(count: int) -> bytes:
    """Return a master of so many rows in a shuffled order, mixed as a real one is."""
    rows = [NIFTY, index("99926009", "Nifty Bank", "BANKNIFTY"), VIX, *_listed()]
    chance = random.Random(11)
    rows += [_other(number, chance) for number in range(count - len(rows))]
    chance.shuffle(rows)
    return json.dumps(rows, separators=(",", ":")).encode()


def _listed() -> Iterator[Row]:
    token = 35_000
    for name, exchange, chains, lowest, step, strikes in CHAINS:
        for number in range(chains):
            day, month = 1 + number * 7 % 28, MONTHS[number * 7 // 28 % 12]
            for strike in range(lowest, lowest + step * strikes, step):
                for side in ("CE", "PE"):
                    token += 1
                    symbol = f"{name}{day:02d}{month}26{strike}{side}"
                    expiry = f"{day:02d}{month}2026"
                    yield row(str(token), symbol, name, exchange=exchange, expiry=expiry, strike=strike)


def _other(number: int, chance: random.Random) -> Row:
    """Return a row of no use: a stock's option, a share, a commodity's or a currency's option."""
    token, at = str(200_000 + number), chance.random()
    if at < 0.6:
        name = f"STOCK{chance.randrange(210):03d}"
        exchange = chance.choice(("NFO", "NFO", "BFO"))
        return row(token, f"{name}28NOV26{number}CE", name, kind="OPTSTK", exchange=exchange, strike=number)
    if at < 0.85:
        name = f"COMPANY{number}"
        return row(token, f"{name}-EQ", name, kind="", exchange=chance.choice(("NSE", "BSE")), expiry="")
    if at < 0.93:
        return row(
            token, f"CRUDEOIL15OCT26{number}CE", "CRUDEOIL", kind="OPTFUT", exchange="MCX", strike=number
        )
    return row(token, f"USDINR26NOV26{number}CE", "USDINR", kind="OPTCUR", exchange="CDS", strike=number)
