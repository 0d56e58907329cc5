"""What happens around the trading itself: pre-open, the closing auction, the averages that make closing prices."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Final, Literal

from oi_common.market.buckets import BUCKET_WIDTH, IST, from_wall_time
from oi_common.market.rulebook.tables import Row, Timelines, maybe, text_of, time_of, timelines
from oi_common.market.sessions import is_regular_day

Market = Literal["cash", "derivatives"]

FILE: Final = "phases.csv"
_AUCTIONED: Final = frozenset({"NSE", "BSE", "NFO", "BFO"})  # segments whose spot the auction freezes


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one day; `ends` is outside."""

    begins: datetime
    ends: datetime

    def overlaps(self, begins: datetime, ends: datetime) -> bool:
        return begins < self.ends and self.begins < ends


def phase(market: Market, phase_name: str, on: date) -> Window | None:
    """Return when a phase takes place on a day; None when there is no such phase, or no regular trading."""
    times = table().on((market, phase_name), on)
    if times is None or not is_regular_day("NSE", on):
        return None
    return Window(*(datetime.combine(on, each, IST) for each in times))


def auction_window(on: date) -> Window | None:
    """Return the closing auction of the shares with derivatives: while it lasts spot may stand still.

    None before there was one (3 Aug 2026), and on days without regular trading.
    """
    return phase("cash", "closing_auction", on)


def is_in_auction(segment: str, bucket: datetime) -> bool:
    """Say whether any part of a 3-minute bucket of the segment lies in the closing auction.

    A naive bucket is IST wall time, as `time` columns hold it.
    """
    start = from_wall_time(bucket) if bucket.tzinfo is None else bucket.astimezone(IST)
    if segment not in _AUCTIONED:
        return False
    window = auction_window(start.date())
    return window is not None and window.overlaps(start, start + BUCKET_WIDTH)


@cache
def table() -> Timelines[tuple[time, time] | None]:
    return read(text_of(FILE))


def read(text: str) -> Timelines[tuple[time, time] | None]:
    """Read the table of phases; raises BadRulebook."""
    columns = {"begins": maybe(time_of), "ends": maybe(time_of)}
    return timelines(FILE, ("market", "phase"), columns, _times, text)


def _times(row: Row) -> tuple[time, time] | None:
    begins, ends = row["begins"], row["ends"]
    if begins is None and ends is None:
        return None
    if begins is None or ends is None or begins >= ends:
        raise row.wrong("ends", "a phase begins before it ends, or has neither time")
    return begins, ends
