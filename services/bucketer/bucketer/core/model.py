"""The chain as Black-76 on its own forward sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from bucketer.core import limits
from bucketer.core.greeks import Greeks
from bucketer.core.state import ChainState, Quote, contract_of, key_of
from oi_common.events import GreeksFetched
from oi_common.market.chain import Side
from oi_common.market.chain_greeks import ChainGreeks, SideGreeks, chain_greeks
from oi_common.market.forward import Forward, parity_forward, years_to_expiry
from oi_common.market.implied_volatility import REASONS
from oi_common.market.option_chain import OptionChain, option_chain
from oi_common.market.premiums import premiums
from oi_common.market.smile import atm_iv


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A chain at one moment, and what the model makes of it; ATM IV in percent."""

    at: datetime
    chain: OptionChain
    forward: Forward | None
    greeks: ChainGreeks
    atm_iv: float | None


def picture(quotes: Mapping[str, Quote], at: datetime, expiry: date, segment: str) -> Picture:
    """Return the chain that the quotes make, with the Greeks of its middle prices."""
    chain = option_chain((contract_of(key), quote) for key, quote in quotes.items())
    years = years_to_expiry(at, expiry, segment)
    calls, puts = premiums(chain.calls), premiums(chain.puts)
    forward = parity_forward(chain, calls, puts, years)
    greeks = chain_greeks(chain, calls, puts, forward, years)
    level = forward.value if forward else None
    return Picture(at, chain, forward, greeks, atm_iv(chain.strikes, greeks.calls.iv, greeks.puts.iv, level))


def model_greeks(now: Picture) -> dict[str, Greeks]:
    """Return the model's Greeks of each contract, or its reason for having none."""
    return {
        key_of(int(strike), side): _of(now.at, greeks, row)
        for side, greeks in _sides(now.greeks)
        for row, strike in enumerate(now.chain.strikes)
    }


def iv_gap(chain: ChainState, fetched: GreeksFetched, segment: str) -> float | None:
    """Return the median distance, in IV points, between the IVs that were told and the model's; None without any."""
    model = model_greeks(picture(chain.quotes, fetched.feed_time, chain.expiry, segment))
    pairs = ((row.iv, model.get(key_of(row.strike, row.side))) for row in fetched.rows)
    gaps = [abs(told - of.iv) for told, of in pairs if told and of is not None and of.iv is not None]
    return float(np.median(gaps)) if gaps else None


def _sides(greeks: ChainGreeks) -> tuple[tuple[Side, SideGreeks], tuple[Side, SideGreeks]]:
    return ("CE", greeks.calls), ("PE", greeks.puts)


def _of(at: datetime, greeks: SideGreeks, row: int) -> Greeks:
    reason = REASONS[greeks.reason[row]]
    return Greeks(
        at,
        "model",
        limits.ratio(float(greeks.iv[row])),
        limits.ratio(float(greeks.delta[row])),
        limits.gamma(float(greeks.gamma[row])),
        limits.ratio(float(greeks.theta[row])),
        limits.ratio(float(greeks.vega[row])),
        None if reason is None else str(reason),
    )
