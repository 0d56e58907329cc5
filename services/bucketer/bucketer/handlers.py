"""The bucketer of one partition: state, pure decision, database, then what follows in Redis."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog
from msgspec import ValidationError

from bucketer.core import greeks as waiting_greeks
from bucketer.core import state as chain_state
from bucketer.core.announce import SealedBucket, changed_event, saved_event, sealed_event
from bucketer.core.greeks import PendingGreeks
from bucketer.core.model import iv_gap
from bucketer.core.past import Repair, missed_at_the_end, repaired
from bucketer.core.rules import SnapshotRule, Step, advance, is_late, new_day
from bucketer.core.state import ChainState
from bucketer.metrics import DROPPED, IV_GAP, REPAIRED, SNAPSHOTS
from oi_common.clock import Clock
from oi_common.effects import NOTHING, Effects
from oi_common.errors import Unprocessable
from oi_common.events import CandleClosed, ChainBackfilled, ChainPolled, DayClosed, GreeksFetched
from oi_common.market.buckets import floor_to_3min
from oi_common.market.sessions import TradingSession, session_at, session_on
from oi_common.market.underlyings import segment_of


class Ledger(Protocol):
    """The tables of one partition. Every call is one transaction, refused once the partition has a new owner."""

    async def record_poll(
        self, step: Step, poll: ChainPolled, grace: timedelta, at: datetime
    ) -> list[SealedBucket]: ...

    async def record_candle(self, candle: CandleClosed, at: datetime) -> list[SealedBucket]: ...

    async def record_greeks(self, time: datetime, fetched: GreeksFetched, merged: PendingGreeks) -> None: ...

    async def before(self, poll: ChainBackfilled) -> ChainState | None: ...

    async def record_repair(
        self, repair: Repair, poll: ChainBackfilled, session: TradingSession, at: datetime
    ) -> None: ...

    async def close_day(
        self,
        closed: DayClosed,
        session: TradingSession,
        missed: Mapping[date, Mapping[datetime, tuple[str, ...]]],
        *,
        every: timedelta,
    ) -> list[SealedBucket]: ...

    async def last_oi(self, expiry: date, day: date) -> dict[str, int]: ...

    async def last_known(self) -> list[ChainState]: ...


class Memory(Protocol):
    """The partition's state hash in Redis."""

    async def read(self) -> dict[str, str]: ...


class Bucketer:
    """Turns the events of one partition into rows. What it holds in memory is a copy of the state hash."""

    def __init__(
        self,
        partition: str,
        ledger: Ledger,
        memory: Memory,
        clock: Clock,
        *,
        rule: SnapshotRule,
        every: timedelta,
        grace: timedelta,
    ) -> None:
        self._partition = partition
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._rule = rule
        self._every = every
        self._grace = grace
        self._chains: dict[date, ChainState] = {}
        self._greeks: dict[tuple[date, datetime], PendingGreeks] = {}

    async def restore(self) -> None:
        """Take up the state hash; when Redis has none, what the database tells."""
        self._chains, self._greeks = {}, {}
        try:
            self._take_up(await self._memory.read())
        except ValidationError as e:
            # Written by a version whose state had another shape; the tables tell the same.
            structlog.get_logger().warning("state.unreadable", error=str(e))
            self._chains, self._greeks = {}, {}
        if not self._chains:
            self._chains = {chain.expiry: chain for chain in await self._ledger.last_known()}
            structlog.get_logger().info("state.restored", source="database", chains=len(self._chains))

    def _take_up(self, fields: Mapping[str, str]) -> None:
        for name, text in fields.items():
            kind, expiry, *rest = name.split("|")
            if kind == "chain":
                self._chains[date.fromisoformat(expiry)] = chain_state.load(text)
            else:
                bucket = datetime.fromisoformat(rest[0])
                self._greeks[date.fromisoformat(expiry), bucket] = waiting_greeks.load(text)

    async def on_poll(self, poll: ChainPolled) -> Effects:
        """Handle one poll of one chain. Raises Unprocessable for one that belongs elsewhere."""
        self._own(poll.index_name)
        session = _session(poll)
        if session is None:
            return _dropped("outside_session", poll)
        state = self._chains.get(poll.expiry)
        if is_late(state, poll):
            return _dropped("late", poll)
        at, day = self._clock.now(), session.day
        if state is None or state.day != day:
            state = new_day(poll, day, await self._ledger.last_oi(poll.expiry, day))
        bucket = floor_to_3min(poll.feed_time)
        greeks = self._greeks.get((poll.expiry, bucket))
        step = advance(state, poll, session=session, rule=self._rule, every=self._every, at=at, greeks=greeks)
        sealed = await self._ledger.record_poll(step, poll, self._grace, at)
        self._chains[poll.expiry] = step.state
        if step.snapshot is not None:
            SNAPSHOTS.labels(index_name=poll.index_name, reason=step.snapshot.reason).inc()
        announced = (changed_event(step, poll), saved_event(step, poll), *map(sealed_event, sealed))
        return Effects(
            publish=tuple(event for event in announced if event is not None),
            state={f"chain|{poll.expiry}": chain_state.dump(step.state)},
            forget=self._forget_greeks(poll.expiry, bucket),
        )

    async def on_backfill(self, poll: ChainBackfilled) -> Effects:
        """Write one past bucket from the broker's history, unless it was seen live. It wakes nobody."""
        self._own(poll.index_name)
        session = _session(poll)
        if session is None:
            return _dropped("outside_session", poll)
        before = await self._ledger.before(poll)
        if before is None:
            return _dropped("seen_live", poll)
        at = self._clock.now()
        repair = repaired(before, poll, session=session, rule=self._rule, every=self._every, at=at)
        await self._ledger.record_repair(repair, poll, session, at)
        REPAIRED.labels(index_name=poll.index_name).inc()
        return NOTHING

    async def on_day_closed(self, closed: DayClosed) -> Effects:
        """Account for every bucket of a day that is over, and forget the chains that expired before it."""
        self._own(closed.index_name)
        session = _session_on(closed.segment, closed.day)
        missed = {
            expiry: missed_at_the_end(chain, session, self._every) for expiry, chain in self._chains.items()
        }
        sealed = await self._ledger.close_day(closed, session, missed, every=self._every)
        return Effects(publish=tuple(map(sealed_event, sealed)), forget=self._forget_before(closed.day))

    async def on_candle(self, candle: CandleClosed) -> Effects:
        """Merge one candle into its bucket's rows and seal the bucket."""
        self._own(candle.index_name)
        sealed = await self._ledger.record_candle(candle, self._clock.now())
        return Effects(publish=tuple(map(sealed_event, sealed)))

    async def on_greeks(self, fetched: GreeksFetched) -> Effects:
        """Merge Greeks into the rows of their bucket, and keep them while rows may still come."""
        self._own(fetched.index_name)
        bucket = floor_to_3min(fetched.feed_time)
        chain = self._chains.get(fetched.expiry)
        self._compare(chain, fetched)
        merged = waiting_greeks.merge(self._greeks.get((fetched.expiry, bucket), {}), fetched)
        await self._ledger.record_greeks(bucket, fetched, merged)
        if chain is not None and bucket < floor_to_3min(chain.feed_time):
            return NOTHING
        self._greeks[fetched.expiry, bucket] = merged
        return Effects(state={_greeks_field(fetched.expiry, bucket): waiting_greeks.dump(merged)})

    def _compare(self, chain: ChainState | None, fetched: GreeksFetched) -> None:
        """Show how far the model is from the broker."""
        if chain is None or fetched.source != "broker":
            return
        gap = iv_gap(chain, fetched, segment_of(fetched.index_name))
        if gap is not None:
            IV_GAP.labels(index_name=fetched.index_name, expiry=str(fetched.expiry)).set(gap / 100)

    def _own(self, index_name: str) -> None:
        if index_name != self._partition:
            raise Unprocessable(f"index_name: {index_name!r} does not belong to partition {self._partition}")

    def _forget_before(self, day: date) -> tuple[str, ...]:
        expired = [expiry for expiry in self._chains if expiry < day]
        waiting = [key for key in self._greeks if key[0] < day]
        for expiry in expired:
            del self._chains[expiry]
        for key in waiting:
            del self._greeks[key]
        return (*(f"chain|{expiry}" for expiry in expired), *(_greeks_field(*key) for key in waiting))

    def _forget_greeks(self, expiry: date, bucket: datetime) -> tuple[str, ...]:
        passed = [key for key in self._greeks if key[0] == expiry and key[1] < bucket]
        for key in passed:
            del self._greeks[key]
        return tuple(_greeks_field(*key) for key in passed)


def _session(poll: ChainPolled) -> TradingSession | None:
    try:
        return session_at(poll.segment, poll.feed_time)
    except KeyError as e:
        raise Unprocessable(f"segment: {poll.segment!r} is not a segment we know") from e


def _session_on(segment: str, day: date) -> TradingSession:
    try:
        session = session_on(segment, day)
    except KeyError as e:
        raise Unprocessable(f"segment: {segment!r} is not a segment we know") from e
    if session is None:
        raise Unprocessable(f"day: {segment} is closed on {day}")
    return session


def _dropped(reason: str, poll: ChainPolled) -> Effects:
    DROPPED.labels(index_name=poll.index_name, reason=reason).inc()
    return NOTHING


def _greeks_field(expiry: date, bucket: datetime) -> str:
    return f"greeks|{expiry}|{bucket.isoformat()}"
