"""What lies in the archive

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: what is there
already, with the columns it must have, is left as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from oi_common.errors import Misconfigured

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    create_table("archived_days",
        sa.Column("table_name", sa.String(length=64), nullable=False, comment="whose rows they are"),
        sa.Column("day", sa.Date(), nullable=False, comment="market day, IST"),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False, comment="from 1"),
        sa.Column("file", sa.String(length=200), nullable=False, comment="in DATA_DIR/archive"),
        sa.Column("rows_kept", sa.BigInteger(), nullable=False, comment="in the file"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the file"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="kept: rows are in the table, too; moved: they are not"),
        sa.Column("changed_at", MOMENT, nullable=False, comment="UTC"),
        sa.PrimaryKeyConstraint("table_name", "day", "part", name="pk_archived_days"),
    )


def create_table(name: str, *parts: sa.schema.SchemaItem) -> None:
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(name):
        op.create_table(name, *parts)
    elif {p.name for p in parts if isinstance(p, sa.Column)} != {c["name"] for c in inspector.get_columns(name)}:
        raise Misconfigured(f"the database holds another table called {name}: rename it, then run `oi migrate` again")


def downgrade() -> None:
    op.drop_table("archived_days")
