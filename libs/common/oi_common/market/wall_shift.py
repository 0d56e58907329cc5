"""When the first wall has moved: only after the new strike led the old one by a margin, twice in a row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from oi_common.market.walls import Wall

BUCKETS_TO_SHIFT: Final = 2
SHIFT_MARGIN: Final = 0.05


@dataclass(frozen=True, slots=True)
class HeldWall:
    """The first wall of one side as it stands after a bucket.

    `challenger` is the strike that leads by the margin since `led` buckets. `shifted_from` is the old strike,
    in the bucket in which the shift is confirmed and in no other. `skipped` counts the buckets without walls
    since the last one that had some or, while a challenge runs, since it began.
    """

    strike: int | None = None
    challenger: int | None = None
    led: int = 0
    shifted_from: int | None = None
    skipped: int = 0


def wall_shift(series: Sequence[Sequence[Wall] | None], margin: float = SHIFT_MARGIN) -> list[HeldWall]:
    """Return the first wall that is held after each bucket of one side's walls; None or () is a missing bucket.

    The first bucket with walls sets the wall. It moves to the strike that is first in two buckets with an OI
    greater by the margin than that of the wall held (a share: 0.05 is 5 %); a wall that is no longer among the
    three, because others overtook it or the money crossed it, is led by any strike. Missing buckets neither
    confirm nor break a lead: the two next to them count as neighbours, and `skipped` tells how many lay between.

    Example: margin 0.05, (strike, OI) of the two first walls by bucket: (100, 50)(110, 49), then
    (110, 52)(100, 50): a lead of 4 % is none; (110, 55)(100, 50): challenger 110; again: held is 110, shifted from 100.
    """
    held = accumulate(series, lambda wall, seen: next_wall(wall, seen, margin), initial=HeldWall())
    return list(held)[1:]


def next_wall(held: HeldWall, seen: Sequence[Wall] | None, margin: float = SHIFT_MARGIN) -> HeldWall:
    """Return the wall held after one more bucket: one step of `wall_shift`, for who keeps it from bucket to bucket.

    Example: HeldWall(100, challenger=110, led=1) and walls whose first is 110, by 10 %: HeldWall(110, shifted_from=100).
    """
    if not seen:
        return replace(held, shifted_from=None, skipped=held.skipped + 1)
    first = seen[0].strike
    if held.strike is None or not _leads(seen, held.strike, margin):
        return HeldWall(first if held.strike is None else held.strike)
    led = held.led + 1 if held.challenger == first else 1
    skipped = held.skipped if led > 1 else 0
    if led < BUCKETS_TO_SHIFT:
        return HeldWall(held.strike, first, led, skipped=skipped)
    return HeldWall(first, shifted_from=held.strike, skipped=skipped)


def _leads(seen: Sequence[Wall], strike: int, margin: float) -> bool:
    """Say whether the first of these walls is another strike, ahead of that one by the margin."""
    if seen[0].strike == strike:
        return False
    is_beyond = seen[0].is_beyond
    of_held = next((wall.oi for wall in seen if wall.strike == strike and wall.is_beyond == is_beyond), 0.0)
    return seen[0].oi >= of_held * (1.0 + margin)
