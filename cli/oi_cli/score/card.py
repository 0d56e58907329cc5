"""The scorecard: every engine at every horizon, its confidence, its hours, and its price."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final

from oi_cli.score.cases import ENGINES, HORIZONS, Case, Cost, Scores, days_left, part_of_day
from oi_cli.score.statistics import Bin, Figures, calibration, figures

TIMES: Final = ("morning", "midday", "afternoon", "evening")
DAYS: Final = ("expiry day", "1 day", "2-3 days", "4 and more", "unknown")


@dataclass(frozen=True, slots=True)
class Line:
    """One engine of one loop at one horizon; `decisions` also counts what entered nothing."""

    loop: str
    engine: str
    horizon: str
    decisions: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one engine's entries: by time of day or by days to expiry."""

    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Profile:
    """One engine of one loop at the chosen horizon, looked at closely."""

    loop: str
    engine: str
    bins: tuple[Bin, ...]
    by_time: tuple[Part, ...]
    by_days: tuple[Part, ...]
    equity: tuple[tuple[float, ...], tuple[float, ...]]  # seconds since the first day, rupees net so far


@dataclass(frozen=True, slots=True)
class Bill:
    """What a loop's model cost, and what its entries came to along their paths; None is not known."""

    cost: Cost
    each: float | None
    net: float | None
    per_net_rupee: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """`horizon` is the one that the profiles are of."""

    first: date
    last: date
    horizon: str
    lines: tuple[Line, ...]
    profiles: tuple[Profile, ...]
    bills: tuple[Bill, ...]


def carded(scores: Scores, horizon: str) -> Card:
    names = sorted(
        {(case.loop, case.engine) for case in scores.cases} | set(scores.passed),
        key=lambda name: (name[0], ENGINES.index(name[1]) if name[1] in ENGINES else len(ENGINES), name[1]),
    )
    return Card(
        scores.first,
        scores.last,
        horizon,
        tuple(_line(scores, *name, each) for name in names for each in HORIZONS),
        tuple(_profile(scores, *name, horizon) for name in names),
        tuple(_bill(scores, cost) for cost in scores.costs),
    )


def _line(scores: Scores, loop: str, engine: str, horizon: str) -> Line:
    cases = _chosen(scores, loop, engine, horizon)
    return Line(loop, engine, horizon, len(cases) + scores.passed.get((loop, engine), 0), figures(cases))


def _profile(scores: Scores, loop: str, engine: str, horizon: str) -> Profile:
    cases = _chosen(scores, loop, engine, horizon)
    return Profile(
        loop,
        engine,
        calibration(cases),
        _parts(cases, TIMES, part_of_day),
        _parts(cases, DAYS, days_left),
        _equity(scores.first, cases),
    )


def _parts(cases: Iterable[Case], names: Iterable[str], name_of: Callable[[Case], str]) -> tuple[Part, ...]:
    named = [(name, [case for case in cases if name_of(case) == name]) for name in names]
    return tuple(Part(name, figures(found)) for name, found in named if found)


def _equity(first: date, cases: Iterable[Case]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    known = sorted((case for case in cases if case.is_known), key=lambda case: (case.time, case.event_id))
    days = [(case.time.date() - first).days for case in known]
    seconds = [case.time.hour * 3600 + case.time.minute * 60 + case.time.second for case in known]
    times = tuple(86_400.0 * day + second for day, second in zip(days, seconds, strict=True))
    return times, tuple(paise / 100 for paise in accumulate(case.paise for case in known))


def _bill(scores: Scores, cost: Cost) -> Bill:
    known = [case for case in _chosen(scores, cost.loop, "llm", "path") if case.is_known]
    net = sum(case.paise for case in known) / 100 if known else None
    rupees = float(cost.rupees)
    return Bill(
        cost,
        rupees / cost.paid if cost.paid else None,
        net,
        rupees / net if cost.paid and net is not None and net > 0 else None,
    )


def _chosen(scores: Scores, loop: str, engine: str, horizon: str) -> list[Case]:
    wanted = (loop, engine, horizon)
    return [case for case in scores.cases if (case.loop, case.engine, case.horizon) == wanted]
