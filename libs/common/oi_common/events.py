"""Every event that crosses a stream: one frozen model per stream, checked on both sides.

`docs/events.md` shows an entry of each. OI and volume are units, prices rupees, moments carry a zone.
"""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from oi_common.values import (
    BucketStart,
    Change,
    Day,
    Gamma,
    Greek,
    LotSize,
    Moment,
    Name,
    Number,
    Price,
    Segment,
    Side,
    Source,
    Spot,
    Strike,
    Units,
)


class Fact(BaseModel):
    """A frozen part of an event. Unknown keys are ignored, so that a writer may be newer than a reader."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Event(Fact):
    """Something that happened. `event_id` is derived from what it is about, so a replay repeats it."""

    kind: ClassVar[str]
    identity: ClassVar[tuple[str, ...]]

    v: Annotated[int, Field(ge=1, le=1)] = 1  # schema version
    event_id: Annotated[str, Field(max_length=250)] = ""

    @model_validator(mode="after")
    def _derive_event_id(self) -> Self:
        if not self.event_id:
            parts = (getattr(self, name) for name in self.identity)
            words = (part.isoformat() if isinstance(part, date) else str(part) for part in parts)
            object.__setattr__(self, "event_id", ":".join((self.kind, *words)))
        return self


class TickReceived(Event):
    """One decoded packet of the market socket."""

    kind = "ticks"
    identity = ("segment", "token", "exchange_time", "received_at")

    segment: Segment
    token: str
    symbol: str
    exchange_time: Moment
    received_at: Moment
    ltp: Price
    bid: Price | None = None
    ask: Price | None = None
    volume: Units | None = None
    oi: Units | None = None
    open: Price | None = None
    high: Price | None = None
    low: Price | None = None
    prev_close: Price | None = None
    index_name: Name | None = None
    expiry: Day | None = None
    strike: Strike | None = None
    option_type: Side | None = None


class PolledQuote(Fact):
    """What the broker said about one contract in one poll; None is what it did not say."""

    strike: Strike
    side: Side = Field(alias="type")
    token: str | None = None
    oi: Units | None = None
    ltp: Price | None = None
    volume: Units | None = None
    bid: Price | None = None
    ask: Price | None = None
    prev_close: Price | None = None
    feed_time: Moment | None = None


class ChainPolled(Event):
    """One poll of one chain. A contract that the broker did not return is absent from `quotes`."""

    kind = "polls"
    identity = ("index_name", "expiry", "polled_at")

    index_name: Name
    expiry: Day
    segment: Segment
    feed_time: Moment
    polled_at: Moment
    source: Source
    lot_size: LotSize
    spot: Spot | None = None
    quotes: tuple[PolledQuote, ...]

    @model_validator(mode="after")
    def _is_not_fed_on_a_later_day(self) -> Self:
        # Taken for true, such a stamp would make every real poll of the chain late until that day.
        if self.feed_time.date() > self.polled_at.date():
            raise ValueError(f"feed_time: {self.feed_time.isoformat()} lies after the day of the poll")
        return self

    @model_validator(mode="after")
    def _has_each_contract_once(self) -> Self:
        seen = set()
        for quote in self.quotes:
            if (quote.strike, quote.side) in seen:
                raise ValueError(f"quotes: {quote.strike} {quote.side} stands there twice")
            seen.add((quote.strike, quote.side))
        return self


class ChainBackfilled(ChainPolled):
    """One past poll of one chain, told afterwards from the broker's history."""

    kind = "backfill"


class CandleClosed(Event):
    """One finished 3-minute candle of the index; `time` is the start of its bucket."""

    kind = "candles"
    identity = ("index_name", "time", "source")

    index_name: Name
    time: BucketStart
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Units | None = None
    source: Source

    @model_validator(mode="after")
    def _spans_open_and_close(self) -> Self:
        if not self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high:
            raise ValueError(
                f"high: {self.high} and low: {self.low} do not span {self.open} and {self.close}"
            )
        return self


class ContractGreeks(Fact):
    """Greeks of one contract: IV in percent, theta per day, vega per IV point."""

    strike: Strike
    side: Side = Field(alias="type")
    iv: Greek | None = None
    delta: Greek | None = None
    gamma: Gamma | None = None
    theta: Greek | None = None
    vega: Greek | None = None


class DayClosed(Event):
    """A trading day of one underlying is over, and all its live polls and candles have been handled.

    Every bucket of the day's chains that nobody has polled is now known to be missing.
    """

    kind = "days"
    identity = ("index_name", "day", "closed_at")

    index_name: Name
    segment: Segment
    day: Day
    closed_at: Moment
    expiries: tuple[Day, ...]


class GreeksFetched(Event):
    """Greeks of one chain, the broker's or the model's."""

    kind = "greeks"
    identity = ("index_name", "expiry", "feed_time", "source")

    index_name: Name
    expiry: Day
    feed_time: Moment
    source: Literal["broker", "model"]
    rows: tuple[ContractGreeks, ...]


class OiChange(Fact):
    """The move of one contract's OI; `prev_oi` is None when the contract is seen for the first time today."""

    strike: Strike
    side: Side = Field(alias="type")
    prev_oi: Units | None = None
    oi: Units
    change: Change | None = None
    percent: Number | None = None


class OiChanged(Event):
    """One poll that changed some OI."""

    kind = "changes"
    identity = ("index_name", "expiry", "feed_time")

    index_name: Name
    expiry: Day
    feed_time: Moment
    time: BucketStart
    changed: Units
    total: Units
    changed_ratio: Number
    changes: tuple[OiChange, ...]
    source: Source


class SnapshotSaved(Event):
    """One bucket of one chain was saved, or sealed. `rows` are the chain's rows as the database holds them."""

    kind = "snapshots"
    identity = ("index_name", "expiry", "time", "state", "feed_time")

    index_name: Name
    expiry: Day
    time: BucketStart
    feed_time: Moment | None = None
    state: Literal["saved", "sealed"]
    reason: str
    strikes: Units
    source: Source
    spot: Number | None = None
    metrics: dict[str, Any]
    rows: tuple[dict[str, Any], ...]


class DecisionMade(Event):
    """One decision of an AI loop, by a model or by the rules."""

    kind = "decisions"
    identity = ("loop", "index_name", "event_time")

    loop: Literal["minimal", "rich"]
    engine: Literal["llm", "rules"]
    model: str | None = None
    index_name: Name
    expiry: Day | None = None
    event_time: Moment
    decision: Literal["ENTER", "HOLD", "EXIT", "WAIT"]
    side: Side | None = None
    strike: Strike | None = None
    entry: Price | None = None
    stop_loss: Price | None = None
    target: Price | None = None
    confidence: Number | None = None
    reason: str
    evidence: tuple[str, ...] = ()
    latency_ms: Number | None = None
    tokens_in: Units | None = None
    tokens_out: Units | None = None
    cost_inr: Number | None = None


class TradeFilled(Event):
    """One paper fill."""

    kind = "trades"
    identity = ("trade_id", "action")

    trade_id: str
    action: Literal["ENTER", "EXIT"]
    index_name: Name
    expiry: Day
    strike: Strike
    side: Side
    quantity: Units
    price: Price
    reason: str
    charges: Number
    pnl_gross: Number | None = None
    pnl_net: Number | None = None


class AlertRaised(Event):
    """Something a person should know."""

    kind = "alerts"
    identity = ("rule", "index_name", "raised_at")

    rule: str
    severity: Literal["info", "warning", "critical"]
    raised_at: Moment
    index_name: Name | None = None
    title: str
    text: str
    facts: dict[str, Any] = Field(default_factory=dict)


EVENTS: tuple[type[Event], ...] = (
    TickReceived,
    ChainPolled,
    ChainBackfilled,
    CandleClosed,
    DayClosed,
    GreeksFetched,
    OiChanged,
    SnapshotSaved,
    DecisionMade,
    TradeFilled,
    AlertRaised,
)


def stream_of(event: type[Event], underlying: str | None = None) -> str:
    """Return the stream of one kind of event; the partition stands in braces, Redis Cluster's hash tag."""
    return f"oi:{event.kind}" if underlying is None else f"oi:{event.kind}:{{{underlying}}}"
