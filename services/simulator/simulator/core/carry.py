"""Carry a spot to a delivery: forwards, and when contracts end."""

from datetime import date, datetime, timedelta
from math import exp
from typing import Final

import numpy as np

from oi_common.market.black76 import Floats
from oi_common.market.buckets import IST
from simulator.core.batches import Counts
from simulator.core.paths import DayPath
from simulator.core.sessions import Session, closing_time
from simulator.core.sessions import session as session_of
from simulator.core.underlyings import Underlying

RATE: Final = 0.065  # a year, for carry and discounting
YEAR: Final = timedelta(days=365)
LAST_MINUTE: Final = 1.0 / (365 * 24 * 60)  # of a year: no time to expiry is shorter


def forward_of(path: DayPath, session: Session, delivered_at: datetime, seconds: Counts) -> Floats:
    """Return the spot with its carry until delivery, at each second."""
    left = (delivered_at - session.opens_at) / YEAR - session.elapsed(seconds) / YEAR.total_seconds()
    return np.asarray(path.spot[seconds] / 100.0 * np.exp(RATE * np.maximum(left, LAST_MINUTE)))


def previous_forward(path: DayPath, closed_at: datetime, delivered_at: datetime) -> Floats:
    return np.array([path.previous_close / 100.0 * exp(RATE * ((delivered_at - closed_at) / YEAR))])


def end_of(underlying: Underlying, expiry: date) -> datetime:
    if underlying.is_commodity:
        return session_of(expiry, "commodity").closes_at
    return datetime.combine(expiry, closing_time(expiry), IST)
