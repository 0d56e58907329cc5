"""Give each strike its implied volatility: a term structure and a smile that leans towards the puts."""

from typing import Final

import numpy as np

from oi_common.market.black76 import Floats

_MONTH: Final = 30.0 / 365.0
_SHORTEST: Final = 1.0 / 365.0  # within the last day the smile is drawn as if a day were left
_INDEX_LEAN: Final = -0.055
_COMMODITY_LEAN: Final = 0.01
_CURVATURE: Final = 0.028
_FARTHEST: Final = 6.0  # standard deviations; towards them the smile flattens


def at_the_money(month_volatility: Floats, years: Floats) -> Floats:
    """Return the at-the-money volatility for a term, given the 30-day one."""
    return np.asarray(month_volatility * (0.93 + 0.07 * np.sqrt(np.maximum(years, _SHORTEST) / _MONTH)))


def smile(log_moneyness: Floats, at_money: Floats, years: Floats, *, is_index: bool) -> Floats:
    """Return the volatility of a strike `log_moneyness` = ln(strike / forward) away."""
    deviation = at_money * np.sqrt(np.maximum(years, _SHORTEST))
    distance = _FARTHEST * np.tanh(log_moneyness / (deviation * _FARTHEST))
    lean = _INDEX_LEAN if is_index else _COMMODITY_LEAN
    return np.asarray(at_money * (1.0 + lean * distance + _CURVATURE * np.square(distance)))
