"""Where the net gamma of a chain changes its sign as spot moves."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from oi_common.market.black76 import norm_pdf
from oi_common.market.option_chain import Floats

REACH: Final = 0.10  # of spot, either way
_STEPS: Final = 40  # each way: a quarter of a percent
_HALVINGS: Final = 24  # of such a step, which leaves a millionth of a rupee or so
_ROUNDING: Final = 1e-12  # a net so small beside what it is the net of is 0


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Contracts as the net gamma sees them, one array element each.

    Strikes are divided by forward / spot, so that they face spot as they face the forward; OI in units is below 0
    for puts; `deviation` is sigma * sqrt(years), above 0.
    """

    strikes: Floats
    signed_oi: Floats
    deviation: Floats


def net_gamma(legs: Legs, levels: Floats) -> Floats:
    """Return sum of OI times Black-76 gamma at each level of spot, but for factors that are above 0 (n levels, n).

    gamma = exp(-r * T) * pdf(d1) / (F * sigma * sqrt(T)); the discount, the carry and the level itself are the same for all
    legs, so the sign does not depend on them.

    Example: one call of 100, sigma * sqrt(T) = 0.1, at 100: d1 = 0.05, pdf(0.05) / 0.1 = 3.984.
    """
    with np.errstate(all="ignore"):
        distance = np.log(levels[:, None] / legs.strikes) / legs.deviation + 0.5 * legs.deviation
        gammas = norm_pdf(distance) / legs.deviation
        parts = np.where(np.isfinite(gammas), gammas, 0.0) * legs.signed_oi
    net, gross = parts.sum(axis=1), np.abs(parts).sum(axis=1)
    return np.where(np.abs(net) > _ROUNDING * gross, net, 0.0)


def crossings(legs: Legs, spot: float) -> Floats:
    """Return all levels within 10 % of spot at which the net gamma changes its sign, ascending.

    A grid of a quarter of a percent brackets them, so two within one step are missed; halving refines each.

    Example: see `oi_common.market.exposure.gamma_flip`: 99.3 alone.
    """
    levels = spot * (1.0 + REACH * np.arange(-_STEPS, _STEPS + 1) / _STEPS)
    sign = np.sign(net_gamma(legs, levels))
    levels, sign = levels[sign != 0.0], sign[sign != 0.0]
    changes = np.flatnonzero(sign[1:] != sign[:-1])
    low, high, below = levels[changes], levels[changes + 1], sign[changes]
    for _ in range(_HALVINGS if len(changes) else 0):
        middle = 0.5 * (low + high)
        is_below = np.sign(net_gamma(legs, middle)) == below
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return np.asarray(0.5 * (low + high))
