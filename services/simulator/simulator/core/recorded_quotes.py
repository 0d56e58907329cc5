"""Write one recorded row as the quote the broker would have given."""

from math import isnan

import numpy as np

from simulator.core.market import Level, Quote
from simulator.core.recorded_chain import ContractRows, moment_of
from simulator.core.recorded_spot import SpotSeries

_NO_LEVEL = Level(0.0, 0, 0)
_LEVELS_BELOW = (_NO_LEVEL,) * 4


def contract_quote(rows: ContractRows, contract: int, row: int, lot_size: int) -> Quote:
    chain = rows.chain
    ltp = _known(chain.ltp[row])
    so_far = chain.ltp[rows.begins[contract] : row + 1]
    traded = so_far[so_far > 0.0]
    stamp = moment_of(chain.stamped_at[row])
    volume = int(rows.volume[row])
    buy = _level(chain.bid[row], chain.bid_quantity[row])
    sell = _level(chain.ask[row], chain.ask_quantity[row])
    return Quote(
        ltp=ltp,
        open=float(traded[0]) if len(traded) else 0.0,
        high=float(traded.max()) if len(traded) else 0.0,
        low=float(traded.min()) if len(traded) else 0.0,
        close=_known(chain.previous_close[row]),
        last_quantity=lot_size if volume else 0,
        average_price=ltp,
        volume=volume,
        oi=int(rows.oi[row]),
        total_buy=buy.quantity,
        total_sell=sell.quantity,
        lower_circuit=0.0,
        upper_circuit=0.0,
        low_52_weeks=0.0,
        high_52_weeks=0.0,
        buy=(buy, *_LEVELS_BELOW),
        sell=(sell, *_LEVELS_BELOW),
        fed_at=stamp,
        traded_at=stamp,
    )


def spot_quote(spot: SpotSeries, at: np.datetime64) -> Quote | None:
    count = int(np.searchsorted(spot.collected_at, at, side="right"))
    if not count:
        return None
    so_far = spot.price[:count]
    stamp = moment_of(spot.stamped_at[count - 1])
    return Quote(
        ltp=float(so_far[-1]),
        open=float(so_far[0]),
        high=float(so_far.max()),
        low=float(so_far.min()),
        close=0.0,
        last_quantity=0,
        average_price=0.0,
        volume=0,
        oi=0,
        total_buy=0,
        total_sell=0,
        lower_circuit=0.0,
        upper_circuit=0.0,
        low_52_weeks=0.0,
        high_52_weeks=0.0,
        buy=(),
        sell=(),
        fed_at=stamp,
        traded_at=stamp,
    )


def _known(number: np.float64) -> float:
    return 0.0 if isnan(number) else float(number)


def _level(price: np.float64, quantity: np.float64) -> Level:
    if not price > 0.0:
        return _NO_LEVEL
    return Level(float(price), int(_known(quantity)), 1)
