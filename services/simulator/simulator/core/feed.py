"""The market's socket without the network: who listens, what they hear, and what goes wrong on the way."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from itertools import count
from typing import Final, cast

from simulator.core.faults import Switchboard
from simulator.core.market import Exchange, Market, Quote
from simulator.core.packets import EXCHANGES, Mode, packet
from simulator.core.subscriptions import BadWish, Subscription, Subscriptions, error_text, parse_wish
from simulator.core.tally import Tally
from simulator.core.ticking import Key, TickSchedule

MOST_SOCKETS: Final = 3
_GARBAGE: Final = "\ufffd not json {"
_CUT: Final = 7
_UNKNOWN_MODE: Final = b"\x09"
_OUT_OF_ORDER: Final = 10


class Ending(Enum):
    """How the exchange ends a connection."""

    CLEAN = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Drip:
    """A packet that goes out a few bytes at a time, so many a (real) second."""

    packet: bytes
    bytes_per_second: float


Frame = bytes | str | Ending | Drip


@dataclass(slots=True)
class _Socket:
    client: str
    subscriptions: Subscriptions = field(default_factory=Subscriptions)


class Feed:
    """All open sockets; every method returns the frames it wants sent."""

    def __init__(
        self, market: Market, faults: Switchboard, tally: Tally, *, most_ticks_per_second: float
    ) -> None:
        self._market = market
        self._faults = faults
        self._tally = tally
        self._sockets: dict[int, _Socket] = {}
        self._ids = count(1)
        self._sequences: Counter[Exchange] = Counter()
        self._schedule = TickSchedule(most_ticks_per_second)
        self._indexes = frozenset(
            (each.exchange, each.token) for each in market.instruments() if each.kind == "AMXIDX"
        )
        self._known = frozenset((each.exchange, each.token) for each in market.instruments())
        self._wanted: dict[Key, dict[Mode, list[int]]] = {}

    def open(self, client: str) -> int | None:
        """Return the new socket's number, None when the client has as many as it may."""
        if sum(socket.client == client for socket in self._sockets.values()) >= MOST_SOCKETS:
            return None
        number = next(self._ids)
        self._sockets[number] = _Socket(client)
        self._tally.socket["opened"] += 1
        self._note_sizes()
        return number

    def close(self, number: int) -> None:
        self._sockets.pop(number, None)
        self._note_sizes()

    def hear(self, number: int, text: str, at: datetime) -> list[Frame]:
        """Return the answer to a client's text: `pong`, an error, or snapshots of what it newly subscribed."""
        if text == "ping":
            return ["pong"]
        try:
            wish = parse_wish(text)
        except BadWish as e:
            self._tally.socket["E1001"] += 1
            return [error_text("E1001", e.correlation)]
        new = self._sockets[number].subscriptions.apply(wish)
        if new is None:
            self._tally.socket["E1002"] += 1
            return [error_text("E1002", wish.correlation)]
        self._note_sizes()
        return self._snapshots(new, at)

    def beat(self, at: datetime, elapsed: float) -> Mapping[int, list[Frame]]:
        """Return what each socket hears now, `elapsed` real seconds after the last beat."""
        if ending := self._ending(at):
            return {number: [ending] for number in self._sockets}
        if not self._wanted or self._faults.strike("ws_stall", at):
            return {}
        second = at.replace(microsecond=0)
        heard: dict[int, list[Frame]] = defaultdict(list)
        due = self._schedule.due(self._wanted, self._indexes, second, elapsed)
        for key, quote in self._quotes(due, second):
            for mode, numbers in self._wanted[key].items():
                frames = self._frames(key, mode, quote, second)
                for number in numbers:
                    heard[number] += frames
        self._tally.socket["packets"] += sum(map(len, heard.values()))
        return heard

    def _ending(self, at: datetime) -> Ending | None:
        if not self._sockets:
            return None
        if self._faults.strike("ws_close", at):
            return Ending.CLEAN
        return Ending.RESET if self._faults.strike("ws_reset", at) else None

    def _snapshots(self, subscriptions: Iterable[Subscription], at: datetime) -> list[Frame]:
        # Whether the broker sends one at subscription is not documented: a switch.
        if self._faults.strike("ws_snapshot", at) or self._faults.strike("ws_stall", at):
            return []
        modes = [(key, mode) for mode, kind, token in subscriptions if (key := self._key(kind, token))]
        quotes = dict(self._quotes(dict.fromkeys(key for key, _ in modes), at))
        frames = [
            frame
            for key, mode in modes
            if key in quotes
            for frame in self._frames(key, mode, quotes[key], at)
        ]
        self._tally.socket["packets"] += len(frames)
        return frames

    def _quotes(self, keys: Iterable[Key], at: datetime) -> list[tuple[Key, Quote]]:
        wanted = list(keys)
        quotes = self._market.quotes(wanted, at)
        return [(key, quote) for key, quote in zip(wanted, quotes, strict=True) if quote is not None]

    def _frames(self, key: Key, mode: Mode, quote: Quote, at: datetime) -> list[Frame]:
        """Return one packet, or what the faults in force make of it."""
        strike = self._faults.strike
        if strike("ws_zero_ladder", at):
            quote = replace(quote, buy=(), sell=())
        if frozen := strike("ws_frozen_time", at):
            quote = replace(quote, fed_at=frozen.armed_at, traded_at=min(quote.traded_at, frozen.armed_at))
        sequence = self._next_sequence(key)
        if strike("ws_out_of_order", at):
            sequence -= _OUT_OF_ORDER
        built = packet(mode, *key, quote, sequence=sequence)
        if strike("ws_truncated", at):
            built = built[:-_CUT]
        if strike("ws_unknown_mode", at):
            built = _UNKNOWN_MODE + built[1:]
        frames: list[Frame] = [built]
        if strike("ws_duplicate", at):
            frames *= 2
        if burst := strike("ws_burst", at):
            frames *= int(float(burst.value))
        if drip := strike("ws_slow_drip", at):
            frames = [Drip(built, float(drip.value)), *frames[1:]]
        return [_GARBAGE, *frames] if strike("ws_text_garbage", at) else frames

    def _next_sequence(self, key: Key) -> int:
        """Return the exchange's next number; indexes have none."""
        if key in self._indexes:
            return 0
        self._sequences[key[0]] += 1
        return self._sequences[key[0]]

    def _key(self, exchange_type: int, token: str) -> Key | None:
        """Return the instrument, None for what this market does not trade: the broker is silent about those."""
        exchange = EXCHANGES.get(exchange_type)
        key = (cast("Exchange", exchange), token)
        return key if key in self._known else None

    def _note_sizes(self) -> None:
        wanted: dict[Key, dict[Mode, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, socket in self._sockets.items():
            for mode, kind, token in socket.subscriptions:
                if key := self._key(kind, token):
                    wanted[key][mode].append(number)
        self._wanted = wanted
        self._tally.socket["open"] = len(self._sockets)
        self._tally.socket["most_open"] = max(self._tally.socket["most_open"], len(self._sockets))
        self._tally.socket["subscriptions"] = sum(len(each.subscriptions) for each in self._sockets.values())
