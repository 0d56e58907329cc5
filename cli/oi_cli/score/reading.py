"""Reading the scorecard's tables."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, func, select

from oi_cli.score.cases import Case, Cost, Scores
from oi_common.tables import ai_decisions, decision_outcomes

_o, _d = decision_outcomes.c, ai_decisions.c
_CASE = (
    "event_id", "loop", "engine", "horizon", "time", "index_name", "days_to_expiry", "confidence", "exit_reason",
    "gross", "charges", "net", "hit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """Which decisions: from one day to another, both with; None is all."""

    first: date
    last: date
    index_name: str | None = None
    loop: str | None = None


def last_scored_day(connection: Connection) -> date | None:
    last: datetime | None = connection.execute(select(func.max(_o.time))).scalar()
    return last.date() if last is not None else None


def read_scores(connection: Connection, choice: Choice) -> Scores:
    return Scores(
        choice.first,
        choice.last,
        _cases(connection, choice),
        _passed(connection, choice),
        _costs(connection, choice),
    )


def _cases(connection: Connection, choice: Choice) -> tuple[Case, ...]:
    query = select(*(_o[name] for name in _CASE)).where(_o.decision == "ENTER")
    return tuple(Case(**row) for row in connection.execute(_chosen(query, _o, choice)).mappings())


def _passed(connection: Connection, choice: Choice) -> dict[tuple[str, str], int]:
    query = select(_o.loop, _o.engine, func.count().label("n")).where(_o.decision != "ENTER")
    found = connection.execute(_chosen(query, _o, choice).group_by(_o.loop, _o.engine))
    return {(row.loop, row.engine): int(row.n) for row in found}


def _costs(connection: Connection, choice: Choice) -> tuple[Cost, ...]:
    paid, rupees = func.count(_d.cost_inr).label("paid"), func.sum(_d.cost_inr).label("rupees")
    query = select(_d.loop, func.count().label("decisions"), paid, rupees)
    found = connection.execute(_chosen(query, _d, choice).group_by(_d.loop).order_by(_d.loop))
    return tuple(
        Cost(row.loop, int(row.decisions), int(row.paid), Decimal(str(row.rupees or 0))) for row in found
    )


def _chosen(query: Select[Any], columns: Any, choice: Choice) -> Select[Any]:
    midnight = datetime.combine(choice.first, datetime.min.time())
    end = datetime.combine(choice.last, datetime.min.time()) + timedelta(days=1)
    query = query.where(columns.time >= midnight, columns.time < end)
    if choice.index_name is not None:
        query = query.where(columns.index_name == choice.index_name)
    return query if choice.loop is None else query.where(columns.loop == choice.loop)
