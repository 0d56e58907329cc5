"""The market rules about open interest: spikes, walls, clusters of build-up."""

from collections.abc import Mapping, Sequence

from notifier.core.finding import Finding, State
from notifier.core.numbers import lakhs, percent
from notifier.core.observed import Leaning, Leg, Observed


def oi_spike(state: State, day: Sequence[Observed], n: Mapping[str, float]) -> tuple[State, Finding | None]:
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


def wall_shift(state: State, day: Sequence[Observed], n: Mapping[str, float]) -> tuple[State, Finding | None]:
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


def buildup_cluster(
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
