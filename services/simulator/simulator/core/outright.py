"""An underlying itself: its spot, and its futures."""

from datetime import date

import numpy as np

from simulator.core.auction import shown_seconds
from simulator.core.batches import BatchPlan
from simulator.core.carry import end_of, forward_of, previous_forward
from simulator.core.lines import Line
from simulator.core.paths import DayPath, to_ticks
from simulator.core.sessions import Session
from simulator.core.underlyings import Underlying


def spot_line(
    underlying: Underlying, path: DayPath, session: Session, plan: BatchPlan | None, *, seed: int
) -> Line:
    """Return the spot, which stands still in the closing auction; a share's is traded, so it has a plan."""
    return Line(
        path.spot,
        path.previous_close,
        session,
        seed=seed,
        tick=_tick(underlying),
        plan=plan,
        shown=shown_seconds(session),
    )


def future_line(
    underlying: Underlying, day: date, path: DayPath, session: Session, plan: BatchPlan, *, seed: int
) -> Line:
    """Return the future that ends on a day."""
    tick, delivered_at = _tick(underlying), end_of(underlying, day)
    close = to_ticks(previous_forward(path, session.previous.closes_at, delivered_at), tick)
    prices = to_ticks(forward_of(path, session, delivered_at, np.arange(session.seconds)), tick)
    lot_size = underlying.lot_size(day)
    return Line(prices, int(close[0]), session, seed=seed, lot_size=lot_size, tick=tick, plan=plan)


def _tick(underlying: Underlying) -> int:
    return round(underlying.tick_size * 100)
