"""What stands beside the ledger, as frozen values: decisions, paper positions, alerts. Times are IST wall time."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Decision:
    time: datetime
    loop: str
    engine: str
    model: str | None
    expiry: date | None
    decision: str
    side: str | None
    strike: int | None
    entry: float | None
    stop_loss: float | None
    target: float | None
    confidence: float | None
    reason: str
    evidence: tuple[str, ...]
    rejected_because: str | None
    cost: float | None
    net: float | None  # of 15 minutes, as scored


@dataclass(frozen=True, slots=True)
class Position:
    """A paper position; `exited_at` is None while it is, or then was, open."""

    expiry: date
    strike: int
    side: str
    quantity: int
    loop: str
    entered_at: datetime
    entry_price: float
    stop: float | None = None
    target: float | None = None
    last: float | None = None
    exited_at: datetime | None = None
    exit_price: float | None = None
    exit_reason: str | None = None
    charges: float | None = None
    gross: float | None = None
    net: float | None = None


@dataclass(frozen=True, slots=True)
class Equity:
    time: datetime
    equity: float


@dataclass(frozen=True, slots=True)
class Alert:
    event_id: str
    at: datetime
    severity: str
    title: str
    text: str
    rule: str
    index_name: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What was decided, traded and warned of, about one underlying on one day up to a moment."""

    decisions: tuple[Decision, ...] = ()
    positions: tuple[Position, ...] = ()
    equity: tuple[Equity, ...] = ()
    alerts: tuple[Alert, ...] = ()
