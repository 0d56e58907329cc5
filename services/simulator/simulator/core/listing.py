"""Write the instrument master of a day: the rows a client finds, with the broker's spellings."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from simulator.core.expiries import Expiry
from simulator.core.market import Exchange, Instrument
from simulator.core.underlyings import VIX_NAME, VIX_SYMBOL, VIX_TOKEN, Underlying

Side = Literal["CE", "PE"]
SIDES: Final[tuple[Side, Side]] = ("CE", "PE")
_EPOCH: Final = date(2020, 1, 1)
_BFO_MONTHS: Final = "123456789OND"
_FUTURE: Final = 2


@dataclass(frozen=True, slots=True)
class Share:
    """A cash row that follows NIFTY: token, name, price and how strongly it follows."""

    token: str
    name: str
    price: float
    beta: float
    series: str = "EQ"


# Tokens as in the exchange's own lists; prices are rough.
SHARES: Final = (
    Share("2885", "RELIANCE", 1_480.0, 1.1),
    Share("1333", "HDFCBANK", 985.0, 0.9),
    Share("4963", "ICICIBANK", 1_360.0, 1.0),
    Share("1594", "INFY", 1_510.0, 0.9),
    Share("11536", "TCS", 3_080.0, 0.8),
    Share("3045", "SBIN", 960.0, 1.2),
)
# Rows that trap careless readers, as real masters have them: old index tokens with a lot of -1, a BFO stock
# option whose name is blank.
ODD_ROWS: Final = (
    Instrument("NSE", "26000", "NIFTY", "NIFTY", "", -1, 0.0),
    Instrument("NSE", "26009", "BANKNIFTY", "BANKNIFTY", "", -1, 0.0),
    Instrument("NSE", "26037", "FINNIFTY", "FINNIFTY", "", -1, 0.0),
    Instrument("NSE", "26074", "MIDCPNIFTY", "MIDCPNIFTY", "", -1, 0.0),
    Instrument("NSE", "10710", "VEEKAYEM-SM", "VEEKAYEM", "", 500, 0.05),
)


def spot_row(underlying: Underlying) -> Instrument:
    kind, tick = ("COMDTY" if underlying.is_commodity else "AMXIDX"), 0.0
    if underlying.is_share:
        kind, tick = "", underlying.tick_size
    return Instrument(
        underlying.exchange, underlying.token, underlying.symbol, underlying.name, kind, 1, tick
    )


def vix_row() -> Instrument:
    return Instrument("NSE", VIX_TOKEN, VIX_SYMBOL, VIX_NAME, "AMXIDX", 1, 0.0)


def share_row(share: Share) -> Instrument:
    return Instrument("NSE", share.token, f"{share.name}-{share.series}", share.name, "", 1, 0.1)


def blank_name_row(expiry: date) -> Instrument:
    symbol = f"360ONE{expiry:%y%b}1260CE".upper()
    return Instrument("BFO", "1100200", symbol, "", "OPTSTK", 500, 0.05, expiry, 1_260.0, "CE")


def future_row(underlying: Underlying, expiry: date) -> Instrument:
    kind = f"FUT{_ending(underlying)}"
    symbol = f"{underlying.name}{expiry:%d%b%y}FUT".upper()
    if underlying.derivatives == "BFO":
        symbol = f"{underlying.name}{expiry:%y%b}FUT".upper()
    token = token_of(underlying, expiry, 0.0, _FUTURE)
    lot_size, tick = underlying.lot_size(expiry), underlying.tick_size
    return Instrument(underlying.derivatives, token, symbol, underlying.name, kind, lot_size, tick, expiry)


def option_row(underlying: Underlying, expiry: Expiry, strike: float, side: int) -> Instrument:
    return Instrument(
        exchange=underlying.derivatives,
        token=token_of(underlying, expiry.day, strike, side),
        symbol=option_symbol(underlying.name, underlying.derivatives, expiry, f"{strike:g}{SIDES[side]}"),
        name=underlying.name,
        kind="OPTFUT" if underlying.is_commodity else f"OPT{_ending(underlying)}",
        lot_size=underlying.lot_size(expiry.day),
        tick_size=0.05,
        expiry=expiry.day,
        strike=strike,
        option_type=SIDES[side],
    )


def _ending(underlying: Underlying) -> str:
    if underlying.is_commodity:
        return "COM"
    return "STK" if underlying.is_share else "IDX"


def option_symbol(name: str, exchange: Exchange, expiry: Expiry, tail: str) -> str:
    """NFO and MCX: NAME DD MMM YY; BFO monthlies: NAME YY MMM; BFO weeklies: NAME YY M DD, M 1-9, O, N, D."""
    day = expiry.day
    if exchange != "BFO":
        return f"{name}{day:%d%b%y}".upper() + tail
    if expiry.is_monthly:
        return f"{name}{day:%y%b}".upper() + tail
    return f"{name}{day:%y}{_BFO_MONTHS[day.month - 1]}{day:%d}{tail}"


def token_of(underlying: Underlying, expiry: date, strike: float, side: int) -> str:
    """Return the same token for the same contract on any day: underlying, expiry, strike and side as digits."""
    days, steps = (expiry - _EPOCH).days, round(strike / underlying.strike_step(expiry))
    return f"{underlying.code}{days:04d}{steps:04d}{side}"
