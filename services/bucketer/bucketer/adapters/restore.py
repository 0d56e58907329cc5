"""A chain's state as far as the tables tell it, for when Redis has lost it."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Table, func, select

from bucketer.core.state import ChainState, Header, Leg, Measures, Quote, Saved, key_of
from oi_common.market.buckets import from_utc_naive, from_wall_time
from oi_common.market.chain import Side
from oi_common.market.sessions import previous_trading_day
from oi_common.tables import chain_buckets, oi_changes, option_snapshots

_SIDES: tuple[Side, Side] = ("CE", "PE")
_MEASURES = ("spot", "pcr_oi", "pcr_volume", "max_pain", "atm_strike", "straddle")
_SEGMENT = "NFO"


def last_known(connection: Connection, index_name: str) -> list[ChainState]:
    """Return the state of each chain that was polled on the partition's last day.

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
    return [_chain(connection, index_name, expiry, day) for expiry in sorted(expiries)]


def _chain(connection: Connection, index_name: str, expiry: date, day: date) -> ChainState:
    headers = connection.execute(
        select(chain_buckets)
        .where(
            *_on(chain_buckets, index_name, day), chain_buckets.c.expiry == expiry, chain_buckets.c.polls > 0
        )
        .order_by(chain_buckets.c.time.desc())
    ).all()
    last = headers[0]
    times = [header.time for header in headers if header.reason is not None][:2]
    snapshots = [_snapshot(connection, index_name, expiry, time) for time in times]
    quotes = _moved_on(connection, index_name, expiry, day, snapshots[0] if snapshots else {})
    saved = [
        Saved(from_wall_time(time), {key: Leg(quote.oi, quote.ltp) for key, quote in snapshot.items()})
        for time, snapshot in zip(times, snapshots, strict=True)
    ]
    feed_time = from_utc_naive(last.feed_time)
    return ChainState(
        index_name,
        expiry,
        day,
        feed_time,
        feed_time,
        quotes=quotes,
        saved=saved[0] if saved else None,
        previous=saved[1] if len(saved) > 1 else None,
        yesterday=_yesterday(connection, index_name, expiry, day),
        headers=(_header(last),),
        last_slot=feed_time,
    )


def _snapshot(connection: Connection, index_name: str, expiry: date, time: datetime) -> dict[str, Quote]:
    rows = connection.execute(
        select(option_snapshots).where(
            option_snapshots.c.time == time,
            option_snapshots.c.index_name == index_name,
            option_snapshots.c.expiry == expiry,
        )
    ).mappings()
    quotes = {}
    for row in rows:
        for side in _SIDES:
            quote = _quote(row, side.lower())
            if quote != Quote():
                quotes[key_of(row["strike"], side)] = quote
    return quotes


def _quote(row: RowMapping, side: str) -> Quote:
    def number(name: str) -> float | None:
        value = row[f"{side}_{name}"]
        return None if value is None else float(value)

    return Quote(row[f"{side}_oi"], number("ltp"), row[f"{side}_volume"], number("bid"), number("ask"))


def _moved_on(
    connection: Connection, index_name: str, expiry: date, day: date, quotes: dict[str, Quote]
) -> dict[str, Quote]:
    """Lay every change of the day over the quotes; the snapshot's own changes are among them and agree."""
    rows = connection.execute(
        select(oi_changes.c.changes)
        .where(*_on(oi_changes, index_name, day), oi_changes.c.expiry == expiry)
        .order_by(oi_changes.c.feed_time, oi_changes.c.polled_at)
    ).scalars()
    moved = dict(quotes)
    for changes in rows:
        for change in changes:
            key = key_of(change["strike"], change["type"])
            known = moved.get(key, Quote())
            moved[key] = Quote(change["oi"], known.ltp, known.volume, known.bid, known.ask)
    return moved


def _yesterday(connection: Connection, index_name: str, expiry: date, day: date) -> dict[str, int]:
    before = previous_trading_day(_SEGMENT, day)
    last = connection.execute(
        select(func.max(option_snapshots.c.time)).where(
            *_on(option_snapshots, index_name, before), option_snapshots.c.expiry == expiry
        )
    ).scalar_one_or_none()
    if last is None:
        return {}
    quotes = _moved_on(
        connection, index_name, expiry, before, _snapshot(connection, index_name, expiry, last)
    )
    return {key: quote.oi for key, quote in quotes.items() if quote.oi is not None}


def _header(row: Any) -> Header:
    def moment(name: str) -> datetime | None:
        value = getattr(row, name)
        return None if value is None else from_utc_naive(value)

    measures = {name: getattr(row, name) for name in _MEASURES}
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


def _on(table: Table, index_name: str, day: date) -> tuple[Any, Any, Any]:
    start = datetime.combine(day, datetime.min.time())
    return table.c.index_name == index_name, table.c.time >= start, table.c.time < start + timedelta(days=1)
