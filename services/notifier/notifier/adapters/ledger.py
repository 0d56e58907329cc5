"""What the notifier reads from the tables: chains, days, decisions, positions, health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from notifier.core.health import Beat, Gap
from notifier.core.observed import Observed, observed
from oi_common.database import Database, on_day
from oi_common.market.buckets import from_utc_naive
from oi_common.tables import (
    ai_calls,
    ai_decisions,
    chain_buckets,
    coverage_gaps,
    decision_outcomes,
    option_snapshots,
    paper_positions,
    paper_trades,
    services,
)

Row = Mapping[str, Any]
Rows = list[Row]

_B, _S = chain_buckets.c, option_snapshots.c
_SCORED_ON = "15"
_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 wall time has no zone


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One bucket of a chain: its row of `chain_buckets`, and the rows of its strikes."""

    header: Row
    rows: tuple[Row, ...] = ()
    seen: Observed = field(default_factory=lambda: Observed(_LONG_AGO))


class Ledger:
    """Reads only. Decimals come as floats; NULL stays None."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: dict[tuple[str, date, datetime], Observed] = {}

    async def expiries(self, index_name: str, on: date) -> list[date]:
        """Return the chains that are followed on a day, the nearest first."""
        statement = select(_B.expiry).distinct().where(_B.index_name == index_name, *on_day(_B.time, on))
        return [row["expiry"] for row in await self._rows(statement.order_by(_B.expiry))]

    async def snapshot(self, index_name: str, expiry: date, until: datetime) -> Snapshot | None:
        """Return the last bucket with a snapshot at or before `until` (IST wall time) on its day."""
        of_chain = (_B.index_name == index_name, _B.expiry == expiry, *on_day(_B.time, until.date()))
        last = select(chain_buckets).where(*of_chain, _B.time <= until, _B.saved_at.is_not(None))
        headers = await self._rows(last.order_by(_B.time.desc()).limit(1))
        if not headers:
            return None
        rows = await self._rows(_snapshot_of(index_name, expiry, headers[0]["time"]))
        return Snapshot(headers[0], tuple(rows), observed(headers[0], rows))

    async def day(self, index_name: str, expiry: date, until: datetime) -> Rows:
        """Return the buckets of a chain's day up to `until` that were polled, in order."""
        of_chain = (_B.index_name == index_name, _B.expiry == expiry, *on_day(_B.time, until.date()))
        return await self._rows(select(chain_buckets).where(*of_chain, _B.time <= until).order_by(_B.time))

    async def history(self, index_name: str, expiry: date, until: datetime) -> list[Observed]:
        """Return what the rules see of a chain's day up to a bucket; earlier snapshots are read once only."""
        headers = [row for row in await self.day(index_name, expiry, until) if row["saved_at"] is not None]
        fresh = [row for row in headers if (index_name, expiry, row["time"]) not in self._cache]
        rows = await self._legs(index_name, expiry, [row["time"] for row in fresh]) if fresh else {}
        seen = {row["time"]: observed(row, rows.get(row["time"], [])) for row in fresh}
        self._keep(until, {(index_name, expiry, r["time"]): seen[r["time"]] for r in fresh if r["sealed_at"]})
        return [seen.get(row["time"]) or self._cache[index_name, expiry, row["time"]] for row in headers]

    async def first_oi(self, index_name: str, expiry: date, on: date) -> dict[tuple[int, str], int]:
        """Return the OI of each contract in the day's first snapshot."""
        of_chain = (_S.index_name == index_name, _S.expiry == expiry, *on_day(_S.time, on))
        first = await self._rows(select(func.min(_S.time).label("time")).where(*of_chain))
        if not first or first[0]["time"] is None:
            return {}
        rows = await self._rows(_snapshot_of(index_name, expiry, first[0]["time"]))
        return {
            (row["strike"], side.upper()): row[f"{side}_oi"]
            for row in rows
            for side in ("ce", "pe")
            if row[f"{side}_oi"] is not None
        }

    async def last_polls(self, indices: Sequence[str], on: date) -> dict[str, datetime | None]:
        """Return when each underlying was last polled on a day."""
        statement = select(_B.index_name, func.max(_B.feed_time).label("fed"))
        rows = await self._rows(statement.where(*on_day(_B.time, on)).group_by(_B.index_name))
        fed = {row["index_name"]: row["fed"] for row in rows}
        return {name: None if (at := fed.get(name)) is None else from_utc_naive(at) for name in indices}

    async def gaps(self, on: date) -> list[Gap]:
        """Return the day's holes, those of an underlying's chains as one."""
        g = coverage_gaps.c
        rows = await self._rows(select(coverage_gaps).where(*on_day(g.from_time, on)).order_by(g.expiry))
        found: dict[tuple[str, datetime], Gap] = {}
        for row in rows:
            key = (row["index_name"], row["from_time"])
            found.setdefault(
                key,
                Gap(*key, row["to_time"], row["buckets"], row["repaired_at"] is not None, from_utc_naive(row["noticed_at"])),
            )  # fmt: skip
        return list(found.values())

    async def beats(self) -> list[Beat]:
        """Return the newest heartbeat of each service."""
        newest: dict[str, Beat] = {}
        for row in await self.services():
            newest[row["service"]] = Beat(row["service"], from_utc_naive(row["beat_at"]), row["status"])
        return list(newest.values())

    async def services(self) -> Rows:
        return await self._rows(select(services).order_by(services.c.service, services.c.beat_at))

    async def spent_on_ai(self, on: date) -> float | None:
        c = ai_calls.c
        rows = await self._rows(select(func.sum(c.cost_inr).label("spent")).where(c.billed_on == on))
        return None if not rows or rows[0]["spent"] is None else float(rows[0]["spent"])

    async def decisions(self, on: date, index_name: str | None, most: int) -> Rows:
        c = ai_decisions.c
        statement = select(ai_decisions).where(*on_day(c.time, on)).order_by(c.time.desc()).limit(most)
        return await self._rows(
            statement if index_name is None else statement.where(c.index_name == index_name)
        )

    async def scores(self, since: date) -> Rows:
        """Return, for each loop and engine, how many decisions were scored since a day, and how many were right."""
        c = decision_outcomes.c
        statement = select(
            c.loop, c.engine, func.count(c.hit).label("judged"), func.sum(case((c.hit, 1), else_=0)).label("hits"), func.sum(c.net).label("net")
        ).where(c.horizon == _SCORED_ON, c.hit.is_not(None), c.time >= datetime.combine(since, time.min))  # fmt: skip
        return await self._rows(statement.group_by(c.loop, c.engine).order_by(c.loop, c.engine))

    async def positions(self, index_name: str | None) -> Rows:
        c = paper_positions.c
        of_index = () if index_name is None else (c.index_name == index_name,)
        return await self._rows(select(paper_positions).where(c.state == "open", *of_index).order_by(c.time))

    async def closed_positions(self, on: date) -> Rows:
        c = paper_positions.c
        of_day = (c.state == "closed", *on_day(c.time, on))
        return await self._rows(select(paper_positions).where(*of_day).order_by(c.exited_at))

    async def filled_at(self, trade_id: str, action: str) -> datetime | None:
        """Return when a fill was made, None when it is not in the table."""
        c = paper_trades.c
        rows = await self._rows(select(c.filled_at).where(c.trade_id == trade_id, c.action == action))
        return from_utc_naive(rows[0]["filled_at"]) if rows else None

    async def _legs(self, index_name: str, expiry: date, times: Sequence[datetime]) -> dict[datetime, Rows]:
        names = ["time", "strike"]
        for side in ("ce", "pe"):
            names += [
                f"{side}_{part}"
                for part in ("oi", "oi_change", "oi_percent_change", "buildup", "buildup_adjusted")
            ]
        statement = select(*(_S[name] for name in names)).where(
            _S.index_name == index_name, _S.expiry == expiry, _S.time >= min(times), _S.time <= max(times)
        )
        found: dict[datetime, Rows] = {}
        for row in await self._rows(statement):
            found.setdefault(row["time"], []).append(row)
        return found

    def _keep(self, until: datetime, sealed: Mapping[tuple[str, date, datetime], Observed]) -> None:
        """Remember this day's sealed buckets; the others are still being written."""
        today = {key: seen for key, seen in self._cache.items() if key[2].date() == until.date()}
        self._cache = {**today, **sealed}

    async def _rows(self, statement: Select[Any]) -> Rows:
        def work(connection: Connection) -> Rows:
            return [_plain(row) for row in connection.execute(statement).mappings()]

        return await self._database.read(work)


def _snapshot_of(index_name: str, expiry: date, at: datetime) -> Select[Any]:
    key = (_S.index_name == index_name, _S.expiry == expiry, _S.time == at)
    return select(option_snapshots).where(*key).order_by(_S.strike)


def _plain(row: Mapping[Any, Any]) -> Row:
    return {str(name): float(value) if isinstance(value, Decimal) else value for name, value in row.items()}
