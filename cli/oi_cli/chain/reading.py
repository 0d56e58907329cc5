"""Reading the chain to show: the last snapshot from the database, the present from the streams."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from oi_cli.chain.view import ChainView, Leg, StrikeRow
from oi_cli.quality.ledger import Chain
from oi_cli.streams import PolledHeader
from oi_common.market.buckets import from_utc_naive
from oi_common.tables import chain_buckets, option_snapshots


def chains_of_last_day(connection: Connection, indices: Sequence[str]) -> tuple[Chain, ...]:
    """Return the chains with a snapshot on the last day that has any, in the order of `indices`."""
    s = option_snapshots.c
    last: datetime | None = connection.execute(
        select(func.max(s.time)).where(s.index_name.in_(indices))
    ).scalar()
    if last is None:
        return ()
    midnight = datetime.combine(last.date(), datetime.min.time())
    found = connection.execute(
        select(s.index_name, s.expiry).distinct().where(s.time >= midnight, s.index_name.in_(indices))
    )
    chains = [Chain(row.index_name, row.expiry) for row in found]
    return tuple(sorted(chains, key=lambda chain: (indices.index(chain.index_name), chain.expiry)))


def nearest(chains: Sequence[Chain], index_name: str, expiry: date | None = None) -> Chain | None:
    """Return the chain asked for: of that expiry, or of the nearest; None when there is none."""
    return next(
        (chain for chain in chains if chain.index_name == index_name and expiry in {None, chain.expiry}), None
    )


def read_chain(
    connection: Connection, chain: Chain, *, poll: PolledHeader | None = None, now: datetime | None = None
) -> ChainView | None:
    """Return the chain's last saved snapshot, None before the first."""
    s = option_snapshots.c
    of_chain = (s.index_name == chain.index_name) & (s.expiry == chain.expiry)
    last = connection.execute(select(func.max(s.time)).where(of_chain)).scalar()
    if last is None:
        return None
    rows = connection.execute(
        select(option_snapshots).where(of_chain, s.time == last).order_by(s.strike)
    ).all()
    header = _header(connection, chain, last)
    return ChainView(
        index_name=chain.index_name,
        expiry=chain.expiry,
        time=last,
        state=header.state if header else "saved",
        rows=tuple(StrikeRow(row.strike, _leg(row, "ce"), _leg(row, "pe")) for row in rows),
        pcr_oi=_float(header.pcr_oi) if header else None,
        max_pain=header.max_pain if header else None,
        spot=poll.spot if poll and poll.spot is not None else _float(rows[0].spot),
        spot_at=poll.feed_time if poll else from_utc_naive(rows[0].feed_time),
        now=now,
    )


def _header(connection: Connection, chain: Chain, time: datetime) -> Any:
    b = chain_buckets.c
    return connection.execute(
        select(b.state, b.pcr_oi, b.max_pain).where(
            b.index_name == chain.index_name, b.expiry == chain.expiry, b.time == time
        )
    ).first()


def _leg(row: Any, side: str) -> Leg:
    return Leg(
        oi=getattr(row, f"{side}_oi"),
        oi_change=getattr(row, f"{side}_oi_change"),
        ltp=_float(getattr(row, f"{side}_ltp")),
        volume=getattr(row, f"{side}_volume"),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
