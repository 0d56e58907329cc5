"""The tables. Each has one writing service, named beside it.

`time` columns are IST wall time without zone; every other moment is UTC without zone. OI and volume are units,
prices rupees. NULL is what nobody has said; 0 is what somebody has said.
"""

from sqlalchemy import (
    JSON,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
)
from sqlalchemy.dialects.mysql import DATETIME

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)

_Moment = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
_Price = Numeric(10, 2)
_Ratio = Numeric(10, 4)


def _side(side: str) -> list[Column]:  # type: ignore[type-arg]
    other = "pe" if side == "ce" else "ce"
    return [
        Column(f"{side}_oi", BigInteger),
        Column(f"{side}_oi_change", BigInteger, comment="against the chain's previous snapshot of the day"),
        Column(f"{side}_oi_percent_change", _Ratio),
        Column(f"{side}_oi_day_change", BigInteger, comment="against the previous trading day's last OI"),
        Column(f"{side}_ltp", _Price),
        Column(f"{side}_ltp_change", _Price),
        Column(f"{side}_ltp_percent_change", _Ratio),
        Column(f"{side}_volume", BigInteger, comment="of the day so far"),
        Column(f"{side}_bid", _Price),
        Column(f"{side}_ask", _Price),
        Column(f"{side}_iv", _Ratio, comment="percent"),
        Column(f"{side}_delta", _Ratio),
        Column(f"{side}_theta", _Ratio, comment="rupees per day"),
        Column(f"{side}_vega", _Ratio, comment="rupees per IV point"),
        Column(f"{side}_gamma", Numeric(12, 8)),
        Column(f"{side}_greeks_source", String(10), comment="broker or model"),
        Column(f"{side}_greeks_at", _Moment, comment="moment the Greeks are of, UTC"),
        Column(f"{side}_vs_{other}_oi_bar", _Ratio, comment=f"{side} OI by {other} OI"),
        Column(f"{side}_buildup", String(20)),
    ]


# Written by: bucketer.
option_snapshots = Table(
    "option_snapshots",
    metadata,
    Column("time", DateTime, nullable=False, comment="bucket start, IST"),
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("strike", Integer, nullable=False, autoincrement=False),
    Column("index_open", _Price),
    Column("index_high", _Price),
    Column("index_low", _Price),
    Column("index_close", _Price),
    Column("index_volume", BigInteger),
    *_side("ce"),
    *_side("pe"),
    Column("verdict", String(40)),
    Column("verdict_score", _Ratio),
    Column("spot", _Price),
    Column("feed_time", _Moment, nullable=False, comment="of the poll that was saved, UTC"),
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

# Written by: bucketer. One row for every bucket of every tracked chain, saved or not.
chain_buckets = Table(
    "chain_buckets",
    metadata,
    Column("time", DateTime, nullable=False, comment="bucket start, IST"),
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("polls", Integer, nullable=False, comment="polls whose feed_time lies in the bucket"),
    Column("polls_expected", Integer, nullable=False, comment="poll slots of the bucket inside the session"),
    Column("polls_missed", JSON, nullable=False, comment="slots (IST) for which no poll came"),
    Column("changed", Integer, nullable=False, comment="polls that changed some OI"),
    Column("state", String(10), nullable=False, comment="open, saved, sealed or missing"),
    Column("source", String(10)),
    Column("reason", String(20), comment="why the snapshot was saved; NULL when none was"),
    Column("is_stub", Boolean, nullable=False, comment="cut short by the close"),
    Column("feed_time", _Moment, comment="of the last poll, UTC"),
    Column("first_change_at", _Moment, comment="feed time of the first change, UTC"),
    Column("last_change_at", _Moment, comment="feed time of the last change, UTC"),
    Column("saved_at", _Moment, comment="UTC"),
    Column("sealed_at", _Moment, comment="UTC"),
    Column("candle_status", String(10), comment="merged or missing; NULL while awaited"),
    Column("lot_size", Integer),
    Column("spot", _Price),
    Column("forward", _Price),
    Column("pcr_oi", _Ratio),
    Column("pcr_volume", _Ratio),
    Column("pcr_oi_change", _Ratio),
    Column("max_pain", Integer),
    Column("atm_strike", Integer),
    Column("atm_iv", _Ratio),
    Column("skew_25d", _Ratio),
    Column("straddle", _Price),
    Column("implied_move", _Ratio),
    Column("net_gex", Float),
    Column("gex_flip", _Price),
    Column("support", JSON(none_as_null=True)),
    Column("resistance", JSON(none_as_null=True)),
    Column("direction", String(20)),
    Column("confidence", _Ratio),
    PrimaryKeyConstraint("time", "index_name", "expiry"),
    Index(None, "index_name", "expiry", "time"),
)

# Written by: bucketer.
index_candles = Table(
    "index_candles",
    metadata,
    Column("time", DateTime, nullable=False, comment="bucket start, IST"),
    Column("index_name", String(20), nullable=False),
    Column("open", _Price, nullable=False),
    Column("high", _Price, nullable=False),
    Column("low", _Price, nullable=False),
    Column("close", _Price, nullable=False),
    Column("volume", BigInteger),
    Column("source", String(10), nullable=False),
    PrimaryKeyConstraint("time", "index_name"),
)

# Written by: bucketer. One row for every poll that changed some OI.
oi_changes = Table(
    "oi_changes",
    metadata,
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("feed_time", _Moment, nullable=False, comment="UTC"),
    Column("polled_at", _Moment, nullable=False, comment="UTC"),
    Column("time", DateTime, nullable=False, comment="bucket start, IST"),
    Column("changed", Integer, nullable=False, comment="contracts"),
    Column("total", Integer, nullable=False, comment="contracts with a known OI"),
    Column("changed_ratio", Float, nullable=False),
    Column("changes", JSON, nullable=False, comment="strike, type, prev_oi, oi, change, percent"),
    Column("source", String(10), nullable=False),
    PrimaryKeyConstraint("index_name", "expiry", "feed_time", "polled_at"),
    Index(None, "time", "index_name"),
)

# Written by: bucketer. Holes of whole buckets inside the session.
coverage_gaps = Table(
    "coverage_gaps",
    metadata,
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("from_time", DateTime, nullable=False, comment="first missing bucket, IST"),
    Column("to_time", DateTime, nullable=False, comment="last missing bucket, IST"),
    Column("buckets", Integer, nullable=False),
    Column("noticed_at", _Moment, nullable=False, comment="UTC"),
    Column("repaired_at", _Moment, comment="UTC"),
    PrimaryKeyConstraint("index_name", "expiry", "from_time"),
)

# Written by: bucketer, in every transaction: the token of the replica that may write a partition.
partition_fences = Table(
    "partition_fences",
    metadata,
    Column("service", String(20), nullable=False),
    Column("partition_name", String(20), nullable=False),
    Column("token", BigInteger, nullable=False),
    PrimaryKeyConstraint("service", "partition_name"),
)

# Written by: poller, after each load of the master: the tracked underlyings' own rows, futures and options.
# A row is a contract and stays when the contract has expired. Its token may then be another contract's: who joins by
# token takes the newest seen_at.
instruments = Table(
    "instruments",
    metadata,
    Column("exchange", String(10), nullable=False),
    Column(
        "contract",
        String(64),
        nullable=False,
        comment="as NIFTY 2026-11-24 24500 CE, NIFTY 2026-11-24 FUT, NIFTY",
    ),
    Column("index_name", String(20), nullable=False),
    Column("kind", String(10), nullable=False, comment="the broker's instrumenttype"),
    Column("expiry", Date),
    Column("strike", Integer),
    Column("option_type", String(2), comment="CE or PE"),
    Column("token", String(20), nullable=False, comment="unique neither between exchanges nor over time"),
    Column("symbol", String(64), nullable=False),
    Column("lot_size", Integer, nullable=False),
    Column("tick_size", Numeric(10, 4), nullable=False, comment="rupees"),
    Column(
        "first_seen_at", _Moment, nullable=False, comment="download of the first master that lists it, UTC"
    ),
    Column("seen_at", _Moment, nullable=False, comment="download of the newest master that lists it, UTC"),
    PrimaryKeyConstraint("exchange", "contract"),
)

# Written by: every service, its own row.
services = Table(
    "services",
    metadata,
    Column("service", String(20), nullable=False),
    Column("instance", String(64), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", _Moment, nullable=False, comment="UTC"),
    Column("beat_at", _Moment, nullable=False, comment="UTC"),
    Column("status", String(100), nullable=False),
    PrimaryKeyConstraint("service", "instance"),
)
