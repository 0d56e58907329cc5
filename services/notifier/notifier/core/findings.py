"""The market rules: each a step from one bucket to the next, so that a day's rows alone decide what fires."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from notifier.core.numbers import lakhs, number, percent
from notifier.core.observed import Leaning, Leg, Observed
from notifier.core.rules import RULES, Rule

State = Any  # each rule's own; None at the day's begin


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule struck. `why` holds the values that made it, as they are told."""

    title: str
    leaning: Leaning
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Firing:
    """A finding that is outside its rule's cooldown."""

    rule: Rule
    time: datetime
    spot: float | None
    finding: Finding


Step = Callable[[State, Sequence[Observed], Mapping[str, float]], tuple[State, Finding | None]]


def firings(day: Sequence[Observed]) -> tuple[Firing, ...]:
    """Return every firing of a chain's day, in order. The same rows give the same firings, whoever asks when."""
    ordered = sorted(day, key=lambda each: each.time)
    found = [firing for name in _STEPS for firing in _of_rule(RULES[name], ordered)]
    return tuple(sorted(found, key=lambda firing: firing.time))


def _of_rule(rule: Rule, day: Sequence[Observed]) -> list[Firing]:
    state: State = None
    found: list[Firing] = []
    for place, now in enumerate(day):
        state, finding = _STEPS[rule.name](state, day[: place + 1], rule.numbers)
        cools = bool(found) and now.time - found[-1].time < rule.cooldown
        if finding is not None and not cools:
            found.append(Firing(rule, now.time, now.spot, finding))
    return found


def _oi_spike(state: State, day: Sequence[Observed], n: Mapping[str, float]) -> tuple[State, Finding | None]:
    """Disarmed for a leg from a spike until its change is small again."""
    disarmed: frozenset[tuple[int, str]] = state or frozenset()
    shares = _shares(day[-1])
    disarmed = frozenset(key for key in disarmed if shares.get(key, (1.0, None))[0] >= n["side_share_again"])
    spikes = [
        (share, leg)
        for key, (share, leg) in shares.items()
        if key not in disarmed and share >= n["side_share"] and abs(leg.percent or 0) >= n["own_percent"]
    ]
    if not spikes:
        return disarmed, None
    share, leg = max(spikes, key=lambda spike: spike[0])
    said = Finding(
        f"{leg.strike} {leg.side} OI {lakhs(leg.change, sign=True)}",
        leg.leaning or "move",
        {
            "change": f"{lakhs(leg.change, sign=True)} ({percent(leg.percent)}) since the last snapshot",
            "share": f"{100 * share:.1f} % of all {leg.side} OI (fires at {100 * n['side_share']:g} %)",
            "OI now": lakhs(leg.oi),
            **({"build-up": leg.buildup.replace("_", " ")} if leg.buildup else {}),
        },
    )
    return disarmed | {(leg.strike, leg.side)}, said


def _shares(now: Observed) -> dict[tuple[int, str], tuple[float, Leg]]:
    sums = {side: sum(leg.oi or 0 for leg in now.legs if leg.side == side) for side in ("CE", "PE")}
    return {
        (leg.strike, leg.side): (abs(leg.change) / sums[leg.side], leg)
        for leg in now.legs
        if leg.change is not None and sums[leg.side]
    }


def _wall_shift(
    state: State, day: Sequence[Observed], n: Mapping[str, float]
) -> tuple[State, Finding | None]:
    """A wall moves once another strike leads the old one by `lead`; until then the old one stands."""
    walls: dict[str, int] = dict(state or {})
    found: Finding | None = None
    for side, what in (("CE", "Resistance"), ("PE", "Support")):
        new, old = day[-1].wall(side), walls.get(side)
        if new is None or new.strike == old:
            continue
        held = next((leg.oi for leg in day[-1].legs if (leg.strike, leg.side) == (old, side)), None) or 0
        if old is not None and (new.oi or 0) < held * (1 + n["lead"]):
            continue
        walls[side] = new.strike
        if old is not None:
            leaning: Leaning = "up" if new.strike > old else "down"
            why = {
                f"most {side} OI": f"{new.strike} with {lakhs(new.oi)}, {old} has {lakhs(held or None)}",
                "lead": f"{percent(100 * ((new.oi or 0) / held - 1)) if held else 'all'} (fires at {100 * n['lead']:g} %)",
            }
            found = Finding(f"{what} moved {old} → {new.strike}", leaning, why)
    return walls, found


def _pcr_cross(state: State, day: Sequence[Observed], n: Mapping[str, float]) -> tuple[State, Finding | None]:
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


def _buildup_cluster(
    state: State, day: Sequence[Observed], n: Mapping[str, float]
) -> tuple[State, Finding | None]:
    """Disarmed from a cluster until its side has fallen under `share_again`."""
    says = [leg.leaning for leg in day[-1].near(int(n["strikes"])) if leg.buildup and leg.leaning]
    if len(says) < n["legs"]:
        return state, None
    up = says.count("up") / len(says)
    side: Leaning = "up" if up >= 0.5 else "down"
    share = max(up, 1 - up)
    if share < n["share_again"]:
        return None, None
    if share < n["share"] or state == side:
        return state, None
    words = "bullish" if side == "up" else "bearish"
    why = {
        "legs": f"{says.count(side)} of {len(says)} within {n['strikes']:g} strikes of the money",
        "share": f"{100 * share:.0f} % (fires at {100 * n['share']:g} %)",
    }
    return side, Finding(f"Build-up turns {words}", side, why)


def _straddle_break(
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


def _direction_flip(
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


_STEPS: Final[Mapping[str, Step]] = {
    "oi_spike": _oi_spike,
    "wall_shift": _wall_shift,
    "pcr_cross": _pcr_cross,
    "buildup_cluster": _buildup_cluster,
    "straddle_break": _straddle_break,
    "direction_flip": _direction_flip,
}
