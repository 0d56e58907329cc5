"""Gather a per-second path into candles anchored at the session's open."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from simulator.core.batches import Counts
from simulator.core.market import Candle
from simulator.core.sessions import Session
from simulator.core.traded import Traded


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets one after another: when each begins on the clock, and its first second of trading.

    `edges` has one more at its end, where the last bucket ends.
    """

    starts: list[datetime]
    edges: Counts


def gather(
    traded: Traded, leg: int, start: datetime, end: datetime, width: timedelta, *, until: datetime | None
) -> list[Candle]:
    """Return the candles starting in [start, end], using no second after `until`."""
    buckets = buckets_of(traded.session, start, end, width, until=until)
    edges = buckets.edges
    if not buckets.starts:
        return []
    prices = traded.prices(leg, int(edges[0]), int(edges[-1]))
    begins = edges[:-1] - edges[0]
    rows = zip(
        buckets.starts,
        (prices[begins] / 100.0).tolist(),
        (np.maximum.reduceat(prices, begins) / 100.0).tolist(),
        (np.minimum.reduceat(prices, begins) / 100.0).tolist(),
        (prices[edges[1:] - edges[0] - 1] / 100.0).tolist(),
        np.diff(traded.volumes(leg, edges - 1)).tolist(),
        strict=True,
    )
    return [Candle(*row) for row in rows]


def buckets_of(
    session: Session, start: datetime, end: datetime, width: timedelta, *, until: datetime | None
) -> Buckets:
    """Return the buckets that begin in [start, end] and hold a second of trading, none of it after `until`."""
    limit = session.seconds if until is None else session.second(until) + 1
    starts, firsts, opened, end_of_last = [], [], session.opens_at, 0
    while opened < session.closes_at and opened <= end:
        first, beyond = session.first_from(opened), min(session.first_from(opened + width), limit)
        if first < beyond and start <= opened:
            starts.append(opened)
            firsts.append(first)
            end_of_last = beyond
        opened += width
    return Buckets(starts, np.array([*firsts, end_of_last]))
