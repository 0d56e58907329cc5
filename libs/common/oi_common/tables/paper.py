"""What was traded on paper, and what came of it."""

from sqlalchemy import Column, Date, Index, Integer, Numeric, PrimaryKeyConstraint, String, Table

from oi_common.tables.base import Moment, Price, metadata

Money = Numeric(14, 2)
Exact = Numeric(16, 6)  # an item of the charges, unrounded

# Written by: paper-trader. One row for every fill; rows are never changed. An underlying's cash is what it began
# with, less price * quantity + charges of each ENTER, plus price * quantity - charges of each EXIT.
paper_trades = Table(
    "paper_trades",
    metadata,
    Column("trade_id", String(100), nullable=False, comment="of the decision that entered"),
    Column("action", String(10), nullable=False, comment="ENTER or EXIT"),
    Column("number", Integer, nullable=False, comment="counts the fills of an underlying, from 1"),
    Column("time", Moment, nullable=False, comment="of filled_at, IST"),
    Column("filled_at", Moment, nullable=False, comment="by the clock of the ticks, UTC"),
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("strike", Integer, nullable=False),
    Column("side", String(2), nullable=False, comment="CE or PE"),
    Column("lots", Integer, nullable=False),
    Column("lot_size", Integer, nullable=False),
    Column("quantity", Integer, nullable=False, comment="units"),
    Column("price", Price, nullable=False),
    Column("reason", String(20), nullable=False, comment="what made it: decision, stop, target, ..."),
    Column("note", String(250), nullable=False, comment="how the price was come to"),
    Column("ltp", Price, comment="when it was filled; NULL for a settlement"),
    Column("bid", Price),
    Column("ask", Price),
    Column("tax", Exact, nullable=False, comment="STT or CTT, unrounded as all items"),
    Column("exchange_fee", Exact, nullable=False),
    Column("regulator_fee", Exact, nullable=False),
    Column("stamp", Exact, nullable=False),
    Column("brokerage", Exact, nullable=False),
    Column("gst", Exact, nullable=False),
    Column("charges", Money, nullable=False, comment="to the paisa; both fills add up to the position's"),
    Column("pnl_gross", Money, comment="of the position, with its EXIT"),
    Column("pnl_net", Money, comment="of the position, with its EXIT"),
    PrimaryKeyConstraint("trade_id", "action"),
    Index(None, "index_name", "number", unique=True),
    Index(None, "time"),
)


# Written by: paper-trader. One row for every position, open or closed.
paper_positions = Table(
    "paper_positions",
    metadata,
    Column("trade_id", String(100), nullable=False),
    Column("state", String(10), nullable=False, comment="open or closed"),
    Column("index_name", String(20), nullable=False),
    Column("segment", String(10), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("strike", Integer, nullable=False),
    Column("side", String(2), nullable=False, comment="CE or PE"),
    Column("loop", String(10), nullable=False, comment="whose decision: minimal or rich"),
    Column("engine", String(10), nullable=False, comment="llm or rules"),
    Column("model", String(100)),
    Column("lots", Integer, nullable=False),
    Column("lot_size", Integer, nullable=False),
    Column("quantity", Integer, nullable=False, comment="units"),
    Column("time", Moment, nullable=False, comment="of entered_at, IST"),
    Column("entered_at", Moment, nullable=False, comment="UTC"),
    Column("entry_price", Price, nullable=False),
    Column("entry_charges", Money, nullable=False),
    Column("stop_loss", Price, comment="as decided"),
    Column("target", Price, comment="as decided"),
    Column("stop", Price, comment="as it stands, trailed"),
    Column("highest", Price, nullable=False, comment="last price since entry, at most a bucket old"),
    Column("last_at", Moment, nullable=False, comment="of the newest quote known, UTC"),
    Column("last_ltp", Price, nullable=False),
    Column("last_bid", Price),
    Column("last_ask", Price),
    Column("tick_id", String(40), nullable=False, comment="stream id of the last tick before the entry"),
    Column("exited_at", Moment, comment="UTC"),
    Column("exit_price", Price),
    Column("exit_reason", String(20)),
    Column("charges", Money, comment="of both fills"),
    Column("pnl_gross", Money),
    Column("pnl_net", Money),
    PrimaryKeyConstraint("trade_id"),
    Index(None, "index_name", "state"),
    Index(None, "time"),
)


# Written by: paper-trader. One row for every bucket and underlying; the last word of the bucket stands.
paper_equity = Table(
    "paper_equity",
    metadata,
    Column("time", Moment, nullable=False, comment="bucket start, IST"),
    Column("index_name", String(20), nullable=False),
    Column("valued_at", Moment, nullable=False, comment="UTC"),
    Column("cash", Money, nullable=False),
    Column("positions", Integer, nullable=False, comment="open"),
    Column("open_value", Money, nullable=False, comment="what the open positions would fetch at the bid"),
    Column("equity", Money, nullable=False, comment="cash and open_value"),
    PrimaryKeyConstraint("time", "index_name"),
)
