"""Answers the broker works out over whole chains: Greeks, put-call ratio, build-up, gainers and losers. NSE only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from oi_common.market.buckets import IST
from simulator.core.market import GreekRow, Instrument, Market
from simulator.core.quotes import Listing
from simulator.core.wire import Refused, expiry_text, field, number

Body = dict[str, Any]
_MOST_ROWS: Final = 10


def answer_greeks(body: Body, market: Market, listing: Listing, at: datetime) -> list[Body]:
    """Return one object a contract, every value a string; AB9019 where the broker has none."""
    name, expiry = field(body, "name"), field(body, "expirydate").upper()
    day = next(
        (each.expiry for each in listing if each.exchange == "NFO" and _is_of(each, name, expiry)),
        None,
    )
    rows = market.greeks(name, day, at) if day else []
    if not rows:
        raise Refused("AB9019")
    return [_greek_item(name, expiry, row) for row in rows]


def _is_of(instrument: Instrument, name: str, expiry: str) -> bool:
    return (
        instrument.name == name and instrument.expiry is not None and expiry_text(instrument.expiry) == expiry
    )


def _greek_item(name: str, expiry: str, row: GreekRow) -> Body:
    return {
        "name": name,
        "expiry": expiry,
        "strikePrice": f"{row.strike:.6f}",
        "optionType": row.option_type,
        "delta": f"{row.delta:.6f}",
        "gamma": f"{row.gamma:.6f}",
        "theta": f"{row.theta:.6f}",
        "vega": f"{row.vega:.6f}",
        "impliedVolatility": f"{row.iv:.6f}",
        "tradeVolume": f"{row.volume:.2f}",
    }


def answer_put_call_ratio(market: Market, listing: Listing, at: datetime) -> list[Body]:
    """Return the volume PCR over all strikes of each future's expiry, under the future's symbol."""
    items = []
    for future in _futures(listing):
        volumes = {side: _volume(market, _options(listing, future, side), at) for side in ("CE", "PE")}
        if volumes["CE"]:
            items.append({"pcr": number(volumes["PE"] / volumes["CE"]), "tradingSymbol": future.symbol})
    return items


def _options(listing: Listing, future: Instrument, side: str) -> list[Instrument]:
    return [
        each
        for each in listing
        if each.option_type == side and (each.name, each.expiry) == (future.name, future.expiry)
    ]


def _volume(market: Market, options: Iterable[Instrument], at: datetime) -> int:
    quotes = market.quotes([(each.exchange, each.token) for each in options], at)
    return sum(quote.volume for quote in quotes if quote is not None)


@dataclass(frozen=True, slots=True)
class Move:
    """A future's day so far, against the last state of the day before."""

    future: Instrument
    ltp: float
    close: float
    oi: int
    oi_before: int

    @property
    def price_change(self) -> float:
        return self.ltp - self.close

    @property
    def price_percent(self) -> float:
        return self.price_change / self.close * 100 if self.close else 0.0

    @property
    def oi_change(self) -> int:
        return self.oi - self.oi_before

    @property
    def oi_percent(self) -> float:
        return self.oi_change / self.oi_before * 100 if self.oi_before else 0.0


# Price and OI together say who is at work: the textbook's four quadrants.
_BUILDUPS: Final[dict[str, Callable[[Move], bool]]] = {
    "Long Built Up": lambda move: move.price_change > 0 and move.oi_change > 0,
    "Short Built Up": lambda move: move.price_change < 0 and move.oi_change > 0,
    "Short Covering": lambda move: move.price_change > 0 and move.oi_change < 0,
    "Long Unwinding": lambda move: move.price_change < 0 and move.oi_change < 0,
}
_RANKINGS: Final[dict[str, tuple[Callable[[Move], float], bool]]] = {
    "PercOIGainers": (lambda move: move.oi_percent, True),
    "PercOILosers": (lambda move: move.oi_percent, False),
    "PercPriceGainers": (lambda move: move.price_percent, True),
    "PercPriceLosers": (lambda move: move.price_percent, False),
}
_MONTHS_AHEAD: Final = {"NEAR": 0, "NEXT": 1, "FAR": 2}


def answer_buildup(body: Body, market: Market, listing: Listing, at: datetime) -> list[Body]:
    """Return the futures in one quadrant, every value a string."""
    belongs = _BUILDUPS.get(field(body, "datatype"))
    if belongs is None:
        raise Refused("AB1004")
    return [_buildup_item(move) for move in _moves(body, market, listing, at) if belongs(move)]


def answer_gainers(body: Body, market: Market, listing: Listing, at: datetime) -> list[Body]:
    """Return the ten futures that moved most one way, every value a number."""
    ranking = _RANKINGS.get(field(body, "datatype"))
    if ranking is None:
        raise Refused("AB1004")
    by, gains = ranking
    moved = [move for move in _moves(body, market, listing, at) if (by(move) > 0) is gains and by(move)]
    ranked = sorted(moved, key=by, reverse=gains)[:_MOST_ROWS]
    return [_gainer_item(move, by(move)) for move in ranked]


def _buildup_item(move: Move) -> Body:
    return {
        "symbolToken": move.future.token,
        "ltp": str(number(move.ltp)),
        "netChange": str(number(move.price_change)),
        "percentChange": str(number(move.price_percent)),
        "opnInterest": str(number(move.oi)),
        "netChangeOpnInterest": str(number(move.oi_change)),
        "tradingSymbol": move.future.symbol,
    }


def _gainer_item(move: Move, percent: float) -> Body:
    return {
        "tradingSymbol": move.future.symbol,
        "percentChange": number(percent),
        "symbolToken": int(move.future.token),
        "opnInterest": move.oi,
        "netChangeOpnInterest": float(move.oi_change),
    }


def _moves(body: Body, market: Market, listing: Listing, at: datetime) -> list[Move]:
    ahead = _MONTHS_AHEAD.get(field(body, "expirytype"))
    if ahead is None:
        raise Refused("AB1004")
    futures = [
        each for each in _futures(listing) if each.expiry and _months(market.day, each.expiry) == ahead
    ]
    keys = [(each.exchange, each.token) for each in futures]
    midnight = datetime(market.day.year, market.day.month, market.day.day, tzinfo=IST)
    pairs = zip(futures, market.quotes(keys, at), market.quotes(keys, midnight), strict=True)
    return [
        Move(future, now.ltp, now.close, now.oi, before.oi) for future, now, before in pairs if now and before
    ]


def _futures(listing: Listing) -> list[Instrument]:
    return [each for each in listing if each.exchange == "NFO" and each.kind.startswith("FUT")]


def _months(day: date, expiry: date) -> int:
    return (expiry.year - day.year) * 12 + expiry.month - day.month
