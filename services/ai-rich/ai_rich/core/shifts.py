"""Where the first walls stand, and whence they came, over the last half hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from ai_rich.core.picture import Bucket
from oi_common.advice.situation import number
from oi_common.market.buckets import BUCKET_WIDTH
from oi_common.market.wall_shift import wall_shift
from oi_common.market.walls import Wall

WallSide = Literal["support", "resistance"]
WALL_SIDES: Final[tuple[WallSide, WallSide]] = ("support", "resistance")


@dataclass(frozen=True, slots=True)
class Shift:
    """A first wall as it is held. `came_from` is None where it has not moved; `minutes_ago` counts to the newest bucket."""

    held: int | None = None
    came_from: int | None = None
    minutes_ago: int | None = None
    challenger: int | None = None


def shift_of(side: WallSide, buckets: Sequence[Bucket]) -> Shift:
    """Return the last move of a side's first wall; a bucket that is missing neither confirms nor breaks it."""
    if not buckets:
        return Shift()
    told = {bucket.time: walls_of(bucket.measures.get(side)) for bucket in buckets}
    times = _grid(buckets[0].time, buckets[-1].time)
    held = wall_shift([told.get(time) for time in times])
    moved = [(time, wall.shifted_from) for time, wall in zip(times, held, strict=True) if wall.shifted_from]
    now = held[-1]
    if not moved:
        return Shift(now.strike, challenger=now.challenger)
    time, came_from = moved[-1]
    return Shift(now.strike, came_from, (times[-1] - time) // timedelta(minutes=1), now.challenger)


def walls_of(said: Any) -> tuple[Wall, ...]:
    """Read the walls of a bucket's measures; what is no wall is left out."""
    told = [each for each in said if isinstance(each, Mapping)] if isinstance(said, list | tuple) else []
    walls = (_wall(each) for each in told)
    return tuple(wall for wall in walls if wall is not None)


def _wall(told: Mapping[str, Any]) -> Wall | None:
    strike, oi, strength = (number(told.get(name)) for name in ("strike", "oi", "strength"))
    if strike is None or oi is None:
        return None
    is_fresh, is_beyond = (told.get(name) for name in ("is_fresh", "is_beyond"))
    return Wall(int(strike), oi, strength or 0.0, number(told.get("change")), is_fresh, is_beyond)


def _grid(first: datetime, last: datetime) -> list[datetime]:
    return [first + step * BUCKET_WIDTH for step in range((last - first) // BUCKET_WIDTH + 1)]
