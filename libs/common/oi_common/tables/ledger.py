"""The buckets, and what is told beside the snapshots."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    false,
)

from oi_common.tables.base import Moment, Price, Ratio, metadata

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
    Column("feed_time", Moment, comment="of the last poll, UTC"),
    Column("first_change_at", Moment, comment="feed time of the first change, UTC"),
    Column("last_change_at", Moment, comment="feed time of the last change, UTC"),
    Column("saved_at", Moment, comment="UTC"),
    Column("sealed_at", Moment, comment="UTC"),
    Column("candle_status", String(10), comment="merged or missing; NULL while awaited"),
    Column("lot_size", Integer),
    Column("is_auction", Boolean, nullable=False, server_default=false(), comment="spot may stand still"),
    Column("spot", Price),
    Column("forward", Price),  # from put-call parity
    Column("priced_on", String(10), comment="spot or forward: what stands for spot in the measures"),
    Column("ce_oi", BigInteger, comment="all strikes"),
    Column("pe_oi", BigInteger),
    Column("ce_oi_change", BigInteger, comment="against the chain's previous snapshot of the day"),
    Column("pe_oi_change", BigInteger),
    Column("ce_oi_added", BigInteger, comment="today, each contract counted from when it was first seen"),
    Column("pe_oi_added", BigInteger),
    Column("ce_volume", BigInteger, comment="of the day so far"),
    Column("pe_volume", BigInteger),
    Column("pcr_oi", Ratio),
    Column("pcr_volume", Ratio),
    Column("pcr_oi_change", Ratio),
    Column("max_pain", Integer),
    Column("atm_strike", Integer),  # nearest spot
    Column("atm_forward_strike", Integer, comment="nearest the forward"),
    Column("atm_iv", Ratio),  # percent
    Column("skew_25d", Ratio),  # put less call, IV points
    Column("straddle", Price),
    Column("implied_move", Ratio),  # straddle in percent of spot
    Column("net_gex", Double),  # calls less puts, crore rupees per 1 % of spot
    Column("gex_flip", Price),  # spot at which net_gex, computed there, is 0
    Column("support", JSON(none_as_null=True)),
    Column("resistance", JSON(none_as_null=True)),
    Column("direction", String(20)),
    Column("confidence", Ratio),  # 0 to 100
    Column("trade_signal", String(10), comment="BUY, SELL or HOLD"),
    Column("signal_reasons", JSON(none_as_null=True)),
    Column("timeframes", JSON(none_as_null=True), comment="changes by window, each with its window"),
    PrimaryKeyConstraint("time", "index_name", "expiry"),
    Index(None, "index_name", "expiry", "time"),
)


# Written by: bucketer.
index_candles = Table(
    "index_candles",
    metadata,
    Column("time", DateTime, nullable=False, comment="bucket start, IST"),
    Column("index_name", String(20), nullable=False),
    Column("open", Price, nullable=False),
    Column("high", Price, nullable=False),
    Column("low", Price, nullable=False),
    Column("close", Price, nullable=False),
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
    Column("feed_time", Moment, nullable=False, comment="UTC"),
    Column("polled_at", Moment, nullable=False, comment="UTC"),
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
    Column("noticed_at", Moment, nullable=False, comment="UTC"),
    Column("repaired_at", Moment, comment="UTC"),
    PrimaryKeyConstraint("index_name", "expiry", "from_time"),
)


# Written by: bucketer, paper-trader and ai-rich, each its own rows, in every transaction: the token of the replica that
# may write a partition.
partition_fences = Table(
    "partition_fences",
    metadata,
    Column("service", String(20), nullable=False),
    Column("partition_name", String(20), nullable=False),
    Column("token", BigInteger, nullable=False),
    PrimaryKeyConstraint("service", "partition_name"),
)
