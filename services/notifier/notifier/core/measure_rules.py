"""The market rules about measures of the chain: PCR, straddle, direction."""

from collections.abc import Mapping, Sequence

from notifier.core.finding import Finding, State
from notifier.core.numbers import number, percent
from notifier.core.observed import Leaning, Observed


def pcr_cross(state: State, day: Sequence[Observed], n: Mapping[str, float]) -> tuple[State, Finding | None]:
    """A level counts as crossed once PCR is `beyond` it; it is crossed back only as far on the other side."""
    pcr = day[-1].pcr
    if pcr is None:
        return state, None
    levels = (n["low"], n["middle"], n["high"])
    if state is None:
        return sum(pcr > level for level in levels), None
    above = sum(pcr > level + n["beyond"] for level in levels)
    below = sum(pcr > level - n["beyond"] for level in levels)
    if above > state:
        level, leaning = levels[above - 1], "up"
    elif below < state:
        level, leaning = levels[below], "down"
    else:
        return state, None
    before = next((each.pcr for each in reversed(day[:-1]) if each.pcr is not None), None)
    words = "above" if leaning == "up" else "below"
    why = {"PCR": f"{number(before)} → {number(pcr)}", "level": f"{level:g} (and {n['beyond']:g} beyond it)"}
    return (above if leaning == "up" else below), Finding(f"PCR {words} {level:g}", leaning, why)  # type: ignore[arg-type]


def straddle_break(
    state: State, day: Sequence[Observed], n: Mapping[str, float]
) -> tuple[State, Finding | None]:
    """Disarmed from a break until the straddle is within `percent_again` of the range."""
    window = [each.straddle for each in day[-1 - int(n["buckets"]) : -1] if each.straddle is not None]
    now = day[-1].straddle
    if now is None or len(window) < n["buckets"] / 2:
        return state, None
    low, high = min(window), max(window)
    beyond = 100 * (now / high - 1) if now > high else 100 * (now / low - 1) if now < low and low else 0.0
    if abs(beyond) < n["percent_again"]:
        return None, None
    if abs(beyond) < n["percent"] or state is not None:
        return state, None
    minutes = 3 * len(window)
    why = {
        "straddle": f"{number(now, 1)}, {percent(beyond)} beyond (fires at {n['percent']:g} %)",
        "range": f"{number(low, 1)} to {number(high, 1)} in the {minutes} min before",
    }
    words = "above" if beyond > 0 else "below"
    return "broken", Finding(f"Straddle breaks {words} its range", "move", why)


def direction_flip(
    state: State, day: Sequence[Observed], n: Mapping[str, float]
) -> tuple[State, Finding | None]:
    """A side counts once it has held for `buckets` with enough confidence; a neutral stretch changes nothing."""
    recent = day[-int(n["buckets"]) :]
    sides = {_side_of(each.direction) for each in recent}
    weak = any((each.confidence or 0) < n["confidence"] for each in recent)
    side = next(iter(sides))
    if len(recent) < n["buckets"] or len(sides) > 1 or side is None or weak or side == state:
        return state, None
    if state is None:
        return side, None
    direction = str(day[-1].direction).replace("_", " ").lower()
    why = {
        "direction": f"{direction}, confidence {number(day[-1].confidence, 0)} (fires at {n['confidence']:g})",
        "held": f"{n['buckets']:g} buckets",
    }
    return side, Finding(f"Direction turns {direction}", side, why)


def _side_of(direction: str | None) -> Leaning | None:
    words = (direction or "").upper()
    return "up" if "BULL" in words else "down" if "BEAR" in words else None
