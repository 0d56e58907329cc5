"""The analytics

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: a column that is
there already is left as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

RATIO = sa.Numeric(precision=10, scale=4)


def _side(side: str) -> tuple[sa.Column, ...]:
    return (
        sa.Column(f'{side}_greeks_reason', sa.String(length=20), comment='why the model says none'),
        sa.Column(f'{side}_buildup_adjusted', sa.String(length=20), comment='the same, what time and spot explain taken out'),
        sa.Column(f'{side}_buildup_day', sa.String(length=20), comment="on premium, against the previous trading day's close"),
    )


def _columns() -> dict[str, tuple[sa.Column, ...]]:
    return {
        'option_snapshots': (
            *_side('ce'),
            *_side('pe'),
            sa.Column('gex', sa.Double(), comment='calls less puts, crore rupees per 1 % of spot'),
        ),
        'chain_buckets': (
            sa.Column('is_auction', sa.Boolean(), nullable=False, server_default=sa.false(), comment='spot may stand still'),
            sa.Column('priced_on', sa.String(length=10), comment='spot or forward: what stands for spot in the measures'),
            sa.Column('ce_oi', sa.BigInteger(), comment='all strikes'),
            sa.Column('pe_oi', sa.BigInteger()),
            sa.Column('ce_oi_change', sa.BigInteger(), comment="against the chain's previous snapshot of the day"),
            sa.Column('pe_oi_change', sa.BigInteger()),
            sa.Column('ce_oi_added', sa.BigInteger(), comment='today, each contract counted from when it was first seen'),
            sa.Column('pe_oi_added', sa.BigInteger()),
            sa.Column('ce_volume', sa.BigInteger(), comment='of the day so far'),
            sa.Column('pe_volume', sa.BigInteger()),
            sa.Column('atm_forward_strike', sa.Integer(), comment='nearest the forward'),
            sa.Column('trade_signal', sa.String(length=10), comment='BUY, SELL or HOLD'),
            sa.Column('signal_reasons', sa.JSON(none_as_null=True)),
            sa.Column('timeframes', sa.JSON(none_as_null=True), comment='changes by window, each with its window'),
        ),
    }


def upgrade() -> None:
    inspector = sa.inspect(op.get_bind())
    for table, columns in _columns().items():
        there = {column['name'] for column in inspector.get_columns(table)}
        for column in columns:
            if column.name not in there:
                op.add_column(table, column)
    # Single precision keeps seven digits: crore rupees have more.
    with op.batch_alter_table('chain_buckets') as batch:
        batch.alter_column('net_gex', type_=sa.Double(), existing_type=sa.Float())


def downgrade() -> None:
    for table, columns in _columns().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)
