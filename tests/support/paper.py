"""A paper trader without Redis and database, and builders of what it is told."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from oi_common.events import DecisionMade, TickReceived, TradeFilled
from oi_common.market.buckets import IST
from oi_common.market.chain import Side
from oi_common.market.underlyings import segment_of
from oi_common.wire import encode
from paper_trader.core.book import Equity, Published, Stored
from paper_trader.core.fills import Fill, event_of
from paper_trader.core.memory import Memory, dump
from paper_trader.core.positions import Position
from paper_trader.core.rules import Rules
from paper_trader.desk import Desk
from paper_trader.handlers import PaperTrader

DAY = date(2026, 11, 20)
EXPIRY = date(2026, 11, 23)  # the Tuesday is a holiday
OPENS = datetime(2026, 11, 20, 9, 15, tzinfo=IST)
TEN = datetime(2026, 11, 20, 10, 0, tzinfo=IST)

T = TypeVar("T")


def done(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def after(seconds: float, *, since: datetime = TEN) -> datetime:
    return since + timedelta(seconds=seconds)


def tick(
    at: datetime = TEN,
    ltp: float = 100.0,
    bid: float | None = None,
    ask: float | None = None,
    *,
    strike: int = 24500,
    side: Side = "CE",
    expiry: date = EXPIRY,
    index: str = "NIFTY",
) -> dict[str, str]:
    """Return the entry of an option's tick; without bid and ask a book of 0.10 around the price."""
    if bid is None and ask is None:
        bid, ask = ltp - 0.05, ltp + 0.05
    event = TickReceived(
        segment="NFO", token=f"{strike}{side}", symbol=f"{index}{strike}{side}", exchange_time=at, received_at=at,
        ltp=ltp, bid=bid or None, ask=ask or None, index_name=index, expiry=expiry, strike=strike, option_type=side,
    )  # fmt: skip
    return encode(event)


def spot(at: datetime = TEN, value: float = 24512.4, *, index: str = "NIFTY") -> dict[str, str]:
    """Return the entry of a tick of the index."""
    event = TickReceived(
        segment="NSE", token="99926000", symbol=index, exchange_time=at, received_at=at, ltp=value, index_name=index
    )  # fmt: skip
    return encode(event)


def decision(decided: str = "ENTER", at: datetime = TEN, **changes: Any) -> DecisionMade:
    """Return a decision; to enter, 24500 CE at 100 with a stop at 80 and a target at 140."""
    levels: dict[str, Any] = {"stop_loss": 80.0, "target": 140.0} if decided == "ENTER" else {}
    named: dict[str, Any] = {"expiry": EXPIRY, "strike": 24500, "side": "CE"}
    given = {
        "loop": "minimal",
        "engine": "rules",
        "index_name": "NIFTY",
        "reason": "because",
        **named,
        **levels,
    }
    return DecisionMade(**{**given, "event_time": at, "decision": decided, **changes})


class TablesInMemory:
    """The ledger's promises without a database."""

    def __init__(self) -> None:
        self.trades: list[tuple[Position, Fill]] = []
        self.open: dict[str, Position] = {}
        self.equity: dict[datetime, Equity] = {}
        self.closing: Decimal | None = None

    async def read(self, published: int | None) -> Stored:
        after_number = len(self.trades) - 1 if published is None else published
        numbered = [Published(n, event_of(*trade)) for n, trade in enumerate(self.trades, start=1)]
        return Stored(
            positions=tuple(self.open.values()),
            cash_flow=sum((fill.cash for _, fill in self.trades), Decimal(0)),
            unpublished=tuple(each for each in numbered if each.number > after_number),
            last_number=len(self.trades),
        )

    async def knows(self, trade_id: str) -> bool:
        return any(fill.trade_id == trade_id for _, fill in self.trades)

    async def record(self, position: Position, fill: Fill, equity: Equity) -> int:
        self.trades.append((position, fill))
        if fill.action == "ENTER":
            self.open[position.trade_id] = position
        else:
            del self.open[position.trade_id]
        self.equity[equity.time] = equity
        return len(self.trades)

    async def record_equity(self, equity: Equity, positions: Sequence[Position]) -> None:
        self.equity[equity.time] = equity
        self.open.update({position.trade_id: position for position in positions})

    async def closing_value(self, since: datetime) -> Decimal | None:
        del since
        return self.closing


class JournalInMemory:
    """The state hash and the stream of fills without Redis."""

    def __init__(self) -> None:
        self.version = 0
        self.text: str | None = None
        self.published: list[TradeFilled] = []

    async def read(self) -> tuple[int, str | None]:
        return self.version, self.text

    async def write(self, memory: Memory, published: Sequence[TradeFilled] = ()) -> None:
        assert memory.version == self.version + 1
        self.version, self.text = memory.version, dump(memory)
        self.published += published


class Paper:
    """One paper trader, its tables and its journal, driven entry by entry."""

    def __init__(self, rules: Rules | None = None, index: str = "NIFTY") -> None:
        self.tables, self.journal, self.rules = TablesInMemory(), JournalInMemory(), rules or Rules()
        self.index = index
        self.desk = Desk(index, self.tables, self.journal, self.rules.capital)
        self.trader = PaperTrader(index, segment_of(index), self.desk, self.tables, self.rules)
        self._ids = 0
        done(self.trader.restore())

    def ticks(self, *entries: dict[str, str]) -> None:
        """Hand over ticks, one after the other, in one page."""
        done(self.trader.on_ticks([(self._next_id(), fields) for fields in entries]))

    def decides(self, made: DecisionMade) -> list[TradeFilled]:
        """Hand over a decision, take over its effects as Redis does, and return the fills."""
        effects = done(self.trader.on_decision(made))
        if effects.state:
            self.journal.version, self.journal.text = int(effects.state["version"]), effects.state["memory"]
        published = [event for event in effects.publish if isinstance(event, TradeFilled)]
        self.journal.published += published
        return published

    def enters(self, at: datetime = TEN, **changes: Any) -> None:
        """Open a position by a fresh quote around 100."""
        self.ticks(spot(at), tick(at))
        [_filled] = self.decides(decision(at=at, **changes))

    def restart(self) -> None:
        """Write how far the ticks are read, then begin anew with what is written down."""
        done(self.trader.flush())
        self.desk = Desk(self.index, self.tables, self.journal, self.rules.capital)
        self.trader = PaperTrader(self.index, segment_of(self.index), self.desk, self.tables, self.rules)
        done(self.trader.restore())

    @property
    def exits(self) -> list[Fill]:
        return [fill for _, fill in self.tables.trades if fill.action == "EXIT"]

    def _next_id(self) -> str:
        self._ids += 1
        return f"1000-{self._ids}"
