"""What changed between the totals of two buckets of one chain: OI, volume, PCR, spot, and a word for it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Final

LEAST_BALANCE: Final = 0.2  # of the two OI changes, see `window_direction`
LEAST_SPOT_PERCENT: Final = 0.05

_ROUNDING: Final = 1e-9


class WindowStatus(StrEnum):
    COMPLETE = "complete"
    GAPS = "gaps"  # both ends are known, some bucket between them is missing
    START_MISSING = "start_missing"
    NOW_MISSING = "now_missing"
    BEFORE_OPEN = "before_open"  # the window is longer than the day so far
    IN_PAUSE = "in_pause"  # the window begins where the session rested
    NO_YESTERDAY = "no_yesterday"


@dataclass(frozen=True, slots=True)
class BucketTotals:
    """One bucket of one chain, as in `chain_buckets`; None is unknown. OI and volume in one unit."""

    time: datetime  # bucket start
    state: str  # open, saved, sealed or missing
    spot: float | None = None
    ce_oi: float | None = None
    pe_oi: float | None = None
    ce_volume: float | None = None  # of the day so far
    pe_volume: float | None = None
    # Added today by the contracts known by then, each counted from when it was first seen: a strike that comes to be
    # tracked at noon adds its whole OI to the totals, but nothing to these. Where both buckets have them, they count.
    ce_oi_added: float | None = None
    pe_oi_added: float | None = None


@dataclass(frozen=True, slots=True)
class Timeframe:
    """What changed over one window; None is unknown or undefined."""

    window: str  # "3m" to "60m", "since_open", "since_yesterday"
    minutes: int | None  # None since yesterday
    from_time: datetime | None  # the earlier bucket, its start
    to_time: datetime
    status: WindowStatus
    missing: int  # buckets of the session missing from the earlier to the later one, both included
    ce_oi_change: float | None = None
    pe_oi_change: float | None = None
    ce_volume: float | None = None  # traded in the window
    pe_volume: float | None = None
    pcr_then: float | None = None
    pcr_now: float | None = None
    pcr_oi_change: float | None = None
    spot_change: float | None = None  # rupees
    direction: str | None = None


def measured(frame: Timeframe, before: BucketTotals, now: BucketTotals) -> Timeframe:
    """Return the frame with what changed from `before` to `now`."""
    ce = _first(_change(now.ce_oi_added, before.ce_oi_added), _change(now.ce_oi, before.ce_oi))
    pe = _first(_change(now.pe_oi_added, before.pe_oi_added), _change(now.pe_oi, before.pe_oi))
    spot = _change(now.spot, before.spot)
    percent = _quotient(spot, before.spot)
    return replace(
        frame,
        ce_oi_change=ce,
        pe_oi_change=pe,
        ce_volume=_traded(now.ce_volume, before.ce_volume),
        pe_volume=_traded(now.pe_volume, before.pe_volume),
        pcr_then=_quotient(before.pe_oi, before.ce_oi),
        pcr_now=_quotient(now.pe_oi, now.ce_oi),
        pcr_oi_change=pcr_of_change(ce, pe),
        spot_change=None if spot is None else round(spot, 2),
        direction=window_direction(ce, pe, None if percent is None else 100 * percent),
    )


def pcr_of_change(ce_change: float | None, pe_change: float | None) -> float | None:
    """Return PE by CE change; None where they have different signs, or CE did not change.

    CE +40,000, PE +60,000: 1.5. CE -40,000, PE +60,000: None, since -1.5 would compare nothing.
    """
    if ce_change is None or pe_change is None or ce_change * pe_change < 0:
        return None
    return pe_change / ce_change if ce_change else None


def window_direction(
    ce_change: float | None, pe_change: float | None, spot_percent: float | None
) -> str | None:
    """Return the word for a window, in the writers' reading: puts added faster than calls support the index.

    balance = (PE - CE) / (|PE| + |CE|) counts from 0.2, spot from 0.05 %. Both say up: bullish; one does, the other
    is still or unknown: mildly_bullish; they contradict: mixed; neither moves: neutral; both unknown: None.
    CE +20,000, PE +60,000, spot +0.3 %: balance 0.5, bullish.
    """
    oi = _sign(_balance(ce_change, pe_change), LEAST_BALANCE)
    spot = _sign(spot_percent, LEAST_SPOT_PERCENT)
    if oi is None and spot is None:
        return None
    votes = (oi or 0, spot or 0)
    if votes in {(1, -1), (-1, 1)}:
        return "mixed"
    return ("bearish", "mildly_bearish", "neutral", "mildly_bullish", "bullish")[2 + sum(votes)]


def _balance(ce_change: float | None, pe_change: float | None) -> float | None:
    if ce_change is None or pe_change is None:
        return None
    moved = abs(ce_change) + abs(pe_change)
    return (pe_change - ce_change) / moved if moved else 0.0


def _sign(value: float | None, least: float) -> int | None:
    if value is None:
        return None
    return 0 if abs(value) + _ROUNDING < least else 1 if value > 0 else -1


def _change(now: float | None, before: float | None) -> float | None:
    later, earlier = _number(now), _number(before)
    return None if later is None or earlier is None else later - earlier


def _first(value: float | None, other: float | None) -> float | None:
    return other if value is None else value


def _traded(now: float | None, before: float | None) -> float | None:
    """Return the volume between two totals of the day; None where the later total is the smaller: a late reply."""
    change = _change(now, before)
    return change if change is not None and change >= 0 else None


def _quotient(value: float | None, base: float | None) -> float | None:
    above, below = _number(value), _number(base)
    return above / below if above is not None and below is not None and below > 0 else None


def _number(value: float | None) -> float | None:
    """Return the value, whole numbers as they are; None in place of what is not finite."""
    if value is None or not isfinite(value):
        return None
    return value if isinstance(value, int) else float(value)
