"""Looking at a running demo: its streams, its tables, its processes."""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Engine, select

from oi_cli.chain.reading import chains_of_last_day, read_chain
from oi_cli.chain.view import ChainView
from oi_cli.demo.picture import Counts, IndexNow, Picture, bucket_line
from oi_cli.demo.supervisor import Condition
from oi_cli.quality.ledger import Chain, Header, Place
from oi_cli.quality.reading import read_headers, read_saved
from oi_cli.reading import reading
from oi_cli.streams import ALL, Streams
from oi_common.events import ChainPolled, OiChanged, SnapshotSaved, TickReceived
from oi_common.market.underlyings import INDIA_VIX
from oi_common.tables import services

_ROTATES_EVERY = 8.0


class Watch:
    """Makes pictures of a demo; knows which buckets it has already told of, and which chain is on view."""

    def __init__(
        self,
        engine: Engine,
        streams: Streams,
        indices: Sequence[str],
        *,
        conditions: Callable[[], tuple[Condition, ...]],
    ) -> None:
        self._engine = engine
        self._streams = streams
        self._indices = tuple(indices)
        self._conditions = conditions
        self._told: set[Place] = set()
        self._turned = 0
        self._turned_at = time.monotonic()
        self._turns_by_itself = True

    def turn(self, steps: int) -> None:
        """Put another chain on view; from now on it stays until it is turned again."""
        self._turned += steps
        self._turns_by_itself = False

    def picture(self, day: date) -> Picture:
        """Look at everything. Raises Unavailable when Redis or the database is away."""
        exchange = self._streams.exchange_time(time.time())
        now = exchange.now if exchange else None
        with reading(self._engine) as connection:
            headers = read_headers(connection, day)
            return Picture(
                now=now,
                speed=exchange.speed if exchange else None,
                indices=tuple(self._index(name, headers) for name in self._indices),
                counts=self.counts(),
                conditions=self._conditions(),
                statuses=_statuses(connection),
                chain=self._chain(connection, now),
                finished=self._finished(connection, day, headers),
            )

    def counts(self) -> Counts:
        def total(event: type) -> int:
            return sum(self._streams.length(event, name) for name in self._indices)

        return Counts(
            ticks=total(TickReceived),
            polls=total(ChainPolled),
            changes=total(OiChanged),
            snapshots=total(SnapshotSaved),
            dead=sum(len(self._streams.dead(event, name)) for event in ALL for name in self._indices),
        )

    def _index(self, name: str, headers: Sequence[Header]) -> IndexNow:
        known = [header for header in headers if header.chain.index_name == name]
        nearest = min((header.chain.expiry for header in known), default=None)
        with_pcr = [h for h in known if h.chain.expiry == nearest and h.pcr_oi is not None]
        latest = max(with_pcr, key=lambda header: header.time, default=None)
        poll = self._streams.last_poll(name)
        return IndexNow(
            name=name,
            spot=poll.spot if poll else None,
            pcr=latest.pcr_oi if latest else None,
            bucket=max((header.time for header in known), default=None),
        )

    def _chain(self, connection: Connection, now: datetime | None) -> ChainView | None:
        chains = chains_of_last_day(connection, self._indices)
        if not chains:
            return None
        chain = self._on_view(chains)
        poll = self._streams.last_poll(chain.index_name, chain.expiry)
        vix = self._streams.last_price(INDIA_VIX.name, now.date()) if now else None
        return read_chain(connection, chain, poll=poll, now=now, vix=vix)

    def _on_view(self, chains: Sequence[Chain]) -> Chain:
        if self._turns_by_itself and time.monotonic() - self._turned_at > _ROTATES_EVERY:
            self._turned_at = time.monotonic()
            self._turned += 1
        return chains[self._turned % len(chains)]

    def _finished(self, connection: Connection, day: date, headers: Sequence[Header]) -> tuple[str, ...]:
        fresh = [h for h in headers if h.is_finished and Place(h.chain, h.time) not in self._told]
        if not fresh:
            return ()
        saved = read_saved(connection, day, since=min(header.time for header in fresh))
        self._told |= {Place(header.chain, header.time) for header in fresh}
        fresh.sort(key=lambda header: (header.time, header.chain))
        return tuple(bucket_line(header, saved.get(Place(header.chain, header.time))) for header in fresh)


def _statuses(connection: Connection) -> dict[str, str]:
    found = connection.execute(select(services.c.service, services.c.status).order_by(services.c.beat_at))
    return {row.service: row.status for row in found}
