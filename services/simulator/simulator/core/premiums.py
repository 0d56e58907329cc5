"""Premiums of a chain's legs: fair by the model, and as they trade."""

from typing import Final

import numpy as np

from oi_common.market import black76
from oi_common.market.black76 import Floats
from simulator.core.carry import RATE
from simulator.core.paths import Paise, to_ticks

OPTION_TICK: Final = 5  # paise


def both_sides(forward: Floats, strikes: Floats, years: Floats, sigma: Floats) -> Floats:
    """Return calls and puts, a strike's put to the right of its call."""
    calls = black76.price(forward, strikes, years, sigma, is_call=True, rate=RATE)
    puts = calls - np.exp(-RATE * years) * (forward - strikes)  # put-call parity, at half the cost
    return np.stack((calls, np.maximum(puts, 0.0)), axis=-1).reshape(calls.shape[0], -1)


def last_price(fair: Floats) -> Paise:
    return np.asarray(np.maximum(to_ticks(fair, OPTION_TICK), OPTION_TICK))
