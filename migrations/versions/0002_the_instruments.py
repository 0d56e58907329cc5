"""The instruments

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: a table that is
there already, with the columns it must have, is left as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from oi_common.errors import Misconfigured

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade() -> None:
    columns = (
        sa.Column('exchange', sa.String(length=10), nullable=False),
        sa.Column('contract', sa.String(length=64), nullable=False, comment='as NIFTY 2026-11-24 24500 CE, NIFTY 2026-11-24 FUT, NIFTY'),
        sa.Column('index_name', sa.String(length=20), nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False, comment="the broker's instrumenttype"),
        sa.Column('expiry', sa.Date(), nullable=True),
        sa.Column('strike', sa.Integer(), nullable=True),
        sa.Column('option_type', sa.String(length=2), nullable=True, comment='CE or PE'),
        sa.Column('token', sa.String(length=20), nullable=False, comment='unique neither between exchanges nor over time'),
        sa.Column('symbol', sa.String(length=64), nullable=False),
        sa.Column('lot_size', sa.Integer(), nullable=False),
        sa.Column('tick_size', sa.Numeric(precision=10, scale=4), nullable=False, comment='rupees'),
        sa.Column('first_seen_at', MOMENT, nullable=False, comment='download of the first master that lists it, UTC'),
        sa.Column('seen_at', MOMENT, nullable=False, comment='download of the newest master that lists it, UTC'),
    )
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table('instruments'):
        key = sa.PrimaryKeyConstraint('exchange', 'contract', name='pk_instruments')
        op.create_table('instruments', *columns, key)
    elif {column.name for column in columns} != {column['name'] for column in inspector.get_columns('instruments')}:
        raise Misconfigured('the database holds another table called instruments: rename it, then run `oi migrate` again')


def downgrade() -> None:
    op.drop_table('instruments')
