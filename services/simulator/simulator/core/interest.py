"""Say how much open interest an expiry draws, and how much a strike."""

from datetime import date
from math import exp

import numpy as np

from oi_common.market.black76 import Floats
from simulator.core.expiries import Expiry
from simulator.core.underlyings import Activity, Underlying


def scaled_activity(underlying: Underlying, expiry: Expiry, day: date) -> Activity:
    """Scale the near expiry's activity down for the farther ones."""
    near = underlying.activity
    days = max(0, (expiry.day - day).days)
    share = 1.0 if days <= _near_days(underlying, day) else max(0.05, exp(-days / 25.0))
    share = max(share, 0.3) if expiry.is_monthly and days < 45 else share
    return Activity(near.open_total * share, max(1.0, near.typical_change * share), near.decay, near.spread)


def roundness(underlying: Underlying, strikes: Floats, day: date) -> Floats:
    """Round strikes hold more: every second step twice, every tenth step about 2.5 times that of others."""
    steps = np.rint(strikes / underlying.strike_step(day)).astype(np.int64)
    tenth = 6.0 if underlying.name == "BANKNIFTY" else 4.0
    return np.where(steps % 10 == 0, tenth, np.where(steps % 2 == 0, 2.2, 1.0))


def _near_days(underlying: Underlying, day: date) -> int:
    return 7 if underlying.has_weeklies(day) else 36
