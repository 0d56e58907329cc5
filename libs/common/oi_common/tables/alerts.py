"""What the notifier told whom, and how often its rules were right."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from oi_common.tables.base import Moment, Price, Ratio, metadata

# Written by: notifier. One row for every message to a chat, from before it is sent; kept back ones, too.
alerts_sent = Table(
    "alerts_sent",
    metadata,
    Column("chat_id", BigInteger, nullable=False, autoincrement=False),
    Column("event_id", String(250), nullable=False, comment="of the event, or of the rule's occurrence"),
    Column("rule", String(40), nullable=False),
    Column("topic", String(100), nullable=False, comment="what the cooldown is counted for"),
    Column("severity", String(10), nullable=False, comment="info, warning, critical or report"),
    Column("index_name", String(20)),
    Column("day", Date, nullable=False, comment="market day, IST"),
    Column("at", Moment, nullable=False, comment="moment that is told about, UTC"),
    Column("queued_at", Moment, nullable=False, comment="by the service's clock, UTC"),
    Column("sent_at", Moment, comment="by the service's clock, UTC"),
    Column(
        "state",
        String(10),
        nullable=False,
        comment="pending, sending, sent, unsure, merged, held, muted, refused or dropped",
    ),
    Column("why", String(100), comment="why it is not simply sent"),
    Column("title", String(200), nullable=False),
    Column("body", JSON, nullable=False, comment="stretches of text, each with its style"),
    Column("picture", String(100), comment="which picture goes with it"),
    Column("message_id", BigInteger, comment="as Telegram numbers it"),
    PrimaryKeyConstraint("chat_id", "event_id"),
    Index(None, "state", "chat_id"),
    Index(None, "chat_id", "day"),
)


# Written by: notifier. One row for every time that a market rule fired, told or not. `rule` is its name, or `name~xxxxxxxx`
# for it with numbers that a chat has chosen.
alert_outcomes = Table(
    "alert_outcomes",
    metadata,
    Column("rule", String(40), nullable=False),
    Column("index_name", String(20), nullable=False),
    Column("expiry", Date, nullable=False),
    Column("time", DateTime, nullable=False, comment="bucket in which it fired, IST"),
    Column("leaning", String(10), nullable=False, comment="up, down or move (either way)"),
    Column("spot", Price),
    Column("spot_after", Price, comment="30 minutes later, or the day's last"),
    Column("moved", Ratio, comment="percent of spot"),
    Column("hit", Boolean, comment="NULL until it can be told"),
    Column("judged_at", Moment, comment="by the service's clock, UTC"),
    PrimaryKeyConstraint("rule", "index_name", "expiry", "time"),
    Index(None, "time"),
)


# Written by: notifier. How good each market rule has been over the last days.
alert_rules = Table(
    "alert_rules",
    metadata,
    Column("rule", String(40), nullable=False),
    Column("judged", Integer, nullable=False, comment="occurrences of the last days with an outcome"),
    Column("hits", Integer, nullable=False),
    Column("is_silent", Boolean, nullable=False, comment="fell under its floor: counted on, but not told"),
    Column("changed_at", Moment, nullable=False, comment="by the service's clock, UTC"),
    PrimaryKeyConstraint("rule"),
)


# Written by: notifier.
telegram_chats = Table(
    "telegram_chats",
    metadata,
    Column("chat_id", BigInteger, nullable=False, autoincrement=False),
    Column("state", String(10), nullable=False, comment="active or blocked"),
    Column("muted_until", Moment, comment="UTC"),
    Column("muted_rules", JSON, nullable=False),
    Column("choices", JSON(none_as_null=True), comment="of the rules, where they are not as usual"),
    Column("changed_at", Moment, nullable=False, comment="by the service's clock, UTC"),
    PrimaryKeyConstraint("chat_id"),
)
