"""A chain's state as the tables tell it: for when Redis has lost it, and for what is told about the past."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, func, select

from bucketer.core.state import MEASURES, Added, ChainState, Header, Leg, Measures, Quote, Saved, key_of
from oi_common.database import on_day
from oi_common.market.buckets import from_utc_naive, from_wall_time, wall_time
from oi_common.market.chain import Side
from oi_common.market.sessions import previous_trading_day
from oi_common.market.timeframes import BucketTotals
from oi_common.market.underlyings import segment_of
from oi_common.tables import chain_buckets, oi_changes, option_snapshots

_SIDES: tuple[Side, Side] = ("CE", "PE")


@dataclass(frozen=True, slots=True)
class _Chain:
    """One chain on one day, as the tables may be asked about it.

    What was told afterwards belongs to the past that a backfill builds on, never to the live state: the live
    series is the same whether or not a repair has happened meanwhile.
    """

    connection: Connection
    index_name: str
    expiry: date
    day: date
    until: datetime | None = None  # wall time; only buckets before it
    is_live: bool = True

    def rows(self, table: Table) -> tuple[ColumnElement[bool], ...]:
        here = [*_on(table, self.index_name, self.day), table.c.expiry == self.expiry]
        if self.until is not None:
            here.append(table.c.time < self.until)
        here.append(table.c.source.in_(("live",) if self.is_live else ("live", "backfill")))
        return tuple(here)


def last_known(connection: Connection, index_name: str) -> list[ChainState]:
    """Return the live state of each chain that was polled on the partition's last day.

    OI is exact: the last snapshot's, moved on by the changes recorded after it. Prices are the snapshot's.
    """
    newest = select(func.max(chain_buckets.c.time)).where(
        chain_buckets.c.index_name == index_name, chain_buckets.c.polls > 0
    )
    last = connection.execute(newest).scalar_one_or_none()
    if last is None:
        return []
    day = last.date()
    expiries = connection.execute(
        select(chain_buckets.c.expiry)
        .distinct()
        .where(*_on(chain_buckets, index_name, day), chain_buckets.c.polls > 0)
    ).scalars()
    chains = [_Chain(connection, index_name, expiry, day) for expiry in sorted(expiries)]
    return [state for chain in chains if (state := _state(chain)) is not None]


def as_of(connection: Connection, index_name: str, expiry: date, bucket: datetime) -> ChainState:
    """Return a chain as it stood when a bucket began: live and repaired buckets before it, yesterday's last OI."""
    day = bucket.date()
    chain = _Chain(connection, index_name, expiry, day, until=wall_time(bucket), is_live=False)
    state = _state(chain)
    if state is None:
        yesterday = last_oi(connection, index_name, expiry, day)
        state = ChainState(index_name, expiry, day, bucket, bucket, yesterday=yesterday)
    return state


def last_oi(connection: Connection, index_name: str, expiry: date, day: date) -> dict[str, int]:
    """Return the last OI of each contract on the trading day before `day`, repaired buckets included."""
    before = previous_trading_day(segment_of(index_name), day)
    quotes = _quotes(_Chain(connection, index_name, expiry, before, is_live=False))
    return {key: quote.oi for key, quote in quotes.items() if quote.oi is not None}


def _state(chain: _Chain) -> ChainState | None:
    headers = chain.connection.execute(
        select(chain_buckets).where(*chain.rows(chain_buckets)).order_by(chain_buckets.c.time.desc())
    ).all()
    if not headers:
        return None
    last_saved = [header for header in headers if header.reason is not None][:2]
    saved = [_saved(chain, header) for header in last_saved]
    last = headers[0]
    feed_time = from_utc_naive(last.feed_time)
    return ChainState(
        chain.index_name,
        chain.expiry,
        chain.day,
        feed_time,
        _polled_at(chain, last) or feed_time,
        quotes=_quotes(chain),
        saved=saved[0] if saved else None,
        previous=saved[1] if len(saved) > 1 else None,
        yesterday=last_oi(chain.connection, chain.index_name, chain.expiry, chain.day),
        headers=(_header(last),),
        last_slot=feed_time,
        added=_added(chain, last_saved[0] if last_saved else None),
        series=tuple(_totals(header) for header in reversed(headers)),
    )


def _polled_at(chain: _Chain, last: Any) -> datetime | None:
    """Return when the last poll that changed something was made, if it is the newest: it may be delivered again."""
    here = (*chain.rows(oi_changes), oi_changes.c.feed_time == last.feed_time)
    polled_at = chain.connection.execute(select(func.max(oi_changes.c.polled_at)).where(*here)).scalar()
    return None if polled_at is None else from_utc_naive(polled_at)


def _added(chain: _Chain, saved: Any) -> Added:
    """Return what was added up to the newest snapshot, moved on by the changes recorded after it."""
    if saved is None:
        return Added()
    c = oi_changes.c
    of_poll = select(option_snapshots.c.feed_time).where(
        *chain.rows(option_snapshots), option_snapshots.c.time == saved.time
    )
    since = c.feed_time > of_poll.limit(1).scalar_subquery()
    rows = chain.connection.execute(select(c.changes).where(*chain.rows(oi_changes), since)).scalars()
    moved = {"CE": saved.ce_oi_added or 0, "PE": saved.pe_oi_added or 0}
    for change in (change for changes in rows for change in changes):
        moved[change["type"]] += change.get("change") or 0
    return Added(moved["CE"], moved["PE"])


def _totals(header: Any) -> BucketTotals:
    return BucketTotals(
        from_wall_time(header.time),
        "open",
        _float(header.spot),
        header.ce_oi,
        header.pe_oi,
        ce_oi_added=header.ce_oi_added,
        pe_oi_added=header.pe_oi_added,
    )


def _saved(chain: _Chain, header: Any) -> Saved:
    rows = _rows(chain, header.time)
    legs = {key: Leg(quote.oi, quote.ltp) for key, quote in _quotes_of(rows).items()}
    feed_time = from_utc_naive(rows[0]["feed_time"]) if rows else None
    return Saved(from_wall_time(header.time), legs, feed_time, _float(header.forward), _float(header.atm_iv))


def _quotes(chain: _Chain) -> dict[str, Quote]:
    """Return the newest snapshot's quotes, with every change since laid over them.

    The snapshot's own changes are among those and agree; earlier ones may have been taken back in a hole.
    """
    s, c = option_snapshots.c, oi_changes.c
    newest = chain.connection.execute(
        select(s.time, s.feed_time).where(*chain.rows(option_snapshots)).order_by(s.time.desc()).limit(1)
    ).first()
    quotes = {} if newest is None else _quotes_of(_rows(chain, newest.time))
    since = () if newest is None else (c.feed_time >= newest.feed_time,)
    rows = chain.connection.execute(
        select(c.changes).where(*chain.rows(oi_changes), *since).order_by(c.feed_time, c.polled_at)
    ).scalars()
    for change in (change for changes in rows for change in changes):
        key = key_of(change["strike"], change["type"])
        known = quotes.get(key, Quote())
        quotes[key] = Quote(change["oi"], known.ltp, known.volume, known.bid, known.ask)
    return quotes


def _rows(chain: _Chain, time: datetime) -> Sequence[RowMapping]:
    s = option_snapshots.c
    here = (s.time == time, s.index_name == chain.index_name, s.expiry == chain.expiry)
    return chain.connection.execute(select(option_snapshots).where(*here)).mappings().all()


def _quotes_of(rows: Iterable[RowMapping]) -> dict[str, Quote]:
    quotes = {}
    for row in rows:
        for side in _SIDES:
            quote = _quote(row, side.lower())
            if quote != Quote():
                quotes[key_of(row["strike"], side)] = quote
    return quotes


def _quote(row: RowMapping, side: str) -> Quote:
    prices = (_float(row[f"{side}_{name}"]) for name in ("bid", "ask"))
    return Quote(row[f"{side}_oi"], _float(row[f"{side}_ltp"]), row[f"{side}_volume"], *prices)


def _float(value: Decimal | float | None) -> float | None:
    return None if value is None else float(value)


def _header(row: Any) -> Header:
    def moment(name: str) -> datetime | None:
        value = getattr(row, name)
        return None if value is None else from_utc_naive(value)

    measures = {name: getattr(row, name) for name in MEASURES}
    return Header(
        from_wall_time(row.time),
        bool(row.is_stub),
        row.polls_expected,
        row.polls,
        row.changed,
        tuple(row.polls_missed),
        moment("feed_time"),
        moment("first_change_at"),
        moment("last_change_at"),
        row.reason,
        moment("saved_at"),
        row.lot_size,
        row.source,
        msgspec.convert(measures, Measures, strict=False),
    )


def _on(table: Table, index_name: str, day: date) -> tuple[ColumnElement[bool], ...]:
    return table.c.index_name == index_name, *on_day(table.c.time, day)
