"""What the tables tell of the last half hour, and the table of decisions."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select

from ai_rich.core.picture import HISTORY, Bucket, Picture
from oi_common.advice import Decided, Journal
from oi_common.advice.journal import kept_decision
from oi_common.advice.situation import number
from oi_common.database import Database
from oi_common.events import DecisionMade
from oi_common.fences import Fence
from oi_common.market.buckets import BUCKET_WIDTH, floor_to_3min, from_utc_naive, from_wall_time, wall_time
from oi_common.tables import chain_buckets, option_snapshots

_SINCE: Final = HISTORY + BUCKET_WIDTH
_SAID: Final = (
    "event_id",
    "loop",
    "engine",
    "model",
    "index_name",
    "expiry",
    "decision",
    "side",
    "strike",
    "reason",
)
_NUMBERS: Final = ("entry", "stop_loss", "target", "confidence", "latency_ms", "cost_inr")
_COUNTS: Final = ("tokens_in", "tokens_out")


class RichTables:
    """The tables of one partition."""

    def __init__(self, database: Database, partition: str, journal: Journal, fence: Fence) -> None:
        self._database = database
        self._partition = partition
        self._journal = journal
        self._fence = fence

    async def pictures(self, now: datetime) -> dict[date, Picture]:
        """Return each chain as its last half hour of buckets and its newest snapshot tell it. Raises Unavailable."""
        since = wall_time(floor_to_3min(now) - _SINCE)
        return await self._database.read(lambda connection: self._pictures(connection, since))

    async def kept(self, event_id: str) -> DecisionMade | None:
        """Return a decision that was written before. Raises Unavailable."""
        row = await kept_decision(self._database, event_id)
        return None if row is None else _event(row)

    async def keep(self, decided: Decided) -> None:
        """Write a decision. Raises Unavailable, or LeaseLost for a partition that has a newer owner."""
        await self._journal.write(decided, guard=self._fence.check)

    def _pictures(self, connection: Connection, since: datetime) -> dict[date, Picture]:
        of = chain_buckets.c
        query = (
            select(chain_buckets)
            .where(of.index_name == self._partition, of.time >= since, of.polls > 0, of.source == "live")
            .order_by(of.time)
        )
        headers = [dict(row) for row in connection.execute(query).mappings()]
        chains = sorted({header["expiry"] for header in headers})
        return {expiry: self._picture(connection, expiry, headers, since) for expiry in chains}

    def _picture(
        self, connection: Connection, expiry: date, headers: list[dict[str, Any]], since: datetime
    ) -> Picture:
        own = [header for header in headers if header["expiry"] == expiry]
        rows = self._rows(connection, expiry, since)
        at = max((from_utc_naive(row["feed_time"]) for row in rows), default=None)
        return Picture(
            expiry,
            rows={row["strike"]: _known(row) for row in rows},
            rows_at=at,
            buckets=tuple(_bucket(header) for header in own),
            measured_at=from_utc_naive(own[-1]["feed_time"]),
        )

    def _rows(self, connection: Connection, expiry: date, since: datetime) -> list[dict[str, Any]]:
        of = option_snapshots.c
        here = (of.index_name == self._partition, of.expiry == expiry)
        newest = (
            select(func.max(of.time)).where(*here, of.time >= since, of.source == "live").scalar_subquery()
        )
        return [
            dict(row)
            for row in connection.execute(select(option_snapshots).where(*here, of.time == newest)).mappings()
        ]


def _bucket(header: Mapping[str, Any]) -> Bucket:
    return Bucket(from_wall_time(header["time"]), number(_plain(header["spot"])), _known(header))


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what JSON can hold of a row, as the events tell it."""
    return {
        name: _plain(value)
        for name, value in row.items()
        if value is not None and not isinstance(value, date)  # moments are dates too
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _event(row: Mapping[str, Any]) -> DecisionMade:
    told = {name: row[name] for name in (*_SAID, *_COUNTS)}
    numbers = {name: None if row[name] is None else float(row[name]) for name in _NUMBERS}
    at = from_utc_naive(row["event_time"])
    return DecisionMade.model_validate(
        {**told, **numbers, "event_time": at, "evidence": tuple(row["evidence"])}
    )
