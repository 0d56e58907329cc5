"""Move the open interest of a chain in batches, all active legs at once, as the exchange does.

Sizes, shares and cadence follow chains recorded in August 2025: batches about every 180 s (60 to 300 s, on
no clock), 11 % of legs unchanged in a batch, sizes log-normal and larger near the money, 54 % of the moves
up, and on expiry day a third of the OI gone in the last 50 minutes.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from oi_common.market.black76 import Floats
from simulator.core.scenarios import Flow
from simulator.core.underlyings import Activity

Counts: TypeAlias = npt.NDArray[np.int64]

_SHORTEST_GAP, _LONGEST_GAP = 47.0, 313.0  # uniform: mean 180, 5 % below 60, 95 % below 300
_UNCHANGED: Final = 0.11
_UP: Final = 0.54
_PULL: Final = 0.8  # how strongly the signs bring the put-call ratio back to the day's
_LAST_MINUTES: Final = 50 * 60
_EXPIRY_FALL: Final = 0.40
_VOLUME_SHARE: Final = 0.1  # median of |change of OI| over change of volume; with the spread of both its quartiles are .03 and .25
_VOLUME_SPREAD: Final = 0.9
_MOST: Final = 0.25
_SMALL: Final = 10.0


@dataclass(frozen=True, slots=True)
class Legs:
    """What distinguishes the legs of a chain: percent from the money, pull of round strikes, side, ITM."""

    distance: Floats
    roundness: Floats
    is_call: npt.NDArray[np.bool_]
    is_in_the_money: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """OI and cumulative volume of every leg in lots, at the open (row 0) and after each batch.

    `moments` are seconds of the session; OI jumps there, volume flows evenly in between and goes on to
    `volume`'s last row at the close: `edges` are the seconds of volume's rows.
    """

    moments: Counts
    oi: Counts
    volume: Floats
    edges: Counts

    def oi_at(self, second: int) -> Counts:
        return np.asarray(self.oi[self.index(second)])

    def oi_at_many(self, seconds: Counts) -> Counts:
        return np.asarray(self.oi[np.searchsorted(self.moments, seconds, side="right")])

    def index(self, second: int) -> int:
        """Return how many batches have come by the end of `second`."""
        return int(np.searchsorted(self.moments, second, side="right"))

    def last_moment(self, second: int) -> int:
        """Return the second of the newest batch at or before `second`, 0 before the first."""
        count = self.index(second)
        return int(self.moments[count - 1]) if count else 0

    def volume_at(self, seconds: Counts, legs: Counts) -> Counts:
        """Return each leg's volume in lots by the end of its own second."""
        return np.asarray(np.floor(self.flow_at(self.volume, seconds, legs)).astype(np.int64))

    def flow_at(self, flow: Floats, seconds: Counts, legs: Counts) -> Floats:
        """Read a cumulative flow given at the open, each batch and the close, straight in between."""
        edges = self.edges
        slot = np.clip(np.searchsorted(edges, seconds, side="right") - 1, 0, edges.size - 2)
        share = (seconds - edges[slot]) / (edges[slot + 1] - edges[slot])
        low, high = flow[slot, legs], flow[slot + 1, legs]
        return np.asarray(low + share * (high - low))


def batch_moments(chances: np.random.Generator, seconds: int) -> Counts:
    """Return the seconds of the day's batches, ascending and unequally spaced."""
    most = int(seconds / _SHORTEST_GAP) + 1
    moments = np.cumsum(np.rint(chances.uniform(_SHORTEST_GAP, _LONGEST_GAP, most)).astype(np.int64))
    return np.asarray(moments[moments < seconds - 1])


def plan_batches(
    chances: np.random.Generator,
    legs: Legs,
    activity: Activity,
    *,
    seconds: int,
    ends_today: bool,
    flow: Flow | None = None,
) -> BatchPlan:
    """Plan a day's OI and volume; a planted day's `flow` says which way OI goes, else it keeps its ratio."""
    moments = batch_moments(chances, seconds)
    ratio = float(chances.uniform(0.66, 0.84))
    typical = _typical_sizes(legs, activity, ratio)
    sizes = _sizes(chances, typical, activity.spread, moments.size)
    is_closing = ends_today & (moments >= seconds - _LAST_MINUTES)
    leaving = np.where(is_closing, _EXPIRY_FALL / max(1, int(np.count_nonzero(is_closing))), 0.0)
    opening = _opening(chances, legs, activity, ratio)
    lean = _Lean(legs, ratio, flow)
    oi = [opening if flow is None else flow.opened(opening, legs.is_call)]
    for size, leave, along in zip(sizes, leaving, (moments / seconds).tolist(), strict=True):
        oi.append(oi[-1] + _change(chances, size, oi[-1], leave, lean, along))
    edges = np.concatenate(([-1], moments, [seconds - 1]))
    return BatchPlan(moments, np.array(oi), _volumes(chances, typical, moments.size), edges)


@dataclass(frozen=True, slots=True)
class _Lean:
    """What is added to each leg's chance to rise: a calm day goes back to its ratio, a planted one as it is told."""

    legs: Legs
    ratio: float
    flow: Flow | None

    def at(self, along: float, held: Counts) -> Floats:
        is_call = self.legs.is_call
        if self.flow is not None:
            return self.flow.lean(along, is_call)
        now = held[~is_call].sum() / max(1, held[is_call].sum())
        return np.asarray(_PULL * (now - self.ratio) * np.where(is_call, 1.0, -1.0))


def _opening(chances: np.random.Generator, legs: Legs, activity: Activity, ratio: float) -> Counts:
    """Spread the opening total: most a little out of the money, on round strikes, little in the money."""
    shape = np.exp(-np.abs(legs.distance - 1.5) / 2.2) * np.where(legs.is_in_the_money, 0.25, 1.0)
    weight = shape * legs.roundness * np.exp(0.45 * chances.standard_normal(shape.size))
    calls = np.where(legs.is_call, weight, 0.0)
    puts = np.where(legs.is_call, 0.0, weight)
    if not puts.any():
        return np.full(1, round(activity.open_total))
    share = calls / calls.sum() / (1.0 + ratio) + puts / puts.sum() * ratio / (1.0 + ratio)
    return np.asarray(np.rint(activity.open_total * share).astype(np.int64))


def _typical_sizes(legs: Legs, activity: Activity, ratio: float) -> Floats:
    side = np.where(legs.is_call, 1.0, ratio) / ((1.0 + ratio) / 2.0)
    return np.asarray(activity.typical_change * np.exp(-activity.decay * legs.distance) * side)


def _sizes(chances: np.random.Generator, typical: Floats, spread: float, count: int) -> Floats:
    """Return the size of each leg's move in each batch, 0 where it stands still."""
    noise = np.exp(spread * chances.standard_normal((count, typical.size)))
    sizes = np.maximum(np.rint(typical * noise), 1.0)
    return np.where(chances.random(sizes.shape) < _UNCHANGED, 0.0, sizes)


def _leaving(chances: np.random.Generator, size: Floats, held: Counts, share: float) -> Floats:
    """Close about a `share` of every leg: what an expiring chain does in its last minutes."""
    closed = np.ceil(held * share * chances.uniform(0.6, 1.4, size.size))
    return np.asarray(np.where(size == 0.0, 0.0, -np.minimum(closed, held)))


def _change(
    chances: np.random.Generator, size: Floats, held: Counts, leave: float, lean: _Lean, along: float
) -> Counts:
    """Return what one batch changes, a `leave` share of everything going on an expiry's last minutes."""
    if leave:
        return _leaving(chances, size, held, leave).astype(np.int64)
    change = _signed(chances, size, held, lean.at(along, held)).astype(np.int64)
    return change if lean.flow is None else lean.flow.at_the_wall(along, held, change)


def _signed(chances: np.random.Generator, size: Floats, held: Counts, lean: Floats) -> Floats:
    """Give the moves their signs; no leg gains or loses more than a quarter of its OI at once."""
    is_up = chances.random(size.size) < np.clip(_UP + lean, 0.2, 0.85)
    most = np.floor(held * _MOST)
    gains, losses = np.minimum(size, np.maximum(most, _SMALL)), np.minimum(size, most)
    return np.asarray(np.where(is_up, gains, -losses))


def _volumes(chances: np.random.Generator, typical: Floats, count: int) -> Floats:
    """Return cumulative volume by edge: trades come whether or not they open or close positions."""
    noise = np.exp(_VOLUME_SPREAD * chances.standard_normal((count + 1, typical.size)))
    traded = typical / _VOLUME_SHARE * noise
    traded[-1] *= 0.3  # after the last batch only a part of an interval is left
    return np.concatenate((np.zeros((1, typical.size)), np.cumsum(traded, axis=0)))
