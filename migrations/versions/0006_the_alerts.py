"""What the notifier told

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: what is there
already, with the columns it must have, is left as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from oi_common.errors import Misconfigured

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
PRICE = sa.Numeric(precision=10, scale=2)
RATIO = sa.Numeric(precision=10, scale=4)


def upgrade() -> None:
    create_table("alerts_sent",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=250), nullable=False, comment="of the event, or of the rule's occurrence"),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False, comment="what the cooldown is counted for"),
        sa.Column("severity", sa.String(length=10), nullable=False, comment="info, warning, critical or report"),
        sa.Column("index_name", sa.String(length=20)),
        sa.Column("day", sa.Date(), nullable=False, comment="market day, IST"),
        sa.Column("at", MOMENT, nullable=False, comment="moment that is told about, UTC"),
        sa.Column("queued_at", MOMENT, nullable=False, comment="by the service's clock, UTC"),
        sa.Column("sent_at", MOMENT, comment="by the service's clock, UTC"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="pending, sending, sent, unsure, merged, held, muted, refused or dropped"),
        sa.Column("why", sa.String(length=100), comment="why it is not simply sent"),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False, comment="stretches of text, each with its style"),
        sa.Column("picture", sa.String(length=100), comment="which picture goes with it"),
        sa.Column("message_id", sa.BigInteger(), comment="as Telegram numbers it"),
        sa.PrimaryKeyConstraint("chat_id", "event_id", name="pk_alerts_sent"),
    )
    create_index("alerts_sent", "state", "chat_id")
    create_index("alerts_sent", "chat_id", "day")
    create_table("alert_outcomes",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("index_name", sa.String(length=20), nullable=False),
        sa.Column("expiry", sa.Date(), nullable=False),
        sa.Column("time", sa.DateTime(), nullable=False, comment="bucket in which it fired, IST"),
        sa.Column("leaning", sa.String(length=10), nullable=False, comment="up, down or move (either way)"),
        sa.Column("spot", PRICE),
        sa.Column("spot_after", PRICE, comment="30 minutes later, or the day's last"),
        sa.Column("moved", RATIO, comment="percent of spot"),
        sa.Column("hit", sa.Boolean(), comment="NULL until it can be told"),
        sa.Column("judged_at", MOMENT, comment="by the service's clock, UTC"),
        sa.PrimaryKeyConstraint("rule", "index_name", "expiry", "time", name="pk_alert_outcomes"),
    )
    create_index("alert_outcomes", "time")
    create_table("alert_rules",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False, comment="occurrences of the last days with an outcome"),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False, comment="fell under its floor: counted on, but not told"),
        sa.Column("changed_at", MOMENT, nullable=False, comment="by the service's clock, UTC"),
        sa.PrimaryKeyConstraint("rule", name="pk_alert_rules"),
    )
    create_table("telegram_chats",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="active or blocked"),
        sa.Column("muted_until", MOMENT, comment="UTC"),
        sa.Column("muted_rules", sa.JSON(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False, comment="by the service's clock, UTC"),
        sa.PrimaryKeyConstraint("chat_id", name="pk_telegram_chats"),
    )


def create_table(name: str, *parts: sa.schema.SchemaItem) -> None:
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(name):
        op.create_table(name, *parts)
    elif {p.name for p in parts if isinstance(p, sa.Column)} - {c["name"] for c in inspector.get_columns(name)}:
        raise Misconfigured(f"the database holds another table called {name}: rename it, then run `oi migrate` again")


def create_index(table: str, *columns: str) -> None:
    name = f"ix_{table}_{'_'.join(columns)}"
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name in ("telegram_chats", "alert_rules", "alert_outcomes", "alerts_sent"):
        op.drop_table(name)
