"""Answers about the past: getCandleData and getOIData."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from oi_common.market.buckets import IST
from simulator.core.market import Candle, Instrument, Market
from simulator.core.quotes import Listing
from simulator.core.wire import Refused, field, number

# Width and the most days of one request (the broker's Historical page).
INTERVALS: Final = {
    "ONE_MINUTE": (timedelta(minutes=1), 30),
    "THREE_MINUTE": (timedelta(minutes=3), 60),
    "FIVE_MINUTE": (timedelta(minutes=5), 100),
    "TEN_MINUTE": (timedelta(minutes=10), 100),
    "FIFTEEN_MINUTE": (timedelta(minutes=15), 200),
    "THIRTY_MINUTE": (timedelta(minutes=30), 200),
    "ONE_HOUR": (timedelta(hours=1), 400),
    "ONE_DAY": (timedelta(days=1), 2000),
}
_DAY: Final = timedelta(days=1)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """A checked request for candles or OI starting in [start, end]."""

    exchange: str
    token: str
    width: timedelta
    start: datetime
    end: datetime


AnswerHistory = Callable[[HistoryRequest, Market, Listing, datetime], Sequence[Any]]


def parse_history_request(body: dict[str, Any]) -> HistoryRequest:
    """Return the request; whatever is wrong with it is AB1004, as at the broker."""
    interval = INTERVALS.get(field(body, "interval"))
    if interval is None:
        raise Refused("AB1004")
    width, most_days = interval
    start, end = _moment(field(body, "fromdate")), _moment(field(body, "todate"))
    # fromdate after todate: SmartAPI forum, topic 4801. Beyond the cap: not recorded, refused here to be caught.
    if start > end or end - start > timedelta(days=most_days):
        raise Refused("AB1004")
    return HistoryRequest(field(body, "exchange"), field(body, "symboltoken"), width, start, end)


def checked(request: HistoryRequest, listing: Listing) -> HistoryRequest:
    """Return the request of an instrument that is listed today; AB1004 for any other, the expired included."""
    if listing.find(request.exchange, request.token) is None:
        raise Refused("AB1004")
    return request


def answer_candles(
    request: HistoryRequest, market: Market, listing: Listing, at: datetime
) -> list[list[Any]]:
    """Return the candles that have begun by `at`; the last may still be forming."""
    instrument = _listed(request, listing)
    start, end = _span(request)
    candles = market.candles(
        instrument.exchange, instrument.token, start, min(end, at), request.width, until=at
    )
    return [_row(candle, request.width) for candle in candles or ()]


def answer_oi(
    request: HistoryRequest, market: Market, listing: Listing, at: datetime
) -> list[dict[str, Any]]:
    """Return the OI at the end of each bucket begun by `at`; of the running one, the OI now."""
    instrument = _listed(request, listing)
    start, end = _span(request)
    history = market.oi_history(
        instrument.exchange, instrument.token, start, min(end, at), request.width, until=at
    )
    return [{"time": _stamp(start), "oi": oi} for start, oi in history or ()]


def _listed(request: HistoryRequest, listing: Listing) -> Instrument:
    instrument = listing.find(request.exchange, request.token)
    if instrument is None:
        raise Refused("AB1004")
    return instrument


def _span(request: HistoryRequest) -> tuple[datetime, datetime]:
    """Return between which moments buckets may start; a day's bucket is found by its date."""
    if request.width < _DAY:
        return request.start, request.end
    return request.start.replace(hour=0, minute=0), request.end.replace(hour=23, minute=59)


def _row(candle: Candle, width: timedelta) -> list[Any]:
    # A day's candle is stamped midnight (inferred from public adapters' conversions).
    start = candle.start.replace(hour=0, minute=0) if width == _DAY else candle.start
    prices = (number(price) for price in (candle.open, candle.high, candle.low, candle.close))
    return [_stamp(start), *prices, candle.volume]


def _stamp(at: datetime) -> str:
    return at.astimezone(IST).isoformat(timespec="seconds")


def _moment(text: str) -> datetime:
    """Return a date of a request: minutes only, as documented; seconds are refused."""
    if not _DATE.fullmatch(text):
        raise Refused("AB1004")
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=IST)
    except ValueError as e:
        raise Refused("AB1004") from e
