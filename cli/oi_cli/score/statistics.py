"""Rates and means with the intervals in which the truth may lie. Pure; the same cases in any order give the same.

Entries a second apart are not so many observations, they are the same bet. So all intervals are reckoned from half
hours: the rate's by Wilson with their number, the mean's by drawing whole half hours again and again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from oi_cli.score.cases import Block, Case

ENOUGH_CASES: Final = 30
ENOUGH_BLOCKS: Final = 20
BINS: Final = ((0, 50), (50, 60), (60, 70), (70, 80), (80, 100))
_Z: Final = 1.959964  # 95 %
_DRAWS: Final = 2000
_SEED: Final = 20260401


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one group of entries came to. The estimates are None where there is not enough data."""

    entered: int
    followed: int
    unknown: int
    known: int
    blocks: int
    hits: int
    gross: float
    net: float
    hit_rate: Estimate | None
    gross_each: Estimate | None
    net_each: Estimate | None
    brier: float | None

    @property
    def is_enough(self) -> bool:
        return self.hit_rate is not None


@dataclass(frozen=True, slots=True)
class Bin:
    """How often those hit who were so confident, in percent; from `low` up to `high`."""

    low: int
    high: int
    known: int
    blocks: int
    hits: int
    confidence: float | None
    hit_rate: Estimate | None


def figures(cases: Iterable[Case]) -> Figures:
    """Return the figures of entries at one horizon."""
    every = sorted(cases, key=lambda case: (case.time, case.event_id, case.engine, case.loop))
    known = [case for case in every if case.is_known]
    blocks = len({case.block for case in known})
    hits, enough = sum(case.hit is True for case in known), is_enough(known)
    return Figures(
        entered=len(every),
        followed=sum(case.exit_reason is None for case in every),
        unknown=sum(case.exit_reason is not None and not case.is_known for case in every),
        known=len(known),
        blocks=blocks,
        hits=hits,
        gross=sum(_gross_paise(case) for case in known) / 100,
        net=sum(case.paise for case in known) / 100,
        hit_rate=wilson(hits / len(known), blocks) if enough else None,
        gross_each=mean(known, [_gross_paise(case) for case in known]) if enough else None,
        net_each=mean(known, [case.paise for case in known]) if enough else None,
        brier=brier(known) if enough else None,
    )


def is_enough(known: Sequence[Case]) -> bool:
    """Say whether one may speak of a rate at all."""
    return len(known) >= ENOUGH_CASES and len({case.block for case in known}) >= ENOUGH_BLOCKS


def wilson(rate: float, count: int) -> Estimate:
    """Return a rate with Wilson's interval for so many independent observations."""
    squared = _Z * _Z
    middle = (rate + squared / (2 * count)) / (1 + squared / count)
    half = _Z / (1 + squared / count) * sqrt(rate * (1 - rate) / count + squared / (4 * count * count))
    return Estimate(rate, max(0.0, min(rate, middle - half)), min(1.0, max(rate, middle + half)))


def mean(known: Sequence[Case], paise: Sequence[int]) -> Estimate:
    """Return rupees per entry, with the interval of the means of half hours drawn with replacement."""
    sums: dict[Block, list[int]] = defaultdict(lambda: [0, 0])
    for case, amount in zip(known, paise, strict=True):
        sums[case.block][0] += amount
        sums[case.block][1] += 1
    blocks = np.array([sums[block] for block in sorted(sums)], dtype=np.int64)
    drawn = np.random.default_rng(_SEED).integers(0, len(blocks), size=(_DRAWS, len(blocks)))
    totals = blocks[drawn].sum(axis=1)
    low, high = np.percentile(totals[:, 0] / totals[:, 1] / 100, [2.5, 97.5])
    value = sum(paise) / len(known) / 100
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def brier(known: Sequence[Case]) -> float | None:
    """Return the mean squared error of the confidence: 0 is perfect, 0.25 is what always saying 50 % gets."""
    errors = [
        (float(case.confidence) / 100 - bool(case.hit)) ** 2 for case in known if case.confidence is not None
    ]
    return sum(sorted(errors)) / len(errors) if errors else None


def calibration(cases: Iterable[Case]) -> tuple[Bin, ...]:
    """Return how often entries hit, by how confident they were; a bin holds its lower end, the last also 100."""
    known = [case for case in cases if case.is_known and case.confidence is not None]
    return tuple(_bin(low, high, known) for low, high in BINS)


def _bin(low: int, high: int, known: Sequence[Case]) -> Bin:
    said = [(float(case.confidence or 0), case) for case in known]
    mine = [(sure, case) for sure, case in said if low <= sure < high or sure == high == BINS[-1][1]]
    within = [case for _, case in mine]
    blocks, hits = len({case.block for case in within}), sum(case.hit is True for case in within)
    return Bin(
        low=low,
        high=high,
        known=len(within),
        blocks=blocks,
        hits=hits,
        confidence=sum(sorted(sure for sure, _ in mine)) / len(mine) if mine else None,
        hit_rate=wilson(hits / len(within), blocks) if is_enough(within) else None,
    )


def _gross_paise(case: Case) -> int:
    return 0 if case.gross is None else int((case.gross * 100).to_integral_value())
