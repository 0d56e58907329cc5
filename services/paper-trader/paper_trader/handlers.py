"""The paper trader of one underlying: decisions open and close positions, ticks close them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
import structlog

from oi_common.effects import NOTHING, Effects
from oi_common.errors import Unprocessable
from oi_common.events import DecisionMade, TickReceived, TradeFilled
from oi_common.market.buckets import floor_to_3min
from oi_common.market.rulebook.contracts import tick_size
from oi_common.market.sessions import session_at
from oi_common.trimming import EntryId
from paper_trader import metrics
from paper_trader.core import settlements
from paper_trader.core.entries import Account, decided
from paper_trader.core.exits import by_time, on_quote
from paper_trader.core.fills import sale, settlement
from paper_trader.core.positions import ExitReason, Position, trade_id_of
from paper_trader.core.quotes import Quote, sold
from paper_trader.core.rules import Rules
from paper_trader.desk import Desk, Ledger
from paper_trader.latest import Fields, LatestTicks


class PaperTrader:
    """Works through decisions and ticks in the order of their entries."""

    def __init__(self, partition: str, segment: str, desk: Desk, ledger: Ledger, rules: Rules) -> None:
        self._partition = partition
        self._segment = segment
        self._desk = desk
        self._ledger = ledger
        self._rules = rules
        self._latest = LatestTicks(partition)
        self._unsettled: set[str] = set()

    @property
    def cursor(self) -> str:
        """The id of the last tick that was handled."""
        return self._desk.memory.cursor

    async def restore(self) -> None:
        await self._desk.restore()
        self._latest.clear()

    def recall(self, fields: Fields) -> None:
        """Take note of a tick that was handled before a restart, for its quote alone."""
        self._latest.keep(fields)

    async def flush(self) -> None:
        """Write how far the ticks are read."""
        await self._desk.write()

    async def on_decision(self, decision: DecisionMade) -> Effects:
        """Follow one decision. Raises Unprocessable for one that belongs elsewhere."""
        if decision.index_name != self._partition:
            raise Unprocessable(
                f"index_name: {decision.index_name!r} does not belong to partition {self._partition}"
            )
        if decision.decision == "ENTER":
            return await self._enter(decision)
        if decision.decision == "EXIT":
            return await self._exit(decision)
        return self._said(decision, decision.decision.lower())

    async def on_ticks(self, ticks: Sequence[tuple[str, Fields]]) -> None:
        """Work through ticks. Most are of contracts that nobody holds: of those the last one is kept, unread."""
        held = self._held()
        for tick_id, fields in ticks:
            contract = self._latest.keep(fields)
            if contract is not None and contract not in held:
                continue
            tick = self._latest.read(fields)
            if tick is not None and (events := await self._judged(tick_id, contract, tick)):
                self._at(cursor=tick_id)
                await self._desk.write(events)
                held = self._held()
        if ticks:
            self._at(cursor=ticks[-1][0])
            metrics.TICKS.labels(self._partition).inc(len(ticks))

    async def on_idle(self, now: datetime) -> None:
        """Settle what has expired, also when no tick comes any more."""
        if events := await self._settled(now):
            await self._desk.write(events)

    async def _judged(self, tick_id: str, contract: str | None, tick: TickReceived) -> list[TradeFilled]:
        at, events = tick.exchange_time, list[TradeFilled]()
        await self._end_bucket_before(at)
        if contract is not None:
            events += await self._on_quote(EntryId.parse(tick_id), contract, Quote.of(tick))
        events += await self._pass_time(at)
        if tick.expiry is None and at >= (self._desk.memory.spot_at or at):
            self._at(spot=Decimal(str(tick.ltp)), spot_at=at)
        return events

    async def _on_quote(self, tick_id: EntryId, contract: str, quote: Quote) -> list[TradeFilled]:
        events = []
        for position in self._desk.book.of_contract(contract):
            if position.is_before(tick_id):
                judged = on_quote(position, quote, self._rules)
                self._desk.book.keep(judged.position)
                if judged.reason is not None:
                    events.append(await self._sell(judged.position, quote.at, judged.reason))
        return events

    async def _pass_time(self, at: datetime) -> list[TradeFilled]:
        """Let the clock of the ticks go on, and close what is due by it. A late tick does not set it back."""
        if at <= (self._desk.memory.clock or datetime.min.replace(tzinfo=at.tzinfo)):
            return []
        self._at(clock=at)
        events = await self._settled(at)
        for position in self._desk.book.positions:
            if (reason := by_time(position, at, self._rules)) is not None:
                events.append(await self._sell(position, at, reason))
        return events

    async def _end_bucket_before(self, at: datetime) -> None:
        clock = self._desk.memory.clock
        if (
            clock is not None
            and floor_to_3min(at) > floor_to_3min(clock)
            and session_at(self._segment, clock)
        ):
            await self._desk.end_bucket(clock)

    async def _settled(self, at: datetime) -> list[TradeFilled]:
        events = []
        for position in self._desk.book.positions:
            value = await self._closing_value(position) if settlements.is_expired(position, at) else None
            if value is not None:
                worth, closed_at = settlements.intrinsic(position, value), settlements.settled_at(position)
                fill = settlement(position, closed_at, worth, value, self._rules.brokerage)
                events.append(await self._desk.fill(position, fill))
        return events

    async def _closing_value(self, position: Position) -> Decimal | None:
        memory = self._desk.memory
        if settlements.is_closing_value(memory.spot_at, position):
            return memory.spot
        value = await self._ledger.closing_value(settlements.closing_from(position))
        if value is None and position.trade_id not in self._unsettled:
            self._unsettled.add(position.trade_id)
            structlog.get_logger().warning("settlement.waiting", trade_id=position.trade_id)
        return value

    async def _sell(self, position: Position, at: datetime, reason: ExitReason) -> TradeFilled:
        filled = sold(position.marks.quote, at, self._rules, tick_size(self._segment, at.date()))
        return await self._desk.fill(position, sale(position, at, filled, reason, self._rules.brokerage))

    async def _enter(self, decision: DecisionMade) -> Effects:
        if await self._ledger.knows(trade_id_of(decision.event_id)):
            return self._said(decision, "repeated")
        memory, book = self._desk.memory, self._desk.book
        account = Account(self._segment, book.cash, book.positions, memory.clock, memory.cursor)
        outcome = decided(decision, self._latest.quote_for(decision), account, self._rules)
        if isinstance(outcome, str):
            return self._said(decision, outcome)
        self._said(decision, "entered")
        return self._desk.effects([await self._desk.fill(outcome.position, outcome.fill)])

    async def _exit(self, decision: DecisionMade) -> Effects:
        at = max(decision.event_time, self._desk.memory.clock or decision.event_time)
        if at - decision.event_time > self._rules.decision_age:
            return self._said(decision, "stale")
        meant = [position for position in self._desk.book.positions if _means(decision, position)]
        if not meant:
            return self._said(decision, "nothing_held")
        if session_at(self._segment, at) is None:
            return self._said(decision, "closed")
        self._said(decision, "exited")
        return self._desk.effects([await self._sell(position, at, "decision") for position in meant])

    def _said(self, decision: DecisionMade, outcome: str) -> Effects:
        metrics.DECISIONS.labels(self._partition, outcome).inc()
        if outcome not in {"hold", "wait"}:
            structlog.get_logger().info("paper.decided", event_id=decision.event_id, outcome=outcome)
        return NOTHING

    def _held(self) -> frozenset[str]:
        return frozenset(position.contract for position in self._desk.book.positions)

    def _at(self, **changes: object) -> None:
        self._desk.memory = msgspec.structs.replace(self._desk.memory, **changes)


def _means(decision: DecisionMade, position: Position) -> bool:
    """Say whether a decision to exit is about a position: what it leaves out is not asked for."""
    if decision.event_time < position.entered_at:
        return False
    asked = (decision.expiry, decision.strike, decision.side)
    held = (position.expiry, position.strike, position.side)
    return all(theirs is None or theirs == ours for theirs, ours in zip(asked, held, strict=True))
