"""Reading a day's ledger from the database."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from oi_cli.quality import rows
from oi_cli.quality.ledger import Chain, Gap, Header, Ledger, Place, Saved, Traces
from oi_cli.quality.rows import of_day
from oi_common.market.buckets import from_utc_naive, wall_time
from oi_common.tables import chain_buckets, coverage_gaps, index_candles, oi_changes, option_snapshots


def last_day(connection: Connection) -> date | None:
    """Return the last day of which anything is known, None for an empty database."""
    # A predecessor's rows have no headers; they count only where there is nothing else.
    for table in (chain_buckets, option_snapshots):
        latest: datetime | None = connection.execute(select(func.max(table.c.time))).scalar()
        if latest is not None:
            return latest.date()
    return None


def read_ledger(connection: Connection, day: date, wall: datetime | None = None) -> Ledger:
    """Read one day; `wall` is the present moment in UTC without zone, needed to tell whose clock it was."""
    headers = read_headers(connection, day)
    return Ledger(
        day=day,
        headers=headers,
        saved=read_saved(connection, day),
        changes=_changes(connection, day),
        candles=_candles(connection, day),
        duplicates=rows.duplicates(connection, day),
        gaps=_gaps(connection, day),
        greeks=rows.greeks(connection, day),
        legacy=rows.legacy(connection, day),
        traces=_traces(connection, headers, wall),
    )


def read_headers(connection: Connection, day: date) -> tuple[Header, ...]:
    return tuple(_headers(connection, day))


def read_saved(connection: Connection, day: date, since: datetime | None = None) -> dict[Place, Saved]:
    """Return what the snapshots of a day hold, from one bucket on if `since` is given."""
    return dict(rows.saved(connection, day, since))


def _headers(connection: Connection, day: date) -> Iterable[Header]:
    b = chain_buckets.c
    statement = select(
        b.time, b.index_name, b.expiry, b.state, b.polls, b.polls_expected, b.polls_missed, b.changed, b.reason,
        b.candle_status, b.is_stub, b.pcr_oi, b.spot, b.source, b.feed_time, b.saved_at, b.sealed_at,
    )  # fmt: skip
    for row in connection.execute(of_day(statement, b.time, day)):
        yield Header(
            time=row.time,
            chain=Chain(row.index_name, row.expiry),
            state=row.state,
            polls=row.polls,
            polls_expected=row.polls_expected,
            changed=row.changed,
            reason=row.reason,
            candle_status=row.candle_status,
            is_stub=row.is_stub,
            pcr_oi=rows.as_float(row.pcr_oi),
            spot=rows.as_float(row.spot),
            source=row.source,
            slots_missed=len(row.polls_missed),
            last_feed=_ist(row.feed_time),
            saved_at=_ist(row.saved_at),
            sealed_at=_ist(row.sealed_at),
        )


def _changes(connection: Connection, day: date) -> dict[Place, int]:
    c = oi_changes.c
    statement = select(c.time, c.index_name, c.expiry, func.count().label("polls")).group_by(
        c.time, c.index_name, c.expiry
    )
    found = connection.execute(of_day(statement, c.time, day))
    return {Place(Chain(row.index_name, row.expiry), row.time): row.polls for row in found}


def _candles(connection: Connection, day: date) -> frozenset[tuple[str, datetime]]:
    statement = of_day(select(index_candles.c.index_name, index_candles.c.time), index_candles.c.time, day)
    return frozenset((row.index_name, row.time) for row in connection.execute(statement))


def _gaps(connection: Connection, day: date) -> dict[Chain, tuple[Gap, ...]]:
    g = coverage_gaps.c
    statement = select(g.index_name, g.expiry, g.buckets, g.repaired_at).order_by(g.from_time)
    found: dict[Chain, tuple[Gap, ...]] = {}
    for row in connection.execute(of_day(statement, g.from_time, day)):
        chain = Chain(row.index_name, row.expiry)
        found[chain] = (*found.get(chain, ()), Gap(row.buckets, row.repaired_at is not None))
    return found


def _traces(connection: Connection, headers: Iterable[Header], wall: datetime | None) -> Traces:
    headers = tuple(headers)
    if not headers:
        return Traces()
    moments = [m for h in headers for m in (h.last_feed, h.saved_at, h.sealed_at) if m is not None]
    latest: datetime = connection.execute(select(func.max(chain_buckets.c.time))).scalar_one()
    return Traces(
        newest=max(moments, default=None),
        skew=rows.skew(connection, headers, wall) if wall is not None else None,
        has_later_day=latest.date() > headers[0].time.date(),
    )


def _ist(moment: Any) -> datetime | None:
    return None if moment is None else wall_time(from_utc_naive(moment))
