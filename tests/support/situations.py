"""Situations for tests: an index that rises, with a chain that agrees and books that are fair, changed where asked."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from oi_common.advice.situation import Leg, Position, Situation
from oi_common.market.buckets import IST
from oi_common.market.chain import Contract, Side

AT = datetime(2026, 11, 18, 11, 0, 15, tzinfo=IST)
STRIKES = (24400, 24450, 24500, 24550, 24600)


def leg(strike: int = 24500, side: Side = "CE", ask: float = 101.5, **changes: Any) -> Leg:
    """Return a contract with a fair book."""
    fair = Leg(Contract(strike, side), bid=round(ask - 0.3, 2), ask=ask, ltp=ask, age=0.4, moves={12: 2.5})
    return replace(fair, **changes)


def legs() -> tuple[Leg, ...]:
    return tuple(leg(strike, side) for strike in STRIKES for side in ("CE", "PE"))


def rising(**changes: Any) -> Situation:
    """Return a situation in which every gate is open, upwards."""
    open_gates = Situation(
        index_name="NIFTY",
        at=AT,
        expiry=date(2026, 11, 24),
        spot=24512.35,
        spot_age=0.3,
        momentum={5: 4.0, 12: 9.5, 30: 14.0, 60: 22.0},
        legs=legs(),
        strikes=STRIKES,
        pcr_live=1.12,
        measures={
            "direction": "BULLISH",
            "confidence": 44.0,
            "pcr_oi": 1.0832,
            "max_pain": 24450,
            "support": [{"strike": 24400, "oi": 5_200_000, "strength": 0.18}],
            "resistance": [{"strike": 24600, "oi": 6_100_000, "strength": 0.21}],
        },
        snapshot_age=70.0,
        minutes_since_open=105.25,
        minutes_to_close=279.75,
        days_to_expiry=6,
        lot_size=65,
    )
    return replace(open_gates, **changes)


def falling(**changes: Any) -> Situation:
    """Return a situation in which every gate is open, downwards."""
    up = rising()
    down = {
        "momentum": {seconds: -points for seconds, points in up.momentum.items()},
        "measures": {**up.measures, "direction": "BEARISH"},
    }
    return replace(up, **{**down, **changes})


def holding(bid: float = 104.0, **changes: Any) -> Situation:
    """Return a situation with a call bought at 100 (stop 85, target 130) whose bid is as given."""
    position = Position(Contract(24500, "CE"), 65, 100.0, 85.0, 130.0, held_minutes=6.0)
    others = tuple(each for each in legs() if each.contract != position.contract)
    held = leg(24500, "CE", ask=bid + 0.3, bid=bid)
    return rising(**{"position": position, "legs": (held, *others), **changes})
