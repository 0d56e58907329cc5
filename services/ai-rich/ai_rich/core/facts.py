"""What the deep model is told beside the situation's own facts, the most telling first: what does not fit is cut off behind."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from ai_rich.core.picture import Picture
from ai_rich.core.shifts import WALL_SIDES, shift_of, walls_of
from ai_rich.core.situations import SIDES, near
from ai_rich.core.triggers import Trigger
from oi_common.advice.evidence import leg_id
from oi_common.advice.situation import Situation
from oi_common.market.chain import Contract

WINDOWS: Final = ("3m", "6m", "15m", "30m", "60m", "since_open", "since_yesterday")
_OF_WINDOW: Final = (
    "direction",
    "spot_change",
    "ce_oi_change",
    "pe_oi_change",
    "pcr_then",
    "pcr_now",
    "pcr_oi_change",
)
_OF_BUCKET: Final = ("pcr_oi", "straddle", "atm_iv", "max_pain", "ce_oi_change", "pe_oi_change", "direction")
_OF_LEG: Final = (
    "oi_change",
    "oi_percent_change",
    "oi_day_change",
    "buildup",
    "buildup_day",
    "theta",
    "vega",
    "gamma",
)
_OF_FAR_LEG: Final = ("oi_change", "bid", "ask", "buildup", "iv", "delta")
_MOST_MOVES: Final = 6
_SIGNAL_PARTS: Final = ("direction", "pcr", "max_pain", "walls")  # in the order of `signal_reasons`
_POINTS: Final = re.compile(r"\(([+-]\d)\)")


def more_facts(trigger: Trigger, picture: Picture, it: Situation) -> dict[str, Any]:
    """Return facts by id; what is unknown is not among them."""
    told = (
        *_of_trigger(trigger, picture),
        *_of_signal(picture.measures),
        *_of_windows(picture.measures),
        *_of_walls(picture),
        *_of_history(picture),
        *_of_chain(picture, it),
    )
    return {name: _told(value) for name, value in told if value is not None}


def _of_trigger(trigger: Trigger, picture: Picture) -> Iterator[tuple[str, Any]]:
    yield "trigger", trigger.kind
    yield "trigger.changed_ratio", trigger.changed_ratio
    largest = sorted(picture.last_changes, key=lambda each: -abs(each.change or 0))[:_MOST_MOVES]
    for each in largest:
        name = f"moved.{each.strike}{each.side}"
        yield f"{name}.change", each.change
        yield f"{name}.percent", each.percent


def _of_signal(measures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the points that the signal is made of."""
    reasons = measures.get("signal_reasons")
    for part, reason in zip(_SIGNAL_PARTS, reasons if isinstance(reasons, list) else (), strict=False):
        points = _POINTS.search(str(reason))
        yield f"signal.{part}_points", int(points[1]) if points else None


def _of_windows(measures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    frames = measures.get("timeframes")
    for window in WINDOWS:
        frame = frames.get(window) if isinstance(frames, Mapping) else None
        if isinstance(frame, Mapping):
            for name in _OF_WINDOW:
                yield f"window.{window}.{name}", frame.get(name)


def _of_walls(picture: Picture) -> Iterator[tuple[str, Any]]:
    for side in WALL_SIDES:
        letter, shift = side[0], shift_of(side, picture.buckets)
        yield f"shift.{side}.held", shift.held
        yield f"shift.{side}.came_from", shift.came_from
        yield f"shift.{side}.minutes_ago", shift.minutes_ago
        yield f"shift.{side}.challenger", shift.challenger
        for rank, wall in enumerate(walls_of(picture.measures.get(side)), start=1):
            yield f"wall.{letter}{rank}.change", wall.change
            yield f"wall.{letter}{rank}.is_fresh", wall.is_fresh
            yield f"wall.{letter}{rank}.is_beyond", wall.is_beyond


def _of_history(picture: Picture) -> Iterator[tuple[str, Any]]:
    newest = picture.newest
    for bucket in reversed(picture.buckets[:-1]):
        minutes = (newest.time - bucket.time) // timedelta(minutes=1) if newest else 0
        yield f"past.{minutes}m.spot", bucket.spot
        for name in _OF_BUCKET:
            yield f"past.{minutes}m.{name}", bucket.measures.get(name)


def _of_chain(picture: Picture, it: Situation) -> Iterator[tuple[str, Any]]:
    """Yield all rows, the nearest strike first; of those near the money the situation tells OI, book, IV and delta."""
    close = near(picture, it.spot)
    far = sorted(set(picture.strikes) - set(close), key=lambda strike: (abs(strike - (it.spot or 0)), strike))
    for strike in (*close, *far):
        row = picture.rows[strike]
        yield f"row.{strike}.verdict", row.get("verdict")
        yield f"row.{strike}.verdict_score", row.get("verdict_score")
        for side in SIDES:
            contract = Contract(strike, side)
            is_far = it.leg(contract) is None
            if is_far:
                yield f"{leg_id(contract)}.oi", picture.oi(contract)
            for name in _OF_FAR_LEG if is_far else _OF_LEG:
                yield f"{leg_id(contract)}.{name}", row.get(f"{side.lower()}_{name}")


def _told(value: Any) -> Any:
    """Return a value as a fact may be: words without spaces, yes and no as words, whole numbers whole."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.replace(" ", "_") if isinstance(value, str) else value
