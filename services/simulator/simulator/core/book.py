"""Turn columns of prices and counts into quotes with five levels of depth on each side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from oi_common.market.black76 import Floats
from simulator.core.batches import Counts
from simulator.core.market import Level, Quote
from simulator.core.paths import Paise
from simulator.core.seeds import chance

DEPTH = 5


@dataclass(frozen=True, slots=True)
class Columns:
    """What is known of some contracts at one moment: prices in paise, counts in units."""

    ids: Counts
    last: Paise
    open: Paise
    high: Paise
    low: Paise
    close: Paise
    average: Floats
    volume: Counts
    oi: Counts
    bid: Paise
    ask: Paise
    lot_size: int
    tick: int
    lower_circuit: Paise
    upper_circuit: Paise
    low_52_weeks: Paise
    high_52_weeks: Paise
    fed_at: Sequence[datetime]
    traded_at: Sequence[datetime]


def quotes(columns: Columns, *, seed: int, second: int) -> list[Quote]:
    lots = 1 + np.floor(8.0 * np.square(chance(seed, columns.ids, second, 3))).astype(np.int64)
    buy, total_buy = _side(columns, columns.bid, -1, seed=seed, second=second)
    sell, total_sell = _side(columns, columns.ask, 1, seed=seed, second=second)
    rows = zip(
        _rupees(columns.last), _rupees(columns.open), _rupees(columns.high), _rupees(columns.low),
        _rupees(columns.close), np.where(columns.volume > 0, lots * columns.lot_size, 0).tolist(),
        np.round(columns.average / 100.0, 2).tolist(), columns.volume.tolist(), columns.oi.tolist(),
        total_buy.tolist(), total_sell.tolist(), _rupees(columns.lower_circuit),
        _rupees(columns.upper_circuit), _rupees(columns.low_52_weeks), _rupees(columns.high_52_weeks),
        buy, sell, columns.fed_at, columns.traded_at, strict=True,
    )  # fmt: skip
    return [Quote(*row) for row in rows]


def option_spread(distance: Floats) -> Floats:
    """Return the relative spread: 0.22 % at the money, 2 % from 5 % away on."""
    return np.minimum(0.0022 + 0.0036 * distance, 0.02)


def spread_around(fair: Floats, spread: Floats, tick: int) -> tuple[Paise, Paise]:
    """Return bid and ask a relative `spread` apart, never less than a tick."""
    half = fair * spread / 2.0
    bid = np.floor((fair - half) * 100.0 / tick + 1e-6).astype(np.int64) * tick
    ask = np.ceil((fair + half) * 100.0 / tick - 1e-6).astype(np.int64) * tick
    bid = np.maximum(bid, tick)
    return np.asarray(bid), np.asarray(np.maximum(ask, bid + tick))


def _side(
    columns: Columns, best: Paise, direction: int, *, seed: int, second: int
) -> tuple[Iterator[tuple[Level, ...]], Counts]:
    """Lay five levels behind the best price; where a buy would cost nothing the level is empty."""
    steps = np.arange(DEPTH)
    prices = best[:, None] + direction * steps * columns.tick
    luck = chance(seed, columns.ids[:, None], second, steps[None, :] + (DEPTH + 1) * direction)
    exists = prices > 0
    lots = np.where(exists, 1 + np.floor(60.0 * luck * luck * (1 + steps / 2)), 0).astype(np.int64)
    orders = np.where(exists, 1 + np.floor(lots * 0.3 * luck), 0).astype(np.int64)
    quantities = lots * columns.lot_size
    total = quantities.sum(axis=1) * (8 + np.floor(12.0 * luck[:, 0])).astype(np.int64)
    levels = (
        tuple(map(Level, level_prices, level_quantities, level_orders))
        for level_prices, level_quantities, level_orders in zip(
            (np.maximum(prices, 0) / 100.0).tolist(), quantities.tolist(), orders.tolist(), strict=True
        )
    )
    return levels, total


def _rupees(paise: Paise) -> list[float]:
    rupees: list[float] = (paise / 100.0).tolist()
    return rupees
