"""Measures of a chain as its quotes stand."""

from collections.abc import Mapping

from bucketer.core.state import Measures, Quote, contract_of
from oi_common.market.chain import Contract, at_the_money, max_pain, put_call_ratio

_PRICE_LIMIT = 99_999_999.99  # what a DECIMAL(10,2) column holds
_RATIO_LIMIT = 999_999.0  # what a DECIMAL(10,4) column holds


def measure(quotes: Mapping[str, Quote], spot: float | None) -> Measures:
    """Return the chain's measures, each None where it is undefined or not known."""
    chain = {contract_of(key): quote for key, quote in quotes.items()}
    puts = [quote for contract, quote in chain.items() if contract.side == "PE"]
    calls = [quote for contract, quote in chain.items() if contract.side == "CE"]
    atm = at_the_money({contract.strike for contract in chain}, spot)
    return Measures(
        spot=spot,
        pcr_oi=_fits(put_call_ratio((q.oi for q in puts), (q.oi for q in calls))),
        pcr_volume=_fits(put_call_ratio((q.volume for q in puts), (q.volume for q in calls))),
        max_pain=max_pain({contract: quote.oi for contract, quote in chain.items()}, spot),
        atm_strike=atm,
        straddle=_straddle(chain, atm),
    )


def _straddle(chain: Mapping[Contract, Quote], atm: int | None) -> float | None:
    if atm is None:
        return None
    call, put = chain.get(Contract(atm, "CE")), chain.get(Contract(atm, "PE"))
    if call is None or put is None or call.ltp is None or put.ltp is None:
        return None
    return min(round(call.ltp + put.ltp, 2), _PRICE_LIMIT)


def _fits(ratio: float | None) -> float | None:
    return None if ratio is None else round(min(ratio, _RATIO_LIMIT), 4)
