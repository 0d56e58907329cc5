"""Gather a per-second path into candles anchored at the session's open."""

from datetime import datetime, timedelta

import numpy as np

from simulator.core.batches import Counts
from simulator.core.market import Candle
from simulator.core.sessions import Session
from simulator.core.traded import Traded


def gather(
    traded: Traded, leg: int, start: datetime, end: datetime, width: timedelta, *, until: datetime | None
) -> list[Candle]:
    """Return the candles starting in [start, end], using no second after `until`."""
    edges = bucket_edges(traded.session, start, end, width, until=until)
    if len(edges) == 1:
        return []
    prices = traded.prices(leg, int(edges[0]), int(edges[-1]))
    begins = edges[:-1] - edges[0]
    rows = zip(
        edges[:-1].tolist(),
        (prices[begins] / 100.0).tolist(),
        (np.maximum.reduceat(prices, begins) / 100.0).tolist(),
        (np.minimum.reduceat(prices, begins) / 100.0).tolist(),
        (prices[edges[1:] - edges[0] - 1] / 100.0).tolist(),
        np.diff(traded.volumes(leg, edges - 1)).tolist(),
        strict=True,
    )
    return [
        Candle(traded.session.moment(second), opened, high, low, close, volume)
        for second, opened, high, low, close, volume in rows
    ]


def bucket_edges(
    session: Session, start: datetime, end: datetime, width: timedelta, *, until: datetime | None
) -> Counts:
    """Return the seconds at which the buckets starting in [start, end] begin, and where the last one ends."""
    limit = session.seconds if until is None else session.second(until) + 1
    step = max(1, int(width.total_seconds()))
    begins = [second for second in range(0, limit, step) if start <= session.moment(second) <= end]
    return np.array([*begins, min(begins[-1] + step, limit)] if begins else [0])
