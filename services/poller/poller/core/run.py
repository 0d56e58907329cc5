"""One repair of one underlying: the questions still to be asked, and what has been answered."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from oi_common.broker.contracts import Instrument, Instruments
from oi_common.errors import Misconfigured
from oi_common.market.chain import Contract
from oi_common.market.sessions import TradingSession, session_on
from oi_common.market.underlyings import segment_of
from poller.core.reading import CandleRead
from poller.core.repair import (
    Candles,
    Holes,
    Interest,
    Question,
    Told,
    chain_questions,
    chunks,
    index_questions,
    rows_within,
)
from poller.core.window import Window

Answer = Candles | Interest

# A commodity's options end some days before their future, and months lie between futures.
_DELIVERED_WITHIN: Final = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class ChainPart:
    """Missing buckets of one chain that are asked for together."""

    expiry: date
    buckets: tuple[datetime, ...]
    rows: Mapping[Contract, Instrument]
    questions: tuple[Question, ...]


@dataclass(slots=True)
class Run:
    """Progress through one repair. `why` collects what could not be repaired, by chain.

    `bases` is what each day's candles are of: the index, or of a commodity the future of that day.
    """

    underlying: str
    days: tuple[date, ...]
    holes: Holes
    opened_at: datetime
    index: deque[Question]
    bases: Mapping[date, Instrument] = field(default_factory=dict)
    parts: deque[ChainPart] = field(default_factory=deque)
    spot: dict[datetime, CandleRead] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    questions: int = 0
    answered: int = 0
    failures: int = 0
    told: dict[date, int] = field(default_factory=dict)
    candles: dict[date, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    is_finished: bool = False

    @property
    def next_question(self) -> Question | None:
        """Return the next thing to ask: the index first, then one chain after the other."""
        if self.index:
            return self.index[0]
        if not self.parts:
            return None
        return next((q for q in self.parts[0].questions if q.name not in self.answers), None)

    def told_of(self, part: ChainPart) -> dict[Contract, Told]:
        """Return a chain's answers by contract."""
        by_token = {row.token: contract for contract, row in part.rows.items()}
        candles: dict[Contract, Candles] = {}
        interest: dict[Contract, Interest] = {}
        for question in part.questions:
            contract, answer = by_token[question.row.token], self.answers[question.name]
            (candles if question.kind == "candles" else interest)[contract] = answer  # type: ignore[assignment]
        return {contract: Told(candles[contract], interest[contract]) for contract in part.rows}


def begun(
    underlying: str, days: Iterable[date], holes: Holes, instruments: Instruments, now: datetime
) -> Run:
    """Return the repair of the holes, with the index's history to be asked first."""
    on = {at.date() for at in holes.moments}
    bases = {day: row for day in sorted(on) if (row := _basis(instruments, underlying, day, holes.nearest))}
    moments: defaultdict[Instrument, list[datetime]] = defaultdict(list)
    for at in holes.moments:
        if at.date() in bases:
            moments[bases[at.date()]].append(at)
    index = deque(question for row, of in moments.items() for question in index_questions(row, of))
    run = Run(underlying, tuple(days), holes, now, index, bases, questions=len(index))
    if on > bases.keys():
        run.why["candles"] = "the broker does not list the future of some days any more"
    return run


def _basis(
    instruments: Instruments, underlying: str, day: date, nearest: Mapping[date, date]
) -> Instrument | None:
    """Return what a day's candles are of, None when today's master does not tell."""
    with suppress(Misconfigured):
        if day not in nearest:
            return instruments.leading(underlying, day)
        basis = instruments.basis(underlying, nearest[day])
        is_next_months = basis.expiry is not None and basis.expiry - nearest[day] > _DELIVERED_WITHIN
        return None if is_next_months else basis
    return None


def parts_of(
    run: Run, instruments: Instruments, expiry: date, window: Window | None
) -> tuple[ChainPart, ...]:
    """Return what is to be asked about one chain; nothing when the broker lists it no more."""
    rows = rows_within(instruments.chain(run.underlying, expiry), window)
    if not rows:
        return ()
    return tuple(
        ChainPart(
            expiry,
            part,
            rows,
            chain_questions(rows.values(), session_of(run.underlying, part[0]).opens, part[-1]),
        )
        for part in chunks(run.holes.of(expiry))
    )


def session_of(underlying: str, at: datetime) -> TradingSession:
    """Return the session of a moment's day. Raises ValueError for a day without one."""
    session = session_on(segment_of(underlying), at.date())
    if session is None:
        raise ValueError(f"{underlying} has no session on {at.date()}")
    return session
