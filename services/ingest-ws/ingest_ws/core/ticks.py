"""What a packet means for the instrument it is about, as the fields of a stream entry.

`flat_fields` is the fast way to what `oi_common.wire.encode(TickReceived(...))` gives; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import Final, Literal, NamedTuple

from ingest_ws.core.packets import Packet
from oi_common.market.buckets import IST

EXCHANGE_TYPES: Final = {"NSE": 1, "NFO": 2, "BSE": 3, "BFO": 4, "MCX": 5}

_EARLIEST_MS: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_LATEST_MS: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True)
class Instrument:
    """One thing that ticks, and the partition its ticks go to. Index and share have no expiry, a future no strike."""

    underlying: str
    segment: str
    token: str
    symbol: str
    expiry: date | None = None
    strike: int | None = None
    option_type: Literal["CE", "PE"] | None = None
    is_share: bool = False

    @property
    def key(self) -> tuple[int, str]:
        """How a packet names it."""
        return EXCHANGE_TYPES[self.segment], self.token

    @cached_property
    def event_id_begins(self) -> str:
        return f"ticks:{self.segment}:{self.token}:"

    @cached_property
    def first_fields(self) -> tuple[str, ...]:
        return "segment", self.segment, "token", self.token, "symbol", self.symbol

    @cached_property
    def last_fields(self) -> tuple[str, ...]:
        fields = {
            "index_name": self.underlying,
            "expiry": self.expiry,
            "strike": self.strike,
            "option_type": self.option_type,
        }
        return tuple(
            part for name, value in fields.items() if value is not None for part in (name, str(value))
        )

    @cached_property
    def trades(self) -> bool:
        """An index has no volume; what its packet says in its place means nothing."""
        return self.is_contract or self.is_share

    @cached_property
    def is_contract(self) -> bool:
        """Only futures and options have OI; what other packets say in its place means nothing."""
        return self.expiry is not None


class Tick(NamedTuple):
    """One packet about a known instrument, and when it came."""

    instrument: Instrument
    packet: Packet
    received_at: datetime


def refused_because(packet: Packet) -> str | None:
    """Return why a packet is no tick, None when it is one: without a price or a time it says nothing."""
    if packet.ltp <= 0:
        return "no_price"
    if not _EARLIEST_MS <= packet.exchange_time_ms < _LATEST_MS:
        return "no_time"
    return None


def flat_fields(tick: Tick) -> list[str]:
    """Return names and values in turn, in the order of `TickReceived`. `received_at` is IST.

    No price is 0: there the broker knows none (no trade yet, nobody offers), and the field is absent.
    """
    instrument, packet, received_at = tick
    exchanged, received = _moment(packet.exchange_time_ms), received_at.isoformat()
    flat = ["v", "1", "event_id", f"{instrument.event_id_begins}{exchanged}:{received}"]
    flat += instrument.first_fields
    flat += ("exchange_time", exchanged, "received_at", received, "ltp", str(packet.ltp))
    _add_price(flat, "bid", packet.bid)
    _add_price(flat, "ask", packet.ask)
    if instrument.trades:
        _add_units(flat, "volume", packet.volume)
    if instrument.is_contract:
        _add_units(flat, "oi", packet.oi)
    _add_price(flat, "open", packet.open)
    _add_price(flat, "high", packet.high)
    _add_price(flat, "low", packet.low)
    _add_price(flat, "prev_close", packet.prev_close)
    flat += instrument.last_fields
    return flat


def _add_price(flat: list[str], name: str, price: float | None) -> None:
    if price is not None and price > 0:
        flat += (name, str(price))


def _add_units(flat: list[str], name: str, units: int | None) -> None:
    if units is not None and units >= 0:
        flat += (name, str(units))


@lru_cache(maxsize=4096)  # the exchange's times are whole seconds: one for many ticks
def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, IST).isoformat()
