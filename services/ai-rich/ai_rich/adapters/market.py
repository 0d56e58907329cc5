"""The market as it stands: the newest ticks of the stream, the open position of the table."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from ai_rich.core.situations import Quote, Seen
from oi_common.advice.positions import open_position
from oi_common.connections import AsyncRedis, redis_away_is_unavailable
from oi_common.database import Database
from oi_common.errors import Unprocessable
from oi_common.events import TickReceived, stream_of
from oi_common.market.chain import Contract
from oi_common.market.underlyings import segment_of
from oi_common.wire import decode

_NEWEST = 800  # entries: some seconds of an index with its chains

Fields = Mapping[str, str]


class LiveMarket:
    """Looks only when it is asked: the deep loop does not follow the ticks."""

    def __init__(self, redis: AsyncRedis, database: Database, partition: str) -> None:
        self._redis = redis
        self._database = database
        self._partition = partition

    async def look(self, expiry: date, at: datetime) -> Seen:
        """Return the newest quotes of a chain and its index, and what is held. Raises Unavailable."""
        with redis_away_is_unavailable():
            entries = await self._redis.xrevrange(stream_of(TickReceived, self._partition), count=_NEWEST)
        held = await self._database.read(
            lambda connection: open_position(connection, self._partition, expiry, at)
        )
        quotes = dict(_newest(fields for _, fields in entries if fields.get("expiry") == expiry.isoformat()))
        return Seen(self._spot(entries), quotes, held)

    def _spot(self, entries: list[tuple[str, Fields]]) -> Quote | None:
        """Return the newest tick of the index; a commodity has none, and its nearest future stands for it."""
        ticks = [fields for _, fields in entries if "strike" not in fields]
        if segment_of(self._partition) != "MCX":
            ticks = [fields for fields in ticks if "expiry" not in fields]
        ticks.sort(key=lambda fields: fields.get("expiry", ""))
        return next((quote for fields in ticks if (quote := _quote(fields)) is not None), None)


def _newest(ticks: Iterator[Fields]) -> Iterator[tuple[Contract, Quote]]:
    """Yield each contract's newest tick that can be read, out of ticks of which the newest come first."""
    seen = set()
    for fields in ticks:
        named = (fields.get("strike"), fields.get("option_type"))
        if None in named or named in seen:
            continue
        quote = _quote(fields)
        if quote is not None:
            seen.add(named)
            yield Contract(int(str(named[0])), "CE" if named[1] == "CE" else "PE"), quote


def _quote(fields: Fields) -> Quote | None:
    try:
        tick = decode(TickReceived, fields)
    except Unprocessable:  # another comes within a second
        return None
    return Quote(tick.exchange_time, tick.ltp or None, tick.bid, tick.ask)
