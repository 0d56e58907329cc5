"""Draw a day's spot and volatility, second by second, so that days join and indices move together."""

from dataclasses import dataclass
from datetime import date
from math import log, pi, sqrt
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.black76 import Floats
from simulator.core.scenarios import Scenario, deviation_of
from simulator.core.seeds import chance, generator, seed_of
from simulator.core.sessions import Session, previous_trading_day
from simulator.core.underlyings import Underlying

Paise: TypeAlias = npt.NDArray[np.int64]  # prices in hundredths of a rupee are exact

INDEX_TICK: Final = 5  # paise
_MEMORY: Final = 0.97  # how much of its distance from the level a price keeps from day to day
_MEMORY_DAYS: Final = 160  # 0.97 ** 160 is below 1 %
_REGIME_CHANGES: Final = 5.0  # a day
_CALM, _BUSY = 0.8, 1.5
_JUMPS: Final = 3.0  # a day
_JUMP_SIZE: Final = 0.18  # of a day's standard deviation
_JUMP_HALF_LIFE: Final = 600.0  # seconds
_OVERNIGHT: Final = 0.35  # share of the day's move that the opening gap makes


@dataclass(frozen=True, slots=True)
class DayPath:
    """The spot in paise and the 30-day at-the-money volatility at the end of each second of the session."""

    previous_close: int
    previous_volatility: float
    spot: Paise
    volatility: Floats


def draw_day(
    underlying: Underlying, day: date, seed: int, session: Session, scenario: Scenario | None = None
) -> DayPath:
    """Draw one day; unless it is planted, its last second is the next trading day's previous close."""
    yesterday, today = _daily_logs(underlying, day, seed)
    moves = _market_and_own(underlying, day, seed, session.seconds)
    previous = int(to_ticks(np.exp(np.array([yesterday])), _tick(underlying))[0])
    if scenario is None:
        gap = _gap(underlying, day, seed, today - yesterday)
        log_path = _calm(yesterday, today, gap, deviation_of(underlying) * moves)
    else:
        log_path = yesterday + scenario.path(underlying, day, previous / 100.0, moves)
    spot = to_ticks(np.exp(log_path), _tick(underlying))
    before = _daily_volatility(underlying, previous_trading_day(day, underlying.hours), seed)
    return DayPath(previous, before, spot, _volatility(underlying, day, seed, log_path - yesterday))


def _gap(underlying: Underlying, day: date, seed: int, move: float) -> float:
    chance_of_it = _normal(seed, "gap", underlying.name, day)
    return _OVERNIGHT * move + deviation_of(underlying) * 0.15 * chance_of_it


def _calm(yesterday: float, today: float, gap: float, inside: Floats) -> Floats:
    """Return the logarithms of a path that opens with the gap and ends at today's close."""
    along = np.arange(1, inside.size + 1) / inside.size
    return np.asarray(yesterday + gap + inside + (today - yesterday - gap - inside[-1]) * along)


def to_ticks(rupees: Floats, tick: int = INDEX_TICK) -> Paise:
    """Round prices to whole ticks, in paise."""
    return np.asarray(np.rint(rupees * (100.0 / tick)).astype(np.int64) * tick)


def _tick(underlying: Underlying) -> int:
    return round(underlying.tick_size * 100)


def _daily_logs(underlying: Underlying, day: date, seed: int) -> tuple[float, float]:
    """Return the logarithms of yesterday's and today's close: an autoregression over hashed shocks."""
    days = [day]
    while len(days) < _MEMORY_DAYS + 1:
        days.append(previous_trading_day(days[-1], underlying.hours))
    ordinals = np.array([each.toordinal() for each in days])
    shocks = deviation_of(underlying) * _mixed(
        underlying,
        _normals(seed_of(seed, "close", "market"), ordinals),
        _normals(seed_of(seed, "close", underlying.name), ordinals),
    )
    weights = _MEMORY ** np.arange(_MEMORY_DAYS)
    level = log(underlying.level)
    return level + float(shocks[1:] @ weights), level + float(shocks[:-1] @ weights)


def _market_and_own(underlying: Underlying, day: date, seed: int, seconds: int) -> Floats:
    hours = underlying.hours
    market = _standard_path(generator(seed, day, "path", hours), seconds)
    own = _standard_path(generator(seed, day, "path", underlying.name), seconds)
    return _mixed(underlying, market, own)


def _mixed(underlying: Underlying, market: Floats, own: Floats) -> Floats:
    return np.asarray(underlying.beta * market + sqrt(1.0 - underlying.beta**2) * own)


def _standard_path(chances: np.random.Generator, seconds: int) -> Floats:
    """Return a path whose last value has about unit variance: U-shaped day, two regimes, fading jumps."""
    along = (np.arange(seconds) + 0.5) / seconds
    shape = 0.7 + 1.6 * np.exp(-along * 9.0) + 0.7 * np.exp((along - 1.0) * 7.0)
    scale = shape * _regimes(chances, seconds)
    steps = chances.standard_normal(seconds) * scale / np.sqrt(np.sum(np.square(scale)))
    return np.asarray(np.cumsum(steps) + _jumps(chances, seconds))


def _regimes(chances: np.random.Generator, seconds: int) -> Floats:
    is_switch = chances.random(seconds) < _REGIME_CHANGES / seconds
    return np.where(np.cumsum(is_switch) % 2 == 1, _BUSY, _CALM)


def _jumps(chances: np.random.Generator, seconds: int) -> Floats:
    total = np.zeros(seconds)
    for moment in chances.integers(0, seconds, size=int(chances.poisson(_JUMPS))):
        size = _JUMP_SIZE * chances.standard_normal()
        total[moment:] += size * np.exp2(-np.arange(seconds - moment) / _JUMP_HALF_LIFE)
    return total


def _daily_volatility(underlying: Underlying, day: date, seed: int) -> float:
    """Return the volatility a day opens with: within about a third of the underlying's usual one."""
    slow = _normal(seed, "volatility", underlying.hours, day.isocalendar().year, day.isocalendar().week)
    quick = _normal(seed, "volatility", underlying.name, day)
    return underlying.volatility * float(np.exp(0.12 * slow + 0.03 * quick))


def _volatility(underlying: Underlying, day: date, seed: int, moved: Floats) -> Floats:
    """Return volatility through the day: it rises as the price falls, and wanders on its own."""
    chances = generator(seed, day, "volatility", underlying.name)
    minutes = np.arange(0, moved.size + 60, 60)
    wander = np.cumsum(chances.standard_normal(minutes.size)) * 0.0015
    smooth = np.interp(np.arange(moved.size), minutes, wander)
    leverage = -2.5 if underlying.is_index else 0.0
    return np.asarray(_daily_volatility(underlying, day, seed) * np.exp(leverage * moved + smooth))


def _normal(seed: int, *names: object) -> float:
    return float(_normals(seed_of(seed, *names), np.array([0]))[0])


def _normals(seed: int, keys: npt.NDArray[np.int64]) -> Floats:
    """Return a standard normal per key (Box and Muller)."""
    radius = np.sqrt(-2.0 * np.log(1.0 - chance(seed, keys, 1)))
    return np.asarray(radius * np.cos(2.0 * pi * chance(seed, keys, 2)))
