"""Work out Greeks from recorded IVs.

The website's IV is Black-Scholes on the spot with r = 10 %, so these are the exchange's convention carried
over to Black-76: near the broker's figures, not equal to them.
"""

from datetime import date
from math import isnan

import numpy as np

from oi_common.market import black76
from simulator.core.carry import RATE
from simulator.core.listing import SIDES
from simulator.core.market import GreekRow
from simulator.core.recorded_chain import ContractRows
from simulator.core.recorded_spot import parity_spot, years_left


def greek_rows(rows: ContractRows, expiry: date, at: np.datetime64) -> list[GreekRow]:
    newest = {number: rows.newest(number, at) for number, key in enumerate(rows.keys) if key[0] == expiry}
    found = {number: row for number, row in newest.items() if row is not None and rows.chain.iv[row] > 0.0}
    if not found:
        return []
    spot = parity_spot(rows.chain.where(np.array([row for row in newest.values() if row is not None])))
    if isnan(spot):
        return []
    return _priced(rows, found, spot)


def _priced(rows: ContractRows, found: dict[int, int], spot: float) -> list[GreekRow]:
    chosen = np.array(list(found.values()))
    chain = rows.chain.where(chosen)
    years = years_left(chain)
    greeks = black76.greeks(
        spot * np.exp(RATE * years), chain.strike, years, chain.iv / 100.0, is_call=chain.is_call, rate=RATE
    )
    numbers = np.stack(
        (chain.strike, chain.iv, greeks.delta, greeks.gamma, greeks.theta, greeks.vega), axis=1
    )
    return [
        GreekRow(strike, SIDES[rows.keys[number][2]], iv, delta, gamma, theta, vega, volume)
        for number, (strike, iv, delta, gamma, theta, vega), volume in zip(
            found, numbers.tolist(), rows.volume[chosen].tolist(), strict=True
        )
    ]
