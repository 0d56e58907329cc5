"""What changed over 3 to 60 minutes, since the open and since yesterday, each with its window.

A window compares the totals of one bucket with those of an earlier bucket, each as it stood when the bucket ended. It
is never shortened: where the earlier bucket lies before the open, or is missing, there is no number, and `status`
says why. `since_open` begins with the first bucket's totals: what changed inside it shows in `since_yesterday` only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final

from oi_common.market.window_changes import BucketTotals, Timeframe, WindowStatus, measured

__all__ = ["WINDOWS", "BucketTotals", "Timeframe", "WindowStatus", "as_dicts", "timeframes"]

WINDOWS: Final = (3, 6, 15, 30, 60)  # minutes
SINCE_OPEN: Final = "since_open"
SINCE_YESTERDAY: Final = "since_yesterday"


def timeframes(
    day: Iterable[BucketTotals], expected: Sequence[datetime], yesterday: BucketTotals | None = None
) -> tuple[Timeframe, ...]:
    """Return the change over every window up to the day's last bucket; none of an empty day.

    `expected` are the starts of the session's buckets (`TradingSession.buckets`), `yesterday` holds the totals and
    the spot at the previous day's close. A bucket given twice counts as given last.
    """
    buckets = {bucket.time: bucket for bucket in day}
    if not buckets:
        return ()
    now = buckets[max(buckets)]
    held = {time for time, bucket in buckets.items() if bucket.state != "missing"}
    grid = [time for time in sorted(set(expected)) if time <= now.time]
    opens = grid[0] if grid else now.time
    starts = {f"{minutes}m": now.time - timedelta(minutes=minutes) for minutes in WINDOWS} | {
        SINCE_OPEN: opens
    }
    found = [_window(name, start, now, buckets, grid, held) for name, start in starts.items()]
    return (*found, _since_yesterday(yesterday, now, grid, held))


def as_dicts(frames: Iterable[Timeframe]) -> dict[str, dict[str, Any]]:
    """Return the windows by name, fit for JSON: moments in ISO 8601, None where there is no number."""
    return {frame.window: {name: _plain(value) for name, value in asdict(frame).items()} for frame in frames}


def _window(
    name: str,
    start: datetime,
    now: BucketTotals,
    buckets: dict[datetime, BucketTotals],
    grid: Sequence[datetime],
    held: set[datetime],
) -> Timeframe:
    minutes = (now.time - start) // timedelta(minutes=1)
    missing = sum(start <= time and time not in held for time in grid)
    status = _status(start, now, grid, held, missing)
    bare = Timeframe(name, minutes, start, now.time, status, missing)
    if status not in {WindowStatus.COMPLETE, WindowStatus.GAPS}:
        return bare
    return measured(bare, buckets[start], now)


def _status(
    start: datetime, now: BucketTotals, grid: Sequence[datetime], held: set[datetime], missing: int
) -> WindowStatus:
    if now.time not in held:
        return WindowStatus.NOW_MISSING
    if not grid or start < grid[0]:
        return WindowStatus.BEFORE_OPEN
    if start not in held:
        return WindowStatus.START_MISSING if start in grid else WindowStatus.IN_PAUSE
    return WindowStatus.GAPS if missing else WindowStatus.COMPLETE


def _since_yesterday(
    yesterday: BucketTotals | None, now: BucketTotals, grid: Sequence[datetime], held: set[datetime]
) -> Timeframe:
    missing = sum(time not in held for time in grid)
    status = WindowStatus.GAPS if missing else WindowStatus.COMPLETE
    if now.time not in held:
        status = WindowStatus.NOW_MISSING
    if yesterday is None:
        return Timeframe(SINCE_YESTERDAY, None, None, now.time, WindowStatus.NO_YESTERDAY, missing)
    bare = Timeframe(SINCE_YESTERDAY, None, yesterday.time, now.time, status, missing)
    # Volume is of the day so far, so it begins at 0 whatever yesterday's was.
    close = replace(yesterday, ce_volume=0, pe_volume=0)
    return bare if status is WindowStatus.NOW_MISSING else measured(bare, close, now)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return _number(value)
    return str(value) if isinstance(value, WindowStatus) else value


def _number(value: float) -> float | None:
    """Return four digits; units that went through JSON as 650.0 are the whole 650 that they were."""
    if not isfinite(value):
        return None
    return int(value) if value.is_integer() else round(value, 4)
