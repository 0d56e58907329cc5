"""Gather a per-second path into candles anchored at the session's open."""

from datetime import datetime, timedelta

import numpy as np

from simulator.core.market import Candle
from simulator.core.sessions import Session
from simulator.core.traded import Traded

_DAY = timedelta(days=1)


def gather(
    traded: Traded, leg: int, start: datetime, end: datetime, width: timedelta, until: datetime | None
) -> list[Candle]:
    """Return the candles starting in [start, end], using no second after `until`."""
    session = traded.session
    edges = bucket_edges(session, start, end, width, until)
    if len(edges) < 2:
        return []
    first, beyond = edges[0], edges[-1]
    prices = traded.prices(leg, first, beyond)
    begins = np.array(edges[:-1]) - first
    volumes = np.diff(traded.volumes(leg, np.array(edges) - 1)).tolist()
    rows = zip(
        edges[:-1],
        (prices[begins] / 100.0).tolist(),
        (np.maximum.reduceat(prices, begins) / 100.0).tolist(),
        (np.minimum.reduceat(prices, begins) / 100.0).tolist(),
        (prices[np.array(edges[1:]) - first - 1] / 100.0).tolist(),
        volumes,
        strict=True,
    )
    return [
        Candle(candle_start(session, second, width), *prices_of, volume)
        for second, *prices_of, volume in rows
    ]


def bucket_edges(
    session: Session, start: datetime, end: datetime, width: timedelta, until: datetime | None
) -> list[int]:
    """Return the seconds at which the buckets starting in [start, end] begin, and the last one's end."""
    limit = session.seconds if until is None else min(session.seconds, session.second(until) + 1)
    step = max(1, min(int(width.total_seconds()), session.seconds))
    begins = [
        second for second in range(0, limit, step) if start <= candle_start(session, second, width) <= end
    ]
    return [*begins, min(begins[-1] + step, limit)] if begins else []


def candle_start(session: Session, second: int, width: timedelta) -> datetime:
    """Return a candle's stamp: its first moment, for a daily one the midnight before."""
    if width >= _DAY:
        return session.opens_at.replace(hour=0, minute=0)
    return session.moment(second)
