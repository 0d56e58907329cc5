"""The ledger of one partition: one fenced transaction for each event."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from bucketer.adapters.greeks import write_greeks
from bucketer.adapters.past import Chain, Missed, chains_of, close_chain, was_polled, write_repair
from bucketer.adapters.polls import write_poll
from bucketer.adapters.restore import as_of, last_known, last_oi
from bucketer.adapters.seals import seal_by_candle, seal_by_poll, sealed_at
from bucketer.core.announce import SealedBucket
from bucketer.core.greeks import PendingGreeks
from bucketer.core.past import Repair
from bucketer.core.rules import Step
from bucketer.core.state import ChainState
from oi_common.database import Database
from oi_common.events import CandleClosed, ChainBackfilled, ChainPolled, DayClosed, GreeksFetched
from oi_common.fences import Fence
from oi_common.market.buckets import floor_to_3min
from oi_common.market.sessions import TradingSession


class LedgerStore:
    """The tables of one partition, written by the replica that holds the fence's lease."""

    def __init__(self, database: Database, fence: Fence) -> None:
        self._database = database
        self._fence = fence
        self._lease = fence.lease

    async def record_poll(
        self, step: Step, poll: ChainPolled, grace: timedelta, at: datetime
    ) -> list[SealedBucket]:
        """Write all that one poll led to; return the buckets it found, or declared, sealed."""

        def work(connection: Connection) -> list[SealedBucket]:
            self._fence.check(connection)
            with_candle = write_poll(connection, step, poll, at)
            return seal_by_poll(connection, step, poll, with_candle, grace=grace, at=at)

        return await self._database.run(work)

    async def record_candle(self, candle: CandleClosed, at: datetime) -> list[SealedBucket]:
        """Write a candle, merge it into its bucket's rows, and return the buckets that are sealed by it."""

        def work(connection: Connection) -> list[SealedBucket]:
            self._fence.check(connection)
            return seal_by_candle(connection, candle, at)

        return await self._database.run(work)

    async def record_greeks(self, time: datetime, fetched: GreeksFetched, merged: PendingGreeks) -> None:
        """Write Greeks into the rows of their bucket that exist already."""

        def work(connection: Connection) -> None:
            self._fence.check(connection)
            write_greeks(connection, time, fetched, merged)

        await self._database.run(work)

    async def before(self, poll: ChainBackfilled) -> ChainState | None:
        """Return the chain as it stood when the bucket of a backfill began, None when the bucket was seen live."""

        def work(connection: Connection) -> ChainState | None:
            if was_polled(connection, poll):
                return None
            bucket = floor_to_3min(poll.feed_time)
            return as_of(connection, self._lease.partition, poll.expiry, bucket)

        return await self._database.run(work)

    async def record_repair(
        self, repair: Repair, poll: ChainBackfilled, session: TradingSession, at: datetime
    ) -> None:
        """Write one bucket as the broker's history tells it."""

        def work(connection: Connection) -> None:
            self._fence.check(connection)
            write_repair(connection, repair, poll, session, at)

        await self._database.run(work)

    async def close_day(
        self,
        closed: DayClosed,
        session: TradingSession,
        missed: Mapping[date, Missed],
        *,
        every: timedelta,
    ) -> list[SealedBucket]:
        """Account for every bucket of a day that is over; return those that it seals."""

        def work(connection: Connection) -> list[SealedBucket]:
            self._fence.check(connection)
            found: list[SealedBucket] = []
            for expiry in sorted({*closed.expiries, *chains_of(connection, closed.index_name, session)}):
                chain = Chain(closed.index_name, expiry, session)
                late = missed.get(expiry, {})
                times = close_chain(connection, chain, late, every=every, at=closed.closed_at)
                found += [b for time in times for b in sealed_at(connection, closed.index_name, time, expiry)]
            return found

        return await self._database.run(work)

    async def last_oi(self, expiry: date, day: date) -> dict[str, int]:
        """Return a chain's last OI on the trading day before `day`."""
        partition = self._lease.partition
        return await self._database.run(lambda connection: last_oi(connection, partition, expiry, day))

    async def last_known(self) -> list[ChainState]:
        """Return each chain's state as far as the tables tell it."""
        return await self._database.run(lambda connection: last_known(connection, self._lease.partition))
