"""Implied volatility and Greeks of a whole chain in one pass over both sides."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from oi_common.market.black76 import IV_POINTS, Choice, Floats, greeks
from oi_common.market.forward import LEAST, YEAR, Forward
from oi_common.market.implied_volatility import CODES, SOLVED, Codes, Reason, implied_volatility
from oi_common.market.option_chain import OptionChain
from oi_common.market.premiums import Premiums

LEAST_YEARS: Final = LEAST / YEAR


@dataclass(frozen=True, slots=True, eq=False)
class SideGreeks:
    """One side, an entry a strike: NaN with a reason (see implied_volatility.REASONS), or numbers and SOLVED.

    `iv` in percent, `delta` and `gamma` to the forward, `theta` in rupees a calendar day, `vega` in rupees a point
    of IV.
    """

    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    reason: Codes


@dataclass(frozen=True, slots=True, eq=False)
class ChainGreeks:
    """Both sides, and the years to expiry that they were reckoned with."""

    calls: SideGreeks
    puts: SideGreeks
    years: float


def chain_greeks(
    chain: OptionChain,
    calls_premiums: Premiums,
    puts_premiums: Premiums,
    forward: Forward | None,
    years: float,
    rate: float = 0.0,
) -> ChainGreeks:
    """Return IV and Greeks of every contract by Black-76; total, and never a number that does not round-trip.

    Less than a minute to expiry counts as a minute, for theta and gamma grow without bound towards the end; none or
    less is expired. Worked by hand: K = F = 100, a year, both premiums 7.96556745541: IV 20 %, delta 0.5398 and
    -0.4602, gamma 0.019848, theta -0.010875 a day, vega 0.396953 a point.
    """
    years = max(years, LEAST_YEARS) if years > 0.0 else years
    value = np.nan if forward is None else forward.value
    strikes = np.stack((chain.strikes, chain.strikes))
    is_call = np.broadcast_to([[True], [False]], strikes.shape)
    premium = np.stack((calls_premiums.value, puts_premiums.value))
    implied = implied_volatility(premium, value, strikes, years, is_call=is_call, rate=rate)
    table, reason = np.full((5, *strikes.shape), np.nan), implied.reason.copy()
    solved = reason == SOLVED
    if solved.any():
        with np.errstate(all="ignore"):
            rows = _rows(value, strikes[solved], years, implied.sigma[solved], is_call[solved], rate)
        table[:, solved] = rows
        reason[solved] = np.where(np.isnan(rows[0]), CODES[Reason.NOT_CONVERGED], SOLVED)
    return ChainGreeks(_side(table[:, 0], reason[0]), _side(table[:, 1], reason[1]), years)


def _rows(
    forward: float, strikes: Floats, years: float, sigma: Floats, is_call: Choice, rate: float
) -> Floats:
    """Return IV in percent and the Greeks, one a row; a contract of which one overflows has none."""
    found = greeks(forward, strikes, years, sigma, is_call=is_call, rate=rate)
    rows = np.array((sigma * IV_POINTS, found.delta, found.gamma, found.theta, found.vega))
    return np.where(np.isfinite(rows).all(axis=0), rows, np.nan)


def _side(table: Floats, reason: Codes) -> SideGreeks:
    iv, delta, gamma, theta, vega = table
    return SideGreeks(iv, delta, gamma, theta, vega, reason)
