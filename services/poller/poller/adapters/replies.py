"""The broker's spellings, read into our words; what cannot be read is unknown, never 0."""

import math
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from oi_common.broker.errors import BrokerUnavailable
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract
from oi_common.values import MAX_GAMMA, MAX_GREEK, MAX_PRICE, MAX_STRIKE, MAX_UNITS, YEARS
from poller.core.reading import CandleRead, GreeksRead, Key, QuoteRead

_FEED_TIME: Final = "%d-%b-%Y %H:%M:%S"  # IST without zone: 21-Jun-2023 10:46:10
_CANDLE_FIELDS: Final = 6


def read_quotes(answer: Any) -> dict[Key, QuoteRead]:
    """Return the fetched instruments. Raises BrokerUnavailable when the answer has not the shape of quotes."""
    fetched = answer.get("fetched") if isinstance(answer, dict) else None
    if not isinstance(fetched, list):
        raise BrokerUnavailable(
            f"broker's quotes have no list of fetched instruments (was {type(answer).__name__})"
        )
    return {
        (str(item["exchange"]), str(item["symbolToken"])): read_quote(item)
        for item in fetched
        if isinstance(item, dict) and "exchange" in item and "symbolToken" in item
    }


def read_quote(item: dict[str, Any]) -> QuoteRead:
    return QuoteRead(
        ltp=_price(item.get("ltp")),
        oi=_units(item.get("opnInterest")),
        volume=_units(item.get("tradeVolume")),
        bid=_best(item, "buy"),
        ask=_best(item, "sell"),
        prev_close=_price(item.get("close")),  # the broker's `close` is yesterday's
        feed_time=_feed_time(item.get("exchFeedTime")),
    )


def read_candles(answer: Any) -> tuple[CandleRead, ...]:
    """Return the candles that make sense; one whose high and low do not span it is left out."""
    if not isinstance(answer, list):
        raise BrokerUnavailable(f"broker's candles are no list (was {type(answer).__name__})")
    candles = (_candle(row) for row in answer)
    return tuple(candle for candle in candles if candle is not None)


def _candle(row: Any) -> CandleRead | None:
    if not isinstance(row, list) or len(row) < _CANDLE_FIELDS:
        return None
    start = _moment(row[0])
    prices = [_price(value) for value in row[1:5]]
    known = [price for price in prices if price is not None]
    if start is None or len(known) < len(prices):
        return None
    opened, high, low, close = known
    if not low <= min(opened, close) <= max(opened, close) <= high:
        return None
    return CandleRead(start, opened, high, low, close, _units(row[5]))


def read_oi(answer: Any) -> dict[datetime, int]:
    """Return the OI by the start of its bucket; an item that cannot be read is left out."""
    if not isinstance(answer, list):
        raise BrokerUnavailable(f"broker's OI is no list (was {type(answer).__name__})")
    items = ((_moment(item.get("time")), _units(item.get("oi"))) for item in answer if isinstance(item, dict))
    return {start: oi for start, oi in items if start is not None and oi is not None}


def read_greeks(answer: Any) -> tuple[GreeksRead, ...]:
    """Return the rows whose contract can be named; every value is text there."""
    if not isinstance(answer, list):
        raise BrokerUnavailable(f"broker's Greeks are no list (was {type(answer).__name__})")
    rows = (_greeks(item) for item in answer if isinstance(item, dict))
    return tuple(row for row in rows if row is not None)


def _greeks(item: dict[str, Any]) -> GreeksRead | None:
    strike, side = _number(item.get("strikePrice")), item.get("optionType")
    if strike is None or not 0 < strike <= MAX_STRIKE or not strike.is_integer() or side not in {"CE", "PE"}:
        return None
    return GreeksRead(
        contract=Contract(int(strike), "CE" if side == "CE" else "PE"),
        iv=_greek(item.get("impliedVolatility")),
        delta=_greek(item.get("delta")),
        gamma=_greek(item.get("gamma"), MAX_GAMMA),
        theta=_greek(item.get("theta")),
        vega=_greek(item.get("vega")),
    )


def _best(item: dict[str, Any], side: str) -> float | None:
    """Return the best price of a side, None when nobody stands there: the broker pads with zeros."""
    depth = item.get("depth")
    levels = depth.get(side) if isinstance(depth, dict) else None
    if not isinstance(levels, list) or not levels or not isinstance(levels[0], dict):
        return None
    return _price(levels[0].get("price"))


def _price(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 < number <= MAX_PRICE else None


def _units(value: Any) -> int | None:
    number = _number(value)
    # A float just below 2**63 is the last that is within: MAX_UNITS itself is no float.
    return int(number) if number is not None and 0 <= number < MAX_UNITS and number.is_integer() else None


def _greek(value: Any, most: float = MAX_GREEK) -> float | None:
    number = _number(value)
    return number if number is not None and abs(number) <= most else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _feed_time(value: Any) -> datetime | None:
    return _read_feed_time(value) if isinstance(value, str) else None


@lru_cache(maxsize=512)
def _read_feed_time(text: str) -> datetime | None:
    try:
        moment = datetime.strptime(text, _FEED_TIME).replace(tzinfo=IST)
    except ValueError:
        return None
    return moment if moment.year in YEARS else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(IST) if moment.tzinfo is not None and moment.year in YEARS else None
