"""The certificate of a day: how complete each chain is, and the grade that this deserves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from statistics import median
from typing import NamedTuple

from oi_cli.quality.cells import cells
from oi_cli.quality.checks import Fault, faults
from oi_cli.quality.ledger import Chain, Gap, Greeks, Ledger
from oi_cli.quality.summary import ChainSummary, summarised
from oi_common.market.completeness import Cell, Kind
from oi_common.market.grades import Grade, grade_of, score_of, worst


class Ages(NamedTuple):
    """How old the newest data of a bucket was when it ended, over the buckets that were polled; in seconds."""

    median: float
    p95: float
    most: float


@dataclass(frozen=True, slots=True)
class ChainCertificate:
    """One chain's day. The counts are of the buckets that are due."""

    chain: Chain
    grade: Grade | None
    score: float | None
    cells: tuple[Cell, ...]
    summary: ChainSummary
    greeks: Greeks
    gaps: tuple[Gap, ...]

    @property
    def due(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind is not Kind.UNDERWAY)

    def count(self, *kinds: Kind) -> int:
        return sum(1 for cell in self.cells if cell.kind in kinds)

    @property
    def seen(self) -> int:
        return sum(1 for cell in self.due if cell.is_seen)

    @property
    def saved(self) -> int:
        return sum(1 for cell in self.due if cell.is_saved)

    @property
    def sealed(self) -> int:
        return self.count(Kind.LIVE, Kind.QUIET, Kind.REPAIRED)

    @property
    def merged(self) -> int:
        """Return how many buckets have their candle."""
        return sum(1 for cell in self.due if cell.has_candle)

    @property
    def slots(self) -> tuple[int, int]:
        """Return how many poll slots there were, and how many of them were missed."""
        return sum(cell.slots for cell in self.due), sum(cell.missed for cell in self.due)

    @property
    def ages(self) -> Ages | None:
        return ages_of([cell.age for cell in self.due if cell.age is not None])


@dataclass(frozen=True, slots=True)
class Certificate:
    """A whole day. Without a chain whose buckets are due there is no grade."""

    day: date
    until: datetime
    chains: tuple[ChainCertificate, ...]
    faults: tuple[Fault, ...]
    legacy: tuple[tuple[Chain, int], ...] = ()

    @property
    def is_so_far(self) -> bool:
        """Say whether the day still runs, so that the grade is of a part of it."""
        return any(chain.count(Kind.UNDERWAY) for chain in self.chains)

    @property
    def last_graded(self) -> datetime | None:
        """Return the last bucket that is due."""
        return max((cell.time for chain in self.chains for cell in chain.due), default=None)

    @property
    def grade(self) -> Grade | None:
        grades = [chain.grade for chain in self.chains if chain.grade is not None]
        return worst(grades) if grades else None

    @property
    def score(self) -> float | None:
        return min((chain.score for chain in self.chains if chain.score is not None), default=None)


def certified(ledger: Ledger, until: datetime) -> Certificate:
    """Return the certificate of a day as things stood at `until` (IST, without zone)."""
    found = faults(ledger)
    chains = tuple(_of_chain(ledger, summary, found, until) for summary in summarised(ledger))
    return Certificate(ledger.day, until, chains, found, tuple(sorted(ledger.legacy.items())))


def ages_of(ages: Sequence[timedelta]) -> Ages | None:
    """Return median, 95th percentile (the nearest rank) and most, None without any."""
    ordered = sorted(age.total_seconds() for age in ages)
    if not ordered:
        return None
    return Ages(median(ordered), ordered[ceil(0.95 * len(ordered)) - 1], ordered[-1])


def _of_chain(
    ledger: Ledger, summary: ChainSummary, found: Sequence[Fault], until: datetime
) -> ChainCertificate:
    chain = summary.chain
    of_it = cells(ledger, chain, until)
    score = score_of(of_it)
    grade = None
    if score is not None:
        has_missing = any(cell.kind is Kind.MISSING for cell in of_it)
        grade = grade_of(score, has_missing=has_missing, is_broken=any(f.chain == chain for f in found))
    return ChainCertificate(
        chain, grade, score, of_it, summary, ledger.greeks.get(chain, Greeks()), ledger.gaps.get(chain, ())
    )
