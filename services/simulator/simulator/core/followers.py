"""Things whose price follows an index: the volatility index and shares."""

from typing import Final

import numpy as np

from simulator.core.auction import shown_seconds
from simulator.core.batches import BatchPlan
from simulator.core.lines import Line
from simulator.core.listing import Share
from simulator.core.paths import DayPath, to_ticks
from simulator.core.seeds import seed_of
from simulator.core.sessions import Session

_VIX_OVER_MONEY: Final = 1.06  # the index weighs the dearer wings in
_VIX_TICK: Final = 1  # paise
_SHARE_TICK: Final = 10


def vix_line(path: DayPath, session: Session, seed: int) -> Line:
    prices = to_ticks(path.volatility * 100.0 * _VIX_OVER_MONEY, _VIX_TICK)
    close = round(path.previous_volatility * 100.0 * _VIX_OVER_MONEY * 100)
    return Line(prices, close, session, seed=seed)


def share_line(share: Share, path: DayPath, session: Session, plan: BatchPlan) -> Line:
    """Return a share that trades for itself; its price stands while spot does."""
    moved = np.log(path.spot / path.previous_close) * share.beta
    close = int(to_ticks(np.array([share.price]), _SHARE_TICK)[0])
    prices = to_ticks(close / 100.0 * np.exp(moved), _SHARE_TICK)
    return Line(
        prices,
        close,
        session,
        seed=seed_of(share.token) >> 2,
        tick=_SHARE_TICK,
        plan=plan,
        shown=shown_seconds(session),
    )
