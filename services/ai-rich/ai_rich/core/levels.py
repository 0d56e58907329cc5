"""The strikes that matter, in sentences."""

from collections.abc import Iterable

from ai_rich.core.figures import level, percent, units
from ai_rich.core.picture import Picture
from ai_rich.core.shifts import WALL_SIDES, Shift, WallSide, shift_of, walls_of
from oi_common.advice.situation import Wall

_TOLD = 2


def levels(picture: Picture) -> str | None:
    """Return support and resistance, and whether they have moved."""
    sides = [told for side in WALL_SIDES if (told := _side(side, picture)) is not None]
    shifts = [
        told for side in WALL_SIDES if (told := _shifted(side, shift_of(side, picture.buckets))) is not None
    ]
    walls = "; ".join(sides)
    return " ".join((*((f"{walls[0].upper()}{walls[1:]}.",) if walls else ()), *shifts)) or None


def nearest(walls: Iterable[Wall], spot: float, *, above: bool) -> int | None:
    """Return the wall next to spot on one side of it."""
    strikes = [wall.strike for wall in walls if (wall.strike > spot) == above and wall.strike != spot]
    return min(strikes, key=lambda strike: abs(strike - spot), default=None)


def _side(side: WallSide, picture: Picture) -> str | None:
    walls = walls_of(picture.measures.get(side))[:_TOLD]
    if not walls:
        return None
    first, *others = walls
    kind = "puts" if side == "support" else "calls"
    also = "".join(f", then {level(wall.strike)}" for wall in others)
    beyond = ", already passed" if first.is_beyond else ""
    return f"{side} {level(first.strike)} ({units(first.oi)} {kind}, {percent(first.strength)} of them{beyond}){also}"


def _shifted(side: WallSide, shift: Shift) -> str | None:
    if shift.held is None or shift.came_from is None:
        return None
    ago = f"{shift.minutes_ago} minutes ago" if shift.minutes_ago else "just now"
    way = "up" if shift.held > shift.came_from else "down"
    return f"The {side} has moved {way} from {level(shift.came_from)} to {level(shift.held)} {ago}."
