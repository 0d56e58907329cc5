"""Reading the chain to show: the last snapshot from the database, the present from the streams."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from oi_cli.chain.view import ChainView, Leg, Measures, Polls, StrikeRow, Wall
from oi_cli.quality.ledger import Chain
from oi_cli.streams import PolledHeader
from oi_common.market.buckets import from_utc_naive
from oi_common.market.underlyings import INDIA_VIX
from oi_common.tables import chain_buckets, index_candles, option_snapshots


def chains_of_last_day(connection: Connection, indices: Sequence[str]) -> tuple[Chain, ...]:
    """Return the chains with a snapshot on the last day that has any, in the order of `indices`."""
    s = option_snapshots.c
    last: datetime | None = connection.execute(
        select(func.max(s.time)).where(s.index_name.in_(indices))
    ).scalar()
    if last is None:
        return ()
    found = connection.execute(
        select(s.index_name, s.expiry).distinct().where(s.time >= _midnight(last), s.index_name.in_(indices))
    )
    chains = [Chain(row.index_name, row.expiry) for row in found]
    return tuple(sorted(chains, key=lambda chain: (indices.index(chain.index_name), chain.expiry)))


def nearest(chains: Sequence[Chain], index_name: str, expiry: date | None = None) -> Chain | None:
    """Return the chain asked for: of that expiry, or of the nearest; None when there is none."""
    return next(
        (chain for chain in chains if chain.index_name == index_name and expiry in {None, chain.expiry}), None
    )


def read_chain(
    connection: Connection,
    chain: Chain,
    *,
    poll: PolledHeader | None = None,
    now: datetime | None = None,
    vix: float | None = None,
) -> ChainView | None:
    """Return the chain's last saved snapshot, None before the first."""
    last = _last(connection, chain)
    if last is None:
        return None
    rows, header = _rows(connection, chain, last), _header(connection, chain, last)
    return ChainView(
        index_name=chain.index_name,
        expiry=chain.expiry,
        time=last,
        state=header.state if header else "saved",
        rows=tuple(StrikeRow(row.strike, _leg(row, "ce"), _leg(row, "pe"), row.verdict) for row in rows),
        spot=poll.spot if poll and poll.spot is not None else _float(rows[0].spot),
        spot_at=poll.feed_time if poll else from_utc_naive(rows[0].feed_time),
        now=now,
        vix=vix if vix is not None else _last_vix(connection, last),
        previous_time=_last(connection, chain, before=last),
        polls=Polls(header.polls, header.polls_expected, tuple(header.polls_missed)) if header else None,
        measures=_measures(header) if header else Measures(),
    )


def _last(connection: Connection, chain: Chain, before: datetime | None = None) -> datetime | None:
    """Return when the chain was saved last; with `before`, last before that on the same day."""
    s = option_snapshots.c
    wanted = select(func.max(s.time)).where(_is_of(chain))
    if before is not None:  # what the changes are against
        wanted = wanted.where(s.time < before, s.time >= _midnight(before))
    return connection.execute(wanted).scalar()


def _rows(connection: Connection, chain: Chain, time: datetime) -> Sequence[Any]:
    s = option_snapshots.c
    wanted = select(option_snapshots).where(_is_of(chain), s.time == time).order_by(s.strike)
    return connection.execute(wanted).all()


def _is_of(chain: Chain) -> ColumnElement[bool]:
    s = option_snapshots.c
    return (s.index_name == chain.index_name) & (s.expiry == chain.expiry)


def _header(connection: Connection, chain: Chain, time: datetime) -> Any:
    b = chain_buckets.c
    return connection.execute(
        select(chain_buckets).where(
            b.index_name == chain.index_name, b.expiry == chain.expiry, b.time == time
        )
    ).first()


def _last_vix(connection: Connection, last: datetime) -> float | None:
    c = index_candles.c
    return _float(
        connection.execute(
            select(c.close)
            .where(c.index_name == INDIA_VIX.name, c.time <= last, c.time >= _midnight(last))
            .order_by(c.time.desc())
            .limit(1)
        ).scalar()
    )


def _measures(header: Any) -> Measures:
    return Measures(
        pcr_oi=_float(header.pcr_oi),
        max_pain=header.max_pain,
        straddle=_float(header.straddle),
        atm_iv=_float(header.atm_iv),
        direction=header.direction,
        confidence=_float(header.confidence),
        support=_walls(header.support),
        resistance=_walls(header.resistance),
    )


def _walls(told: list[dict[str, Any]] | None) -> tuple[Wall, ...]:
    return tuple(Wall(wall["strike"], is_fresh=bool(wall.get("is_fresh"))) for wall in told or ())


def _leg(row: Any, side: str) -> Leg:
    return Leg(
        oi=getattr(row, f"{side}_oi"),
        oi_change=getattr(row, f"{side}_oi_change"),
        oi_percent=_float(getattr(row, f"{side}_oi_percent_change")),
        close=_float(getattr(row, f"{side}_ltp")),
        close_change=_float(getattr(row, f"{side}_ltp_change")),
        close_percent=_float(getattr(row, f"{side}_ltp_percent_change")),
        delta=_float(getattr(row, f"{side}_delta")),
        theta=_float(getattr(row, f"{side}_theta")),
    )


def _midnight(time: datetime) -> datetime:
    return datetime.combine(time.date(), datetime.min.time())


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
