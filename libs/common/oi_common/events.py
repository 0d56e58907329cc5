"""Every event that crosses a stream: one frozen model per stream, checked on both sides.

`docs/events.md` shows an entry of each. OI and volume are units, prices rupees, moments carry a zone.
"""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from oi_common.market.buckets import IST, floor_to_3min

# What the columns of oi_common.tables hold: a value beyond is refused here, where its field can be named.
MAX_STRIKE = 2**31 - 1  # INT, as for the lot size
MAX_UNITS = 2**63 - 1  # BIGINT
MAX_PRICE = 99_999_999.99  # DECIMAL(10,2)
MAX_GREEK = 999_999.9999  # DECIMAL(10,4)
MAX_GAMMA = 9_999.99999999  # DECIMAL(12,8)
YEARS = range(1900, 2200)  # farther off, adding a zone or a day leaves the calendar


def _whole(value: object) -> object:
    """Take 24500.0 for 24500: brokers and JSON writers print whole prices either way."""
    if isinstance(value, bool):
        raise ValueError("is not a number")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _iso(value: object) -> object:
    """Refuse what pydantic would read as seconds since 1970: dates and moments are ISO 8601 text."""
    if isinstance(value, str) and value[4:5] != "-":
        raise ValueError("is not an ISO 8601 date or moment")
    if isinstance(value, (int, float)):
        raise ValueError("is not an ISO 8601 date or moment")
    return value


def _in_ist(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise ValueError(f"is not a moment between {YEARS.start} and {YEARS.stop}")
    return at.astimezone(IST)


def _fits_the_calendar(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(f"is not a day between {YEARS.start} and {YEARS.stop}")
    return day


def _starts_a_bucket(at: datetime) -> datetime:
    if floor_to_3min(at) != at:
        raise ValueError("is not the start of a 3-minute bucket")
    return at


Moment = Annotated[AwareDatetime, BeforeValidator(_iso), AfterValidator(_in_ist)]
Day = Annotated[date, BeforeValidator(_iso), AfterValidator(_fits_the_calendar)]
BucketStart = Annotated[Moment, AfterValidator(_starts_a_bucket)]
Strike = Annotated[int, BeforeValidator(_whole), Field(gt=0, le=MAX_STRIKE)]
Units = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=MAX_UNITS)]
LotSize = Annotated[int, BeforeValidator(_whole), Field(gt=0, le=MAX_STRIKE)]
Change = Annotated[int, BeforeValidator(_whole)]
Price = Annotated[float, Field(ge=0, le=MAX_PRICE, allow_inf_nan=False)]
Spot = Annotated[float, Field(gt=0, le=MAX_PRICE, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Greek = Annotated[float, Field(ge=-MAX_GREEK, le=MAX_GREEK, allow_inf_nan=False)]
Gamma = Annotated[float, Field(ge=-MAX_GAMMA, le=MAX_GAMMA, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Z0-9_&-]+$")]
Segment = Annotated[str, Field(min_length=1, max_length=20)]
Side = Literal["CE", "PE"]
Source = Literal["live", "backfill"]


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
