"""The rules' own record: what fired, what became of it, and which rules are silent."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from notifier.core.record import Record, Recount, is_hit, judged, moved
from notifier.core.rules import JUDGED_AFTER, JUDGED_DAYS, base_of
from oi_common.database import Database
from oi_common.market.buckets import utc_naive, wall_time
from oi_common.tables import alert_outcomes, alert_rules, chain_buckets
from oi_common.upserts import upsert

_O, _R, _B = alert_outcomes.c, alert_rules.c, chain_buckets.c


class Records:
    """`alert_outcomes` and `alert_rules`. Raises Unavailable while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, key: str, index_name: str, expiry: date, time: datetime, leaning: str) -> None:
        """Keep that a rule, or a variant of it, fired in a bucket (IST wall time), once."""
        row = {
            "rule": key, "index_name": index_name, "expiry": expiry, "time": time, "leaning": leaning,
        }  # fmt: skip
        await self._database.run(lambda connection: upsert(connection, alert_outcomes, [row]))

    async def all(self) -> dict[str, Record]:
        rows = await self._database.read(
            lambda connection: connection.execute(select(alert_rules)).mappings().all()
        )
        return {row["rule"]: Record(row["judged"], row["hits"], row["is_silent"]) for row in rows}

    async def judge(self, now: datetime, closes: datetime | None) -> list[Recount]:
        """Judge what is old enough, and return the records that this changes; `keep` makes them count."""
        return await self._database.run(lambda connection: _judge(connection, now, closes))

    async def keep(self, recounted: Sequence[Recount], now: datetime) -> None:
        """Keep records after what they say has been told: a rule never falls silent without a word."""
        rows = [_row(each, now) for each in recounted]
        if rows:
            await self._database.run(lambda connection: upsert(connection, alert_rules, rows))


def _judge(connection: Connection, now: datetime, closes: datetime | None) -> list[Recount]:
    wall = wall_time(now)
    over = closes is not None and now >= closes
    due = wall if over else wall - JUDGED_AFTER
    since = wall - timedelta(days=JUDGED_DAYS)
    waiting = select(alert_outcomes).where(_O.judged_at.is_(None), _O.time <= due, _O.time >= since)
    for row in connection.execute(waiting).mappings().all():
        _judge_one(connection, row, now)
    return _count(connection, since)


def _judge_one(connection: Connection, row: Any, now: datetime) -> None:
    spot = _spot(connection, row, row["time"])
    after = _spot(connection, row, row["time"] + JUDGED_AFTER)
    percent = moved(spot, after)
    key = (
        _O.rule == row["rule"],
        _O.index_name == row["index_name"],
        _O.expiry == row["expiry"],
        _O.time == row["time"],
    )
    connection.execute(
        update(alert_outcomes)
        .where(*key)
        .values(
            spot=spot, spot_after=after, moved=percent, hit=is_hit(row["leaning"], percent), judged_at=utc_naive(now)
        )
    )  # fmt: skip


def _spot(connection: Connection, row: Any, at: datetime) -> float | None:
    """Return the spot of the bucket, or the last known one of its day before it."""
    midnight = datetime.combine(at.date(), datetime.min.time())
    key = (_B.index_name == row["index_name"], _B.expiry == row["expiry"], _B.time <= at, _B.time >= midnight)
    statement = select(_B.spot).where(*key, _B.spot.is_not(None)).order_by(_B.time.desc()).limit(1)
    spot = connection.execute(statement).scalar()
    return None if spot is None else float(spot)


def _count(connection: Connection, since: datetime) -> list[Recount]:
    counts = connection.execute(
        select(
            _O.rule, func.count(_O.hit).label("judged"), func.sum(case((_O.hit, 1), else_=0)).label("hits")
        )
        .where(_O.time >= since, _O.hit.is_not(None))
        .group_by(_O.rule)
        .order_by(_O.rule)
    ).all()
    known = {row.rule: row for row in connection.execute(select(alert_rules)).all()}
    recounted = []
    for row in counts:
        before, rule = known.get(row.rule), base_of(row.rule)
        if rule is None or (before and (before.judged, before.hits) == (row.judged, int(row.hits))):
            continue
        was_silent = bool(before.is_silent) if before else False
        record = judged(rule, Record(row.judged, int(row.hits), was_silent))
        recounted.append(Recount(row.rule, rule, record, fell=record.is_silent and not was_silent))
    return recounted


def _row(recount: Recount, now: datetime) -> dict[str, Any]:
    record = recount.record
    row = {"rule": recount.key, "judged": record.judged, "hits": record.hits}
    return {**row, "is_silent": record.is_silent, "changed_at": utc_naive(now)}
