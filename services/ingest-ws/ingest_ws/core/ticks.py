"""What a packet means for the instrument it is about, and the command that puts it onto its stream.

The command is written in Redis' own protocol: what a day of ticks repeats, names and prices and what an instrument is,
is written once and kept. A client that packs every field of every tick anew takes three times as long. The fields are
those of `oi_common.wire.encode(TickReceived(...))`; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import Final, Literal, NamedTuple

from ingest_ws.core.packets import Packet
from ingest_ws.core.resp import bulk, bulks, command, field
from oi_common.events import TickReceived, stream_of
from oi_common.market.buckets import IST

Entry = tuple[str, bytes]  # a stream, and the whole command that adds to it

EXCHANGE_TYPES: Final = {"NSE": 1, "NFO": 2, "BSE": 3, "BFO": 4, "MCX": 5}

RECEIVED: Final = bulk("received_at")
_ALWAYS: Final = 3 + 2 * 8  # XADD, stream and *; v, event_id, segment, token, symbol, two times, ltp
EARLIEST_MS: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_MS: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)


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
    def head(self) -> bytes:
        """The same as it stands in the packet."""
        return head_of(*self.key)

    @cached_property
    def event_id_begins(self) -> str:
        return f"ticks:{self.segment}:{self.token}:"

    @cached_property
    def id_begins(self) -> bytes:
        return self.event_id_begins.encode()

    @cached_property
    def stream(self) -> str:
        return stream_of(TickReceived, self.underlying)

    @cached_property
    def entry_begins(self) -> bytes:
        return bulks("XADD", self.stream, "*", "v", "1", "event_id")

    @cached_property
    def first_fields(self) -> bytes:
        return bulks("segment", self.segment, "token", self.token, "symbol", self.symbol)

    @cached_property
    def after_id(self) -> bytes:
        """What stands between an event's id and the exchange's time."""
        return b"\r\n" + self.first_fields + bulk("exchange_time")

    @cached_property
    def entry_ends(self) -> bytes:
        return bulks(*(part for name, value in self._last_fields.items() for part in (name, str(value))))

    @cached_property
    def arguments(self) -> int:
        """How many arguments its commands have, whatever its packets say."""
        return _ALWAYS + 2 * len(self._last_fields)

    @property
    def _last_fields(self) -> dict[str, object]:
        fields = {
            "index_name": self.underlying,
            "expiry": self.expiry,
            "strike": self.strike,
            "option_type": self.option_type,
        }
        return {name: value for name, value in fields.items() if value is not None}

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


def head_of(exchange_type: int, token: str) -> bytes:
    """Return how a packet begins, behind its mode and up to the zeros behind its token."""
    return bytes([exchange_type]) + token.encode()


def refused_because(packet: Packet) -> str | None:
    """Return why a packet is no tick, None when it is one: without a price or a time it says nothing."""
    if packet.ltp <= 0:
        return "no_price"
    if not EARLIEST_MS <= packet.exchange_time_ms < LATEST_MS:
        return "no_time"
    return None


def entry(tick: Tick) -> bytes:
    """Return the XADD of a tick, its fields in the order of `TickReceived`. `received_at` is IST.

    No price is 0: there the broker knows none (no trade yet, nobody offers), and the field is absent.
    """
    instrument, packet, received_at = tick
    exchanged, received = moment(packet.exchange_time_ms), received_at.isoformat()
    told = [
        _price("bid", packet.bid),
        _price("ask", packet.ask),
        _units("volume", packet.volume) if instrument.trades else b"",
        _units("oi", packet.oi) if instrument.is_contract else b"",
        _price("open", packet.open),
        _price("high", packet.high),
        _price("low", packet.low),
        _price("prev_close", packet.prev_close),
    ]
    always = [
        instrument.entry_begins,
        bulk(f"{instrument.event_id_begins}{exchanged}:{received}"),
        instrument.first_fields,
        field("exchange_time", exchanged),
        RECEIVED,
        bulk(received),
        field("ltp", packet.ltp),
    ]
    arguments = instrument.arguments + 2 * (len(told) - told.count(b""))
    return command(arguments, [*always, *told, instrument.entry_ends])


def _price(name: str, price: float | None) -> bytes:
    return field(name, price) if price is not None and price > 0 else b""


def _units(name: str, units: int | None) -> bytes:
    return field(name, units) if units is not None and units >= 0 else b""


@lru_cache(maxsize=4096)  # the exchange's times are whole seconds: one for many ticks
def moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, IST).isoformat()
