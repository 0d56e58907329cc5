"""Instruments, heartbeats, and what lies in the archive."""

from sqlalchemy import BigInteger, Column, Date, Integer, Numeric, PrimaryKeyConstraint, String, Table

from oi_common.tables.base import Moment, metadata

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
        "first_seen_at", Moment, nullable=False, comment="download of the first master that lists it, UTC"
    ),
    Column("seen_at", Moment, nullable=False, comment="download of the newest master that lists it, UTC"),
    PrimaryKeyConstraint("exchange", "contract"),
)


# Written by: every service, its own row.
services = Table(
    "services",
    metadata,
    Column("service", String(20), nullable=False),
    Column("instance", String(64), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Moment, nullable=False, comment="UTC"),
    Column("beat_at", Moment, nullable=False, comment="UTC"),
    Column("status", String(100), nullable=False),
    PrimaryKeyConstraint("service", "instance"),
)


# Written by: `oi archive`. One row for every file of the archive; a day's later rows are a further part.
archived_days = Table(
    "archived_days",
    metadata,
    Column("table_name", String(64), nullable=False, comment="whose rows they are"),
    Column("day", Date, nullable=False, comment="market day, IST"),
    Column("part", Integer, nullable=False, autoincrement=False, comment="from 1"),
    Column("file", String(200), nullable=False, comment="in DATA_DIR/archive"),
    Column("rows_kept", BigInteger, nullable=False, comment="in the file"),
    Column("sha256", String(64), nullable=False, comment="of the file"),
    Column(
        "state", String(10), nullable=False, comment="kept: rows are in the table, too; moved: they are not"
    ),
    Column("changed_at", Moment, nullable=False, comment="UTC"),
    PrimaryKeyConstraint("table_name", "day", "part"),
)
