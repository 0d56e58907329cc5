"""Planted days: what the market is made to do, so that it can be seen whether its readers notice.

A planted day goes on from the same yesterday as the calm one, and only that day is planted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from math import ceil, exp, log, sqrt
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from oi_common.market.black76 import Floats
from simulator.core.underlyings import Underlying

ScenarioName = Literal[
    "calm", "trend_up", "trend_down", "range", "gap_up", "gap_down", "whipsaw", "wall_break"
]
SCENARIO_NAMES: Final[tuple[str, ...]] = get_args(ScenarioName)

TRADING_DAYS: Final = 252.0
_WALL_ABOVE: Final = 0.6  # of a day's standard deviation, at least
_WALL_OVER_OTHERS: Final = 4  # times the OI of the largest other call

Counts = npt.NDArray[np.int64]
Knots = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Mood:
    """What writers do from a share of the day on: how much likelier than usual calls' and puts' OI rises.

    `wall` is the share of its OI that the wall gains or loses with each batch, `floor` that of the puts there.
    """

    since: float
    calls: float
    puts: float
    wall: float = 0.0
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """How a planted day bends the OI of one chain; `wall` is the leg that holds the most, if one does."""

    moods: tuple[Mood, ...]
    wall: int | None = None

    def lean(self, along: float, is_call: npt.NDArray[np.bool_]) -> Floats:
        """Return what is added to each leg's chance that its OI rises."""
        mood = self._mood(along)
        return np.where(is_call, mood.calls, mood.puts)

    def opened(self, held: Counts, is_call: npt.NDArray[np.bool_]) -> Counts:
        """Return the OI of the open with the wall built."""
        if self.wall is None:
            return held
        built = held.copy()
        built[self.wall] = _WALL_OVER_OTHERS * held[is_call].max()
        return built

    def at_the_wall(self, along: float, held: Counts, change: Counts) -> Counts:
        """Return a batch's changes with the wall's own."""
        if self.wall is None:
            return change
        told, mood = change.copy(), self._mood(along)
        told[self.wall] = round(float(held[self.wall]) * mood.wall)
        if mood.floor is not None:
            told[self.wall + 1] = round(float(held[self.wall + 1]) * mood.floor)
        return told

    def _mood(self, along: float) -> Mood:
        return next(mood for mood in reversed(self.moods) if mood.since <= along)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where spot is led, and what writers do.

    `knots` are shares of the day and distances from yesterday's close, in standard deviations of a day or, with a
    wall, in distances to it. Spot stays within `wobble` standard deviations of the line through them.
    """

    knots: Knots
    wobble: float
    moods: tuple[Mood, ...]
    has_wall: bool = False

    def path(self, underlying: Underlying, day: date, close: float, moves: Floats) -> Floats:
        """Return the logarithm of spot over yesterday's `close` at each second; `moves` say how it wobbles."""
        along = np.arange(1, moves.size + 1) / moves.size
        bridge = moves - moves[-1] * along
        beside = self.wobble * bridge / np.abs(bridge).max()
        shares, heights = np.array(self.knots).T
        led = np.interp(along, shares, heights)
        unit = self._wall_distance(underlying, day, close) if self.has_wall else deviation_of(underlying)
        return np.asarray(led * unit + beside * deviation_of(underlying))

    def flow(self, underlying: Underlying, day: date, close: float, strikes: Floats) -> Flow:
        """Return how the OI of a chain moves; leg 2i is the call of strike i."""
        if not self.has_wall:
            return Flow(self.moods)
        found = np.flatnonzero(strikes == wall_above(underlying, day, close))
        return Flow(self.moods, 2 * int(found[0]) if found.size else None)

    @staticmethod
    def _wall_distance(underlying: Underlying, day: date, close: float) -> float:
        return log(wall_above(underlying, day, close) / close)


def deviation_of(underlying: Underlying) -> float:
    """Return the standard deviation of a day's logarithmic move."""
    return underlying.volatility / sqrt(TRADING_DAYS)


def wall_above(underlying: Underlying, day: date, close: float) -> float:
    """Return the strike of the call wall: the first one far enough above yesterday's close."""
    step = underlying.strike_step(day)
    return ceil(close * exp(_WALL_ABOVE * deviation_of(underlying)) / step) * step


def scenario_named(name: str) -> Scenario | None:
    """Return a planted day's scenario; None for the calm day, which nothing bends."""
    return _SCENARIOS.get(name)


def _mirrored(scenario: Scenario) -> Scenario:
    """Return the same day downwards, calls and puts changing places."""
    return replace(
        scenario,
        knots=tuple((along, -height) for along, height in scenario.knots),
        moods=tuple(replace(mood, calls=mood.puts, puts=mood.calls) for mood in scenario.moods),
    )


def _zigzag(turns: int, height: float) -> Knots:
    """Return a line that turns so often between `height` above and below, and ends where it began."""
    tops = ((turn / (turns + 1), height if turn % 2 else -height) for turn in range(1, turns + 1))
    return ((0.0, 0.0), *tops, (1.0, 0.0))


def _chasing(knots: Knots, lean: float) -> Iterator[Mood]:
    """Yield moods of writers who follow each leg: puts are written on the way up, calls on the way down."""
    for (since, height), (_, beyond) in pairwise(knots):
        up = lean if beyond > height else -lean
        yield Mood(since, calls=-up, puts=up)


_TREND_UP: Final = Scenario(((0.0, 0.0), (1.0, 1.8)), 0.2, (Mood(0.0, calls=-0.12, puts=0.12),))
_GAP_UP: Final = Scenario(
    ((0.0, 1.2), (0.08, 1.0), (1.0, 1.5)),
    0.15,
    (Mood(0.0, calls=-0.15, puts=0.15), Mood(0.3, calls=-0.06, puts=0.08)),
)
_RANGE: Final = Scenario(_zigzag(6, 0.3), 0.12, (Mood(0.0, calls=0.08, puts=0.08),))
_WHIPS: Final = _zigzag(9, 0.6)
_WHIPSAW: Final = Scenario(_WHIPS, 0.1, tuple(_chasing(_WHIPS, 0.15)))
_WALL_BREAK: Final = Scenario(
    ((0.0, 0.0), (0.3, 0.85), (0.38, 0.6), (0.5, 0.85), (0.56, 0.8), (0.64, 1.4), (1.0, 2.2)),
    0.06,
    (
        Mood(0.0, calls=0.02, puts=0.02, wall=0.008),
        Mood(0.6, calls=-0.18, puts=0.14, wall=-0.06, floor=0.02),
    ),
    has_wall=True,
)
_SCENARIOS: Final = {
    "trend_up": _TREND_UP,
    "trend_down": _mirrored(_TREND_UP),
    "range": _RANGE,
    "gap_up": _GAP_UP,
    "gap_down": _mirrored(_GAP_UP),
    "whipsaw": _WHIPSAW,
    "wall_break": _WALL_BREAK,
}
