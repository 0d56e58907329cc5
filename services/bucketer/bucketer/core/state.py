"""What the bucketer remembers of one chain between two polls."""

from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

from oi_common.events import PolledQuote
from oi_common.market.chain import Contract, Side
from oi_common.market.timeframes import BucketTotals

Reason = Literal["baseline", "oi_changed", "new_bucket"]


class Quote(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last that was said about a contract today; None is what nobody has said."""

    oi: int | None = None
    ltp: float | None = None
    volume: int | None = None
    bid: float | None = None
    ask: float | None = None
    prev_close: float | None = None

    @classmethod
    def of(cls, quote: PolledQuote) -> "Quote":
        return cls(quote.oi, quote.ltp, quote.volume, quote.bid, quote.ask, quote.prev_close)


class Leg(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a later snapshot compares itself with."""

    oi: int | None = None
    ltp: float | None = None


class Saved(msgspec.Struct, frozen=True, omit_defaults=True):
    """A saved snapshot, as far as the next one needs it. `forward` and `atm_iv` are as their columns hold them."""

    time: datetime
    legs: dict[str, Leg]
    feed_time: datetime | None = None
    forward: float | None = None
    atm_iv: float | None = None


class Added(msgspec.Struct, frozen=True, omit_defaults=True):
    """OI added today by each side, in units: a contract counts from when it was first seen."""

    ce: int = 0
    pe: int = 0


class Measures(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the chain as a whole says; names are columns of `chain_buckets`."""

    spot: float | None = None
    forward: float | None = None
    priced_on: Literal["spot", "forward"] | None = None
    ce_oi: int | None = None
    pe_oi: int | None = None
    ce_oi_change: int | None = None
    pe_oi_change: int | None = None
    ce_oi_added: int | None = None
    pe_oi_added: int | None = None
    ce_volume: int | None = None
    pe_volume: int | None = None
    pcr_oi: float | None = None
    pcr_volume: float | None = None
    pcr_oi_change: float | None = None
    max_pain: int | None = None
    atm_strike: int | None = None
    atm_forward_strike: int | None = None
    atm_iv: float | None = None
    skew_25d: float | None = None
    straddle: float | None = None
    implied_move: float | None = None
    net_gex: float | None = None
    gex_flip: float | None = None
    support: list[dict[str, Any]] | None = None
    resistance: list[dict[str, Any]] | None = None
    direction: str | None = None
    confidence: float | None = None
    trade_signal: str | None = None
    signal_reasons: list[str] | None = None
    timeframes: dict[str, dict[str, Any]] | None = None


MEASURES: Final = tuple(field.name for field in msgspec.structs.fields(Measures))


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """One bucket of one chain, as far as its polls tell."""

    time: datetime
    is_stub: bool
    expected: int
    polls: int = 0
    changed: int = 0
    missed: tuple[str, ...] = ()  # poll slots as HH:MM:SS, IST
    feed_time: datetime | None = None
    first_change_at: datetime | None = None
    last_change_at: datetime | None = None
    reason: Reason | None = None
    saved_at: datetime | None = None
    lot_size: int | None = None
    source: str | None = None
    measures: Measures = Measures()


class ChainState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One chain on one day. (feed_time, polled_at) is the newest poll handled; older ones are late."""

    index_name: str
    expiry: date
    day: date
    feed_time: datetime
    polled_at: datetime
    quotes: dict[str, Quote] = {}
    saved: Saved | None = None  # the last snapshot
    previous: Saved | None = None  # the last snapshot of an earlier bucket than `saved`
    yesterday: dict[str, int] = {}  # last OI of the previous trading day, as far as known
    headers: tuple[Header, ...] = ()  # of the buckets that polls may still touch
    last_slot: datetime | None = None
    added: Added = Added()
    series: tuple[BucketTotals, ...] = ()  # of the day's buckets that were polled, as their headers have them


def key_of(strike: int, side: Side) -> str:
    return f"{strike}{side}"


def contract_of(key: str) -> Contract:
    side: Side = "CE" if key.endswith("CE") else "PE"
    return Contract(int(key[:-2]), side)


def dump(state: ChainState) -> str:
    return msgspec.json.encode(state).decode()


def load(text: str) -> ChainState:
    """Read a dumped state. Raises msgspec.ValidationError for one of another shape."""
    return msgspec.json.decode(text, type=ChainState)
