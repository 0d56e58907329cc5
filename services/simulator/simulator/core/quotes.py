"""Answers about prices now: market/v1/quote, getLtpData, searchScrip."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast, get_args

from simulator.core.market import Exchange, Instrument, Level, Market, Quote
from simulator.core.wire import Refused, feed_time, field, number

MOST_TOKENS: Final = 50
_MODES: Final = {"LTP", "OHLC", "FULL"}
_EXCHANGES: Final = frozenset(get_args(Exchange))
_STEPS: Final = 5

Body = dict[str, Any]
Key = tuple[Exchange, str]


class Listing:
    """The market's instruments, found by exchange and token."""

    def __init__(self, market: Market) -> None:
        self._all = {
            (instrument.exchange, instrument.token): instrument for instrument in market.instruments()
        }

    def find(self, exchange: str, token: str) -> Instrument | None:
        return self._all.get((cast("Exchange", exchange), token))

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._all.values())


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """A checked request for quotes, in the order asked."""

    mode: str
    wanted: tuple[tuple[str, str], ...]


def parse_quote_request(body: Body) -> QuoteRequest:
    mode, tokens = body.get("mode"), body.get("exchangeTokens")
    if (
        mode not in _MODES
        or not isinstance(tokens, dict)
        or not all(isinstance(t, list) for t in tokens.values())
    ):
        raise Refused("AB1004")
    wanted = tuple((exchange, str(token)) for exchange, of_one in tokens.items() for token in of_one)
    if len(wanted) > MOST_TOKENS:
        # That the broker refuses is known, with what code is not (SmartAPI forum, post 16718).
        raise Refused("AB2000", f"Symbol token limit exceeds {MOST_TOKENS}")
    return QuoteRequest(str(mode), wanted)


def answer_quotes(request: QuoteRequest, market: Market, listing: Listing, at: datetime) -> Body:
    """Return `fetched` and `unfetched` items, each in the order asked."""
    found = [(key, listing.find(*key)) for key in request.wanted]
    known = [instrument for _, instrument in found if instrument is not None]
    quotes = market.quotes([(each.exchange, each.token) for each in known], at)
    fetched = [
        quote_item(instrument, quote, request.mode)
        for instrument, quote in zip(known, quotes, strict=True)
        if quote is not None
    ]
    unfetched = [unfetched_item(*key) for key, instrument in found if instrument is None]
    return {"fetched": fetched, "unfetched": unfetched}


def unfetched_item(exchange: str, token: str) -> Body:
    code, message = ("AB1009", "Symbol Not Found") if token else ("AB4018", "Symbol token cannot be empty")
    return {"exchange": exchange, "symbolToken": token, "message": message, "errorCode": code}


def quote_item(instrument: Instrument, quote: Quote, mode: str) -> Body:
    item: Body = {
        "exchange": instrument.exchange,
        "tradingSymbol": instrument.symbol,
        "symbolToken": instrument.token,
        "ltp": number(quote.ltp),
    }
    if mode == "LTP":
        return item
    item |= {name: number(getattr(quote, name)) for name in ("open", "high", "low", "close")}
    return item if mode == "OHLC" else item | _rest_of_full(quote)


def _rest_of_full(quote: Quote) -> Body:
    change = quote.ltp - quote.close
    return {
        "lastTradeQty": quote.last_quantity,
        "exchFeedTime": feed_time(quote.fed_at),
        "exchTradeTime": feed_time(quote.traded_at),
        "netChange": number(change),
        "percentChange": number(change / quote.close * 100) if quote.close else 0,
        "avgPrice": number(quote.average_price),
        "tradeVolume": quote.volume,
        "opnInterest": quote.oi,
        "lowerCircuit": number(quote.lower_circuit),
        "upperCircuit": number(quote.upper_circuit),
        "totBuyQuan": quote.total_buy,
        "totSellQuan": quote.total_sell,
        "52WeekLow": number(quote.low_52_weeks),
        "52WeekHigh": number(quote.high_52_weeks),
        "depth": {"buy": _depth(quote.buy), "sell": _depth(quote.sell)},
    }


def _depth(levels: tuple[Level, ...]) -> list[Body]:
    """Return five levels, padded with zeros as the broker does."""
    depth = [
        {"price": number(level.price), "quantity": level.quantity, "orders": level.orders}
        for level in levels[:_STEPS]
    ]
    return depth + [{"price": 0, "quantity": 0, "orders": 0}] * (_STEPS - len(depth))


def answer_ltp(body: Body, market: Market, listing: Listing, at: datetime) -> Body:
    """Return getLtpData's item, whose prices are strings (the broker's document)."""
    instrument = listing.find(field(body, "exchange"), field(body, "symboltoken"))
    quote = market.quote(instrument.exchange, instrument.token, at) if instrument else None
    if instrument is None or quote is None:
        raise Refused("AB1009")
    prices = {name: str(number(getattr(quote, name))) for name in ("open", "high", "low", "close", "ltp")}
    return {
        "exchange": instrument.exchange,
        "tradingsymbol": instrument.symbol,
        "symboltoken": instrument.token,
        **prices,
    }


def answer_search(body: Body, listing: Listing) -> list[Body]:
    """Return the instruments of an exchange whose symbol begins with what was typed."""
    exchange, typed = field(body, "exchange"), field(body, "searchscrip").upper()
    if exchange not in _EXCHANGES:
        raise Refused("AB1004")
    return [
        {"exchange": each.exchange, "tradingsymbol": each.symbol, "symboltoken": each.token}
        for each in listing
        if each.exchange == exchange and each.symbol.upper().startswith(typed)
    ]


def answer_intraday(exchange: str, listing: Listing) -> list[Body]:
    """Return the shares that may be traded intraday, spelled as in the older of the document's two samples."""
    return [
        {"Exchange": exchange, "SymbolName": each.name, "Multiplier": "5.0"}
        for each in listing
        if each.exchange == exchange and not each.kind and each.lot_size > 0
    ]
