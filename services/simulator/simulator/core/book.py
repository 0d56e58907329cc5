"""Turn columns of prices and counts into quotes with five levels of depth on each side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from oi_common.market.black76 import Floats
from simulator.core.batches import Counts
from simulator.core.market import Level, Quote
from simulator.core.paths import Paise
from simulator.core.seeds import chance

DEPTH: Final = 5
_STEPS: Final = np.arange(DEPTH)
_LUCK: Final = np.arange(2 * DEPTH + 1)  # one number for each level and one for the last trade


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
    luck = chance(seed, columns.ids[:, None], second, _LUCK[None, :])
    lots = 1 + np.floor(8.0 * np.square(luck[:, -1])).astype(np.int64)
    buy, total_buy = _side(columns, columns.bid, -1, luck[:, :DEPTH])
    sell, total_sell = _side(columns, columns.ask, 1, luck[:, DEPTH:-1])
    prices = np.stack(
        (columns.last, columns.open, columns.high, columns.low, columns.close, np.rint(columns.average),
         columns.lower_circuit, columns.upper_circuit, columns.low_52_weeks, columns.high_52_weeks)
    ) / 100.0  # fmt: skip
    last, opened, high, low, close, average, *limits = prices.tolist()
    traded = np.where(columns.volume > 0, lots * columns.lot_size, 0).tolist()
    counts = (each.tolist() for each in (columns.volume, columns.oi, total_buy, total_sell))
    stamps = (columns.fed_at, columns.traded_at)
    fields = (last, opened, high, low, close, traded, average, *counts, *limits, buy, sell, *stamps)
    return list(map(Quote, *fields))


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
    columns: Columns, best: Paise, direction: int, luck: Floats
) -> tuple[list[tuple[Level, ...]], Counts]:
    """Lay five levels behind the best price; where a buy would cost nothing the level is empty."""
    prices = best[:, None] + direction * columns.tick * _STEPS
    exists = prices > 0
    lots = np.where(exists, 1 + np.floor(60.0 * luck * luck * (1 + _STEPS / 2)), 0).astype(np.int64)
    orders = np.where(exists, 1 + np.floor(lots * 0.3 * luck), 0).astype(np.int64)
    quantities = lots * columns.lot_size
    total = quantities.sum(axis=1) * (8 + np.floor(12.0 * luck[:, 0])).astype(np.int64)
    rows = (np.maximum(prices, 0) / 100.0, quantities, orders)
    levels = map(Level, *(each.ravel().tolist() for each in rows))
    return list(zip(*[levels] * DEPTH, strict=True)), total
