"""Rows of the ledger's tables as the page's values."""

from collections.abc import Mapping
from typing import Any

from dashboard.core.facts import Bucket, Leg, Point, Strike, Wall
from oi_common.market.buckets import from_utc_naive

Row = Mapping[Any, Any]


def number(value: Any) -> float | None:
    """Return what a DECIMAL column holds; NULL stays unknown."""
    return None if value is None else float(value)


def moment(value: Any) -> Any:
    """Return the aware moment that a UTC column holds."""
    return None if value is None else from_utc_naive(value)


def point_of(row: Row) -> Point:
    return Point(
        time=row["time"],
        state=row["state"],
        spot=number(row["spot"]),
        pcr=number(row["pcr_oi"]),
        max_pain=row["max_pain"],
        straddle=number(row["straddle"]),
        feed_at=moment(row["feed_time"]),
    )


def bucket_of(row: Row) -> Bucket:
    return Bucket(
        time=row["time"],
        state=row["state"],
        source=row["source"],
        polls=row["polls"],
        polls_expected=row["polls_expected"],
        feed_at=moment(row["feed_time"]),
        spot=number(row["spot"]),
        ce_oi=row["ce_oi"],
        pe_oi=row["pe_oi"],
        ce_oi_change=row["ce_oi_change"],
        pe_oi_change=row["pe_oi_change"],
        pcr=number(row["pcr_oi"]),
        pcr_volume=number(row["pcr_volume"]),
        max_pain=row["max_pain"],
        atm_strike=row["atm_strike"],
        atm_iv=number(row["atm_iv"]),
        skew=number(row["skew_25d"]),
        straddle=number(row["straddle"]),
        implied_move=number(row["implied_move"]),
        net_gex=number(row["net_gex"]),
        gex_flip=number(row["gex_flip"]),
        support=_walls(row["support"]),
        resistance=_walls(row["resistance"]),
        direction=row["direction"],
        confidence=number(row["confidence"]),
        signal=row["trade_signal"],
        signal_reasons=tuple(map(str, row["signal_reasons"] or ())),
        windows=row["timeframes"] or {},
    )


def _walls(told: list[dict[str, Any]] | None) -> tuple[Wall, ...]:
    return tuple(Wall(wall["strike"], wall.get("oi"), bool(wall.get("is_fresh"))) for wall in told or ())


def strike_of(row: Row, opening: tuple[int | None, int | None]) -> Strike:
    """Return a strike; `opening` is the OI of its sides in the day's first snapshot."""
    ce, pe = opening
    return Strike(
        strike=row["strike"],
        ce=_leg(row, "ce", ce),
        pe=_leg(row, "pe", pe),
        verdict=row["verdict"],
        score=number(row["verdict_score"]),
        gex=number(row["gex"]),
    )


def _leg(row: Row, side: str, opening: int | None) -> Leg:
    oi = row[f"{side}_oi"]
    return Leg(
        oi=oi,
        oi_change=row[f"{side}_oi_change"],
        oi_percent=number(row[f"{side}_oi_percent_change"]),
        oi_day_change=row[f"{side}_oi_day_change"],
        oi_since_open=None if oi is None or opening is None else oi - opening,
        volume=row[f"{side}_volume"],
        ltp=number(row[f"{side}_ltp"]),
        ltp_change=number(row[f"{side}_ltp_change"]),
        bid=number(row[f"{side}_bid"]),
        ask=number(row[f"{side}_ask"]),
        iv=number(row[f"{side}_iv"]),
        delta=number(row[f"{side}_delta"]),
        theta=number(row[f"{side}_theta"]),
        buildup=row[f"{side}_buildup"],
    )
