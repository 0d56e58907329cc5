"""Gamma exposure: how much of the index the other side of all options would have to trade, by strike and in all.

The sign is an assumption, not a fact: it takes dealers to be long of calls and short of puts. Where others
write the calls it is the other way round.
"""

from typing import Final

import numpy as np

from oi_common.market.arrays import known, positive
from oi_common.market.black76 import IV_POINTS
from oi_common.market.gamma_flip import LEAST_DEVIATION, Legs, crossings
from oi_common.market.option_chain import Floats, OptionChain
from oi_common.market.ratios import side_sum

CRORE: Final = 1e7
ONE_PERCENT: Final = 0.01
GEX_CONVENTION: Final = (
    "GEX = (gamma CE x OI CE - gamma PE x OI PE) x spot^2 x 0.01 / 1e7: crore rupees of index to trade for a 1 % move,"
    " OI in units, dealers taken as long calls and short puts"
)
FLIP_CONVENTION: Final = "Flip: the spot nearest to now, within 10 %, at which GEX with the gamma there (Black-76, IV kept by strike) is 0"


def gamma_exposure(chain: OptionChain, call_gamma: Floats, put_gamma: Floats, spot: float | None) -> Floats:
    """Return GEX by strike, in crore rupees for a move of 1 %; gammas are per rupee, arrays over the strikes.

    GEX(K) = (gamma_CE * OI_CE - gamma_PE * OI_PE) * S * S * 0.01 / 1e7, OI in units. A leg whose gamma is unknown
    takes that of the other leg, which parity makes the same; an unknown OI counts as none. NaN where neither
    leg has a gamma, where no OI is known, and everywhere without spot.

    Example: gamma 0.0005 both, OI 3,000,000 calls and 1,000,000 puts, spot 25,000:
    0.0005 * 2,000,000 * 625,000,000 * 0.01 / 1e7 = 625 crore.
    """
    level = positive(spot)
    if level is None:
        return np.full(len(chain), np.nan)
    call_gamma, put_gamma = _else(call_gamma, put_gamma), _else(put_gamma, call_gamma)
    is_told = np.isfinite(chain.calls.oi) | np.isfinite(chain.puts.oi)
    exposure = known(chain.calls.oi) * call_gamma - known(chain.puts.oi) * put_gamma
    return np.where(is_told, exposure, np.nan) * (level * level * ONE_PERCENT / CRORE)


def net_exposure(exposure: Floats) -> float | None:
    """Return the sum of GEX over the strikes (crore rupees for 1 %); None when no strike's is known.

    Strikes that are NaN are left out. Above 0, hedging calms the market; below 0 it drives moves on.

    Example: [625, NaN, -225] gives 400.
    """
    return side_sum(exposure)


def gamma_flip(
    chain: OptionChain,
    call_iv: Floats,
    put_iv: Floats,
    *,
    spot: float | None,
    forward: float | None,
    years: float | None,
) -> float | None:
    """Return the level of spot (rupees) at which net GEX, recomputed there, is 0: the crossing nearest to spot.

    IV is in percent, an array a side, kept by strike while spot moves (sticky strike); the forward keeps its ratio
    to spot, without one it is spot itself; `years` to expiry. Gamma is Black-76's. Looked for within 10 % of
    spot; None when there is no crossing or spot, time or all IV are unknown.

    Example: 1,000 calls at 110 and 1,000 puts at 90, IV 20 %, 0.1 years, no carry: the gammas are equal where
    d1 of both are opposite, ln(F/90) + 0.002 = -ln(F/110) - 0.002, so F = sqrt(90 * 110) * exp(-0.002) = 99.3.
    """
    level, time = positive(spot), positive(years)
    if level is None or time is None:
        return None
    carry = (positive(forward) or level) / level
    legs = _legs(chain, _else(call_iv, put_iv), _else(put_iv, call_iv), carry, time)
    found = crossings(legs, level)
    return float(found[np.argmin(np.abs(found - level))]) if len(found) else None


def _legs(chain: OptionChain, call_iv: Floats, put_iv: Floats, carry: float, years: float) -> Legs:
    signed = np.concatenate((known(chain.calls.oi), -known(chain.puts.oi)))
    deviation = np.concatenate((call_iv, put_iv)) / IV_POINTS * np.sqrt(years)
    strikes = np.concatenate((chain.strikes, chain.strikes)) / carry
    counts = (signed != 0.0) & (deviation >= LEAST_DEVIATION) & (strikes > 0.0)
    return Legs(strikes[counts], signed[counts], deviation[counts])


def _else(values: Floats, others: Floats) -> Floats:
    return np.where(np.isfinite(values), values, others)
