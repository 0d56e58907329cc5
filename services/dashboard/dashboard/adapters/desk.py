"""What was decided, traded on paper and warned of, and who lives, read from the tables. Nothing is ever written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from dashboard.adapters.rows import moment, number
from dashboard.core.choice import DeskKey
from dashboard.core.desk import Alert, Decision, Desk, Equity, Position
from dashboard.core.facts import Service
from oi_common.database import Database, on_day
from oi_common.market.buckets import from_wall_time, utc_naive, wall_time
from oi_common.tables import (
    ai_decisions,
    alerts_sent,
    decision_outcomes,
    paper_equity,
    paper_positions,
    services,
)

Row = Mapping[Any, Any]

_SHOWN = 40
_SCORED_AFTER = "15"  # minutes
_D, _O, _P, _E, _A = ai_decisions.c, decision_outcomes.c, paper_positions.c, paper_equity.c, alerts_sent.c
_SHOWN_ELSEWHERE = ("decision", "trade")


class DeskReader:
    """Reads what stands beside the ledger. Methods raise Unavailable when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def desk(self, key: DeskKey) -> Desk:
        return await self._database.read(
            lambda connection: Desk(
                decisions=_decisions(connection, key),
                positions=_positions(connection, key),
                equity=_equity(connection, key),
                alerts=_alerts(connection, key),
            )
        )

    async def services(self, _key: None = None) -> tuple[Service, ...]:
        query = select(services).order_by(services.c.service, services.c.instance)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return tuple(Service(row["service"], row["instance"], row["status"], row["beat_at"]) for row in rows)


def _decisions(connection: Connection, key: DeskKey) -> tuple[Decision, ...]:
    scored = and_(_O.event_id == _D.event_id, _O.engine == _D.engine, _O.horizon == _SCORED_AFTER)
    query = (
        select(ai_decisions, _O.net)
        .outerjoin(decision_outcomes, scored)
        .where(_D.index_name == key.index_name, *on_day(_D.time, key.day))
        .order_by(_D.time.desc())
        .limit(_SHOWN)
    )
    if key.until is not None:
        query = query.where(_D.time < key.until)
    return tuple(_decision(row, key) for row in connection.execute(query).mappings())


def _decision(row: Row, key: DeskKey) -> Decision:
    return Decision(
        time=row["time"],
        loop=row["loop"],
        engine=row["engine"],
        model=row["model"],
        expiry=row["expiry"],
        decision=row["decision"],
        side=row["side"],
        strike=row["strike"],
        entry=number(row["entry"]),
        stop_loss=number(row["stop_loss"]),
        target=number(row["target"]),
        confidence=number(row["confidence"]),
        reason=row["reason"],
        evidence=tuple(map(str, row["evidence"] or ())),
        rejected_because=row["rejected_because"],
        cost=number(row["cost_inr"]),
        net=None if key.at is not None else number(row["net"]),  # nobody knew it then
    )


def _positions(connection: Connection, key: DeskKey) -> tuple[Position, ...]:
    """Return the positions of a day as they stood at a moment of it, the open ones first."""
    begins = utc_naive(from_wall_time(datetime.combine(key.day, datetime.min.time())))
    of_day = or_(and_(*on_day(_P.time, key.day)), _P.exited_at >= begins, _P.exited_at.is_(None))
    query = select(paper_positions).where(_P.index_name == key.index_name, of_day)
    ends = utc_naive(from_wall_time(key.until or datetime.combine(key.day, datetime.max.time())))
    rows = connection.execute(query.where(_P.entered_at < ends).order_by(_P.entered_at.desc())).mappings()
    found = [_position(row, ends) for row in rows]
    return tuple(sorted(found, key=lambda one: one.exited_at is not None))


def _position(row: Row, ends: datetime) -> Position:
    has_ended = row["exited_at"] is not None and row["exited_at"] < ends
    known_then = has_ended or row["exited_at"] is None
    return Position(
        expiry=row["expiry"],
        strike=row["strike"],
        side=row["side"],
        quantity=row["quantity"],
        loop=row["loop"],
        entered_at=wall_time(moment(row["entered_at"])),
        entry_price=float(row["entry_price"]),
        stop=number(row["stop"] if known_then else row["stop_loss"]),
        target=number(row["target"]),
        last=number(row["last_ltp"]) if row["exited_at"] is None and row["last_at"] < ends else None,
        exited_at=wall_time(moment(row["exited_at"])) if has_ended else None,
        exit_price=number(row["exit_price"]) if has_ended else None,
        exit_reason=row["exit_reason"] if has_ended else None,
        charges=number(row["charges"]) if has_ended else None,
        gross=number(row["pnl_gross"]) if has_ended else None,
        net=number(row["pnl_net"]) if has_ended else None,
    )


def _equity(connection: Connection, key: DeskKey) -> tuple[Equity, ...]:
    query = select(_E.time, _E.equity).where(_E.index_name == key.index_name, *on_day(_E.time, key.day))
    if key.at is not None:
        query = query.where(_E.time <= key.at)
    rows = connection.execute(query.order_by(_E.time))
    return tuple(Equity(row.time, float(row.equity)) for row in rows)


def _alerts(connection: Connection, key: DeskKey) -> tuple[Alert, ...]:
    """Return what the notifier told, or kept back, once however many chats there are."""
    query = select(alerts_sent).where(
        _A.day == key.day,
        _A.severity != "report",
        _A.rule.not_in(_SHOWN_ELSEWHERE),
        or_(_A.index_name == key.index_name, _A.index_name.is_(None)),
    )
    if key.until is not None:
        query = query.where(_A.at < utc_naive(from_wall_time(key.until)))
    rows = connection.execute(query.order_by(_A.at.desc()).limit(3 * _SHOWN)).mappings()
    found: dict[str, Alert] = {}
    for row in rows:
        found.setdefault(row["event_id"], _alert(row))
    return tuple(found.values())[:_SHOWN]


def _alert(row: Row) -> Alert:
    return Alert(
        event_id=row["event_id"],
        at=wall_time(moment(row["at"])),
        severity=row["severity"],
        title=row["title"],
        text=_words(row["body"]),
        rule=row["rule"],
        index_name=row["index_name"],
    )


def _words(body: Any) -> str:
    """Return the stretches of a message as one text, without its first line, which is the title."""
    said = "".join(str(stretch[0]) for stretch in body or ())
    return said.partition("\n")[2] or said
