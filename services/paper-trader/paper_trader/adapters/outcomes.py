"""The scorecard's side of the database: decisions that wait to be scored, their outcomes, and prices of snapshots."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, exists, select

from oi_common.database import Database
from oi_common.fences import Fence
from oi_common.market.buckets import BUCKET_WIDTH, from_utc_naive, utc_naive, wall_time
from oi_common.tables import ai_decisions, decision_outcomes, option_snapshots
from oi_common.upserts import upsert
from paper_trader.core.offers import offer
from paper_trader.core.scoring import Outcome
from paper_trader.core.watching import Key, Offer

Row = dict[str, Any]
Pending = dict[Key, Decimal]

PAGE: Final = 200  # decisions
_d, _o, _s = ai_decisions.c, decision_outcomes.c, option_snapshots.c
_NEEDED: Final = (
    _d.event_id, _d.time, _d.event_time, _d.decided_at, _d.loop, _d.engine, _d.index_name, _d.expiry, _d.decision,
    _d.side, _d.strike, _d.stop_loss, _d.target, _d.confidence, _d.rejected_because, _d.baselines, _d.lot_size,
    _d.days_to_expiry,
)  # fmt: skip
# The key, and what is the same for all outcomes of a decision.
_OUTCOME: Final = tuple(column.name for column in decision_outcomes.columns if column.name != "scored_at")


class OutcomeStore:
    """What stands in `decision_outcomes` is scored or followed; every other decision is still to be scored."""

    def __init__(self, database: Database, fence: Fence) -> None:
        self._database = database
        self._fence = fence
        self._index_name = fence.lease.partition

    async def unscored(self, since: datetime, until: datetime) -> list[Row]:
        """Return the first decisions about moments from `since` to `until` of which no outcome stands yet."""
        query = (
            select(*_NEEDED)
            .where(_d.index_name == self._index_name)
            .where(_d.time >= wall_time(since), _d.time <= wall_time(until))
            .where(~exists().where(_o.event_id == _d.event_id))
            .order_by(_d.time, _d.event_id)
            .limit(PAGE)
        )
        return await self._database.read(lambda connection: _rows(connection, query))

    async def followed(self, since: datetime) -> tuple[list[Row], list[Outcome]]:
        """Return the entries that are followed still: their decisions, and the outcomes as they stand."""

        def read(connection: Connection) -> tuple[list[Row], list[Outcome]]:
            query = select(*(_o[name] for name in _OUTCOME)).where(
                _o.index_name == self._index_name, _o.time >= wall_time(since),
                _o.decision == "ENTER", _o.exit_reason.is_(None),
            )  # fmt: skip
            pending = [Outcome(**row) for row in _rows(connection, query)]
            return _decisions(connection, sorted({outcome.event_id for outcome in pending})), pending

        return await self._database.read(read)

    async def write(self, outcomes: Sequence[Outcome], scored_at: datetime) -> None:
        """Write outcomes; the same again change nothing. Raises LeaseLost once the underlying has a new owner."""
        rows = [{**asdict(outcome), "scored_at": utc_naive(scored_at)} for outcome in outcomes]

        def work(connection: Connection) -> None:
            self._fence.check(connection)
            upsert(connection, decision_outcomes, rows)

        await self._database.run(work)

    async def snapshot_offers(
        self, contract: tuple[date, int, str], after: datetime, until: datetime
    ) -> list[Offer]:
        """Return what the snapshots say of a contract after one moment up to another, in order."""
        expiry, strike, side = contract
        bid, ask = (_s.ce_bid, _s.ce_ask) if side == "CE" else (_s.pe_bid, _s.pe_ask)
        query = (
            select(_s.feed_time, bid.label("bid"), ask.label("ask"))
            .where(_s.index_name == self._index_name, _s.expiry == expiry, _s.strike == strike)
            # A bucket's poll lies in it, or a little later.
            .where(_s.time >= wall_time(after - 2 * BUCKET_WIDTH), _s.time <= wall_time(until))
            .where(_s.feed_time > utc_naive(after), _s.feed_time <= utc_naive(until), _s.source == "live")
            .order_by(_s.feed_time)
        )
        rows = await self._database.read(lambda connection: _rows(connection, query))
        return [offer(from_utc_naive(row["feed_time"]), row["bid"], row["ask"], BUCKET_WIDTH) for row in rows]


def _decisions(connection: Connection, event_ids: Sequence[str]) -> list[Row]:
    found = []
    for start in range(0, len(event_ids), PAGE):
        some = event_ids[start : start + PAGE]
        found += _rows(connection, select(*_NEEDED).where(_d.event_id.in_(some)))
    return found


def _rows(connection: Connection, query: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]
