"""One repair of one underlying: the questions still to be asked, and what has been answered."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from oi_common.broker.contracts import Instrument, Instruments
from oi_common.market.chain import Contract
from oi_common.market.sessions import session_on
from poller.core.plan import segment_of
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


@dataclass(frozen=True, slots=True)
class ChainPart:
    """Missing buckets of one chain that are asked for together."""

    expiry: date
    buckets: tuple[datetime, ...]
    rows: Mapping[Contract, Instrument]
    questions: tuple[Question, ...]


@dataclass(slots=True)
class Run:
    """Progress through one repair. `why` collects what could not be repaired, by chain."""

    underlying: str
    days: tuple[date, ...]
    holes: Holes
    opened_at: datetime
    index: deque[Question]
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
    index = deque(index_questions(instruments.spot(underlying), holes.moments))
    return Run(underlying, tuple(days), holes, now, index, questions=len(index))


def parts_of(
    run: Run, instruments: Instruments, expiry: date, window: Window | None
) -> tuple[ChainPart, ...]:
    """Return what is to be asked about one chain; nothing when the broker lists it no more."""
    rows = rows_within(instruments.chain(run.underlying, expiry), window)
    if not rows:
        return ()
    return tuple(
        ChainPart(
            expiry, part, rows, chain_questions(rows.values(), opened(run.underlying, part[0]), part[-1])
        )
        for part in chunks(run.holes.of(expiry))
    )


def opened(underlying: str, at: datetime) -> datetime:
    """Return when the session of a moment's day opened."""
    session = session_on(segment_of(underlying), at.date())
    if session is None:
        raise ValueError(f"{underlying} has no session on {at.date()}")
    return session.opens
