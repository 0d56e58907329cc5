"""The snapshots: one row per bucket, chain and strike."""

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
)

from oi_common.tables.base import Moment, Price, Ratio, metadata


def _side(side: str) -> list[Column]:  # type: ignore[type-arg]
    other = "pe" if side == "ce" else "ce"
    return [
        Column(f"{side}_oi", BigInteger),
        Column(f"{side}_oi_change", BigInteger, comment="against the chain's previous snapshot of the day"),
        Column(f"{side}_oi_percent_change", Ratio),
        Column(f"{side}_oi_day_change", BigInteger, comment="against the previous trading day's last OI"),
        Column(f"{side}_ltp", Price),
        Column(f"{side}_ltp_change", Price),
        Column(f"{side}_ltp_percent_change", Ratio),
        Column(f"{side}_volume", BigInteger, comment="of the day so far"),
        Column(f"{side}_bid", Price),
        Column(f"{side}_ask", Price),
        Column(f"{side}_iv", Ratio, comment="percent"),
        Column(f"{side}_delta", Ratio),
        Column(f"{side}_theta", Ratio, comment="rupees per day"),
        Column(f"{side}_vega", Ratio, comment="rupees per IV point"),
        Column(f"{side}_gamma", Numeric(12, 8)),
        Column(f"{side}_greeks_source", String(10), comment="broker or model"),
        Column(f"{side}_greeks_at", Moment, comment="moment the Greeks are of, UTC"),
        Column(f"{side}_vs_{other}_oi_bar", Ratio, comment=f"{side} OI by {other} OI"),
        Column(f"{side}_greeks_reason", String(20), comment="why the model says none"),
        Column(f"{side}_buildup", String(20)),  # on premium, against the previous snapshot of the day
        Column(
            f"{side}_buildup_adjusted", String(20), comment="the same, what time and spot explain taken out"
        ),
        Column(
            f"{side}_buildup_day", String(20), comment="on premium, against the previous trading day's close"
        ),
    ]


# Written by: bucketer.
option_snapshots = Table(
    "option_snapshots",
    metadata,
    Column("time", DateTime, nullable=False, comment="bucket start, IST"),
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("strike", Integer, nullable=False, autoincrement=False),
    Column("index_open", Price),
    Column("index_high", Price),
    Column("index_low", Price),
    Column("index_close", Price),
    Column("index_volume", BigInteger),
    *_side("ce"),
    *_side("pe"),
    Column("verdict", String(40)),
    Column("verdict_score", Ratio),
    Column("gex", Double, comment="calls less puts, crore rupees per 1 % of spot"),
    Column("spot", Price),
    Column("feed_time", Moment, nullable=False, comment="of the poll that was saved, UTC"),
    Column("source", String(10), nullable=False, comment="live or backfill"),
    Column("reason", String(20), nullable=False, comment="baseline, oi_changed or new_bucket"),
    Column(
        "created_at", TIMESTAMP, server_default=func.current_timestamp(), comment="by the database's clock"
    ),
    Column(
        "updated_at", TIMESTAMP, server_default=func.current_timestamp(), comment="by the database's clock"
    ),
    PrimaryKeyConstraint("time", "index_name", "expiry", "strike", name="unique_snapshot"),
    Index(None, "index_name", "expiry", "strike", "time"),
)
