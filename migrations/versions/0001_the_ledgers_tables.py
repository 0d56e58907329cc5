"""The ledger's tables

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: what is there
already, with the columns it must have, is left as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from oi_common.errors import Misconfigured

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade() -> None:
    create_table(op, 'chain_buckets',
    sa.Column('time', sa.DateTime(), nullable=False, comment='bucket start, IST'),
    sa.Column('index_name', sa.String(length=20), nullable=False),
    sa.Column('expiry', sa.Date(), nullable=False),
    sa.Column('polls', sa.Integer(), nullable=False, comment='polls whose feed_time lies in the bucket'),
    sa.Column('polls_expected', sa.Integer(), nullable=False, comment='poll slots of the bucket inside the session'),
    sa.Column('polls_missed', sa.JSON(), nullable=False, comment='slots (IST) for which no poll came'),
    sa.Column('changed', sa.Integer(), nullable=False, comment='polls that changed some OI'),
    sa.Column('state', sa.String(length=10), nullable=False, comment='open, saved, sealed or missing'),
    sa.Column('source', sa.String(length=10), nullable=True),
    sa.Column('reason', sa.String(length=20), nullable=True, comment='why the snapshot was saved; NULL when none was'),
    sa.Column('is_stub', sa.Boolean(), nullable=False, comment='cut short by the close'),
    sa.Column('feed_time', MOMENT, nullable=True, comment='of the last poll, UTC'),
    sa.Column('first_change_at', MOMENT, nullable=True, comment='feed time of the first change, UTC'),
    sa.Column('last_change_at', MOMENT, nullable=True, comment='feed time of the last change, UTC'),
    sa.Column('saved_at', MOMENT, nullable=True, comment='UTC'),
    sa.Column('sealed_at', MOMENT, nullable=True, comment='UTC'),
    sa.Column('candle_status', sa.String(length=10), nullable=True, comment='merged or missing; NULL while awaited'),
    sa.Column('lot_size', sa.Integer(), nullable=True),
    sa.Column('spot', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('forward', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('pcr_oi', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('pcr_volume', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('pcr_oi_change', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('max_pain', sa.Integer(), nullable=True),
    sa.Column('atm_strike', sa.Integer(), nullable=True),
    sa.Column('atm_iv', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('skew_25d', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('straddle', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('implied_move', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('net_gex', sa.Float(), nullable=True),
    sa.Column('gex_flip', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('support', sa.JSON(), nullable=True),
    sa.Column('resistance', sa.JSON(), nullable=True),
    sa.Column('direction', sa.String(length=20), nullable=True),
    sa.Column('confidence', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.PrimaryKeyConstraint('time', 'index_name', 'expiry', name='pk_chain_buckets')
    )
    create_index(op, 'ix_chain_buckets_index_name_expiry_time', 'chain_buckets', ['index_name', 'expiry', 'time'])

    create_table(op, 'coverage_gaps',
    sa.Column('index_name', sa.String(length=20), nullable=False),
    sa.Column('expiry', sa.Date(), nullable=False),
    sa.Column('from_time', sa.DateTime(), nullable=False, comment='first missing bucket, IST'),
    sa.Column('to_time', sa.DateTime(), nullable=False, comment='last missing bucket, IST'),
    sa.Column('buckets', sa.Integer(), nullable=False),
    sa.Column('noticed_at', MOMENT, nullable=False, comment='UTC'),
    sa.Column('repaired_at', MOMENT, nullable=True, comment='UTC'),
    sa.PrimaryKeyConstraint('index_name', 'expiry', 'from_time', name='pk_coverage_gaps')
    )
    create_table(op, 'index_candles',
    sa.Column('time', sa.DateTime(), nullable=False, comment='bucket start, IST'),
    sa.Column('index_name', sa.String(length=20), nullable=False),
    sa.Column('open', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('high', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('low', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('close', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('volume', sa.BigInteger(), nullable=True),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.PrimaryKeyConstraint('time', 'index_name', name='pk_index_candles')
    )
    create_table(op, 'oi_changes',
    sa.Column('index_name', sa.String(length=20), nullable=False),
    sa.Column('expiry', sa.Date(), nullable=False),
    sa.Column('feed_time', MOMENT, nullable=False, comment='UTC'),
    sa.Column('polled_at', MOMENT, nullable=False, comment='UTC'),
    sa.Column('time', sa.DateTime(), nullable=False, comment='bucket start, IST'),
    sa.Column('changed', sa.Integer(), nullable=False, comment='contracts'),
    sa.Column('total', sa.Integer(), nullable=False, comment='contracts with a known OI'),
    sa.Column('changed_ratio', sa.Float(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False, comment='strike, type, prev_oi, oi, change, percent'),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.PrimaryKeyConstraint('index_name', 'expiry', 'feed_time', 'polled_at', name='pk_oi_changes')
    )
    create_index(op, 'ix_oi_changes_time_index_name', 'oi_changes', ['time', 'index_name'])

    create_option_snapshots(op, 'option_snapshots')

    create_table(op, 'partition_fences',
    sa.Column('service', sa.String(length=20), nullable=False),
    sa.Column('partition_name', sa.String(length=20), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('service', 'partition_name', name='pk_partition_fences')
    )
    create_table(op, 'services',
    sa.Column('service', sa.String(length=20), nullable=False),
    sa.Column('instance', sa.String(length=64), nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('started_at', MOMENT, nullable=False, comment='UTC'),
    sa.Column('beat_at', MOMENT, nullable=False, comment='UTC'),
    sa.Column('status', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('service', 'instance', name='pk_services')
    )

def create_option_snapshots(operations, name):
    """Also used by `oi_common.legacy`, which fills it under another name first."""
    create_table(operations, name,
    sa.Column('time', sa.DateTime(), nullable=False, comment='bucket start, IST'),
    sa.Column('index_name', sa.String(length=20), nullable=False),
    sa.Column('expiry', sa.Date(), nullable=False),
    sa.Column('strike', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('index_open', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('index_high', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('index_low', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('index_close', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('index_volume', sa.BigInteger(), nullable=True),
    sa.Column('ce_oi', sa.BigInteger(), nullable=True),
    sa.Column('ce_oi_change', sa.BigInteger(), nullable=True, comment="against the chain's previous snapshot of the day"),
    sa.Column('ce_oi_percent_change', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('ce_oi_day_change', sa.BigInteger(), nullable=True, comment="against the previous trading day's last OI"),
    sa.Column('ce_ltp', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('ce_ltp_change', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('ce_ltp_percent_change', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('ce_volume', sa.BigInteger(), nullable=True, comment='of the day so far'),
    sa.Column('ce_bid', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('ce_ask', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('ce_iv', sa.Numeric(precision=10, scale=4), nullable=True, comment='percent'),
    sa.Column('ce_delta', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('ce_theta', sa.Numeric(precision=10, scale=4), nullable=True, comment='rupees per day'),
    sa.Column('ce_vega', sa.Numeric(precision=10, scale=4), nullable=True, comment='rupees per IV point'),
    sa.Column('ce_gamma', sa.Numeric(precision=12, scale=8), nullable=True),
    sa.Column('ce_greeks_source', sa.String(length=10), nullable=True, comment='broker or model'),
    sa.Column('ce_greeks_at', MOMENT, nullable=True, comment='moment the Greeks are of, UTC'),
    sa.Column('ce_vs_pe_oi_bar', sa.Numeric(precision=10, scale=4), nullable=True, comment='ce OI by pe OI'),
    sa.Column('ce_buildup', sa.String(length=20), nullable=True),
    sa.Column('pe_oi', sa.BigInteger(), nullable=True),
    sa.Column('pe_oi_change', sa.BigInteger(), nullable=True, comment="against the chain's previous snapshot of the day"),
    sa.Column('pe_oi_percent_change', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('pe_oi_day_change', sa.BigInteger(), nullable=True, comment="against the previous trading day's last OI"),
    sa.Column('pe_ltp', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('pe_ltp_change', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('pe_ltp_percent_change', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('pe_volume', sa.BigInteger(), nullable=True, comment='of the day so far'),
    sa.Column('pe_bid', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('pe_ask', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('pe_iv', sa.Numeric(precision=10, scale=4), nullable=True, comment='percent'),
    sa.Column('pe_delta', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('pe_theta', sa.Numeric(precision=10, scale=4), nullable=True, comment='rupees per day'),
    sa.Column('pe_vega', sa.Numeric(precision=10, scale=4), nullable=True, comment='rupees per IV point'),
    sa.Column('pe_gamma', sa.Numeric(precision=12, scale=8), nullable=True),
    sa.Column('pe_greeks_source', sa.String(length=10), nullable=True, comment='broker or model'),
    sa.Column('pe_greeks_at', MOMENT, nullable=True, comment='moment the Greeks are of, UTC'),
    sa.Column('pe_vs_ce_oi_bar', sa.Numeric(precision=10, scale=4), nullable=True, comment='pe OI by ce OI'),
    sa.Column('pe_buildup', sa.String(length=20), nullable=True),
    sa.Column('verdict', sa.String(length=40), nullable=True),
    sa.Column('verdict_score', sa.Numeric(precision=10, scale=4), nullable=True),
    sa.Column('spot', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('feed_time', MOMENT, nullable=False, comment='of the poll that was saved, UTC'),
    sa.Column('source', sa.String(length=10), nullable=False, comment='live or backfill'),
    sa.Column('reason', sa.String(length=20), nullable=False, comment='baseline, oi_changed or new_bucket'),
    sa.Column('created_at', sa.TIMESTAMP(), server_default=sa.func.current_timestamp(), nullable=True, comment="by the database's clock"),
    sa.Column('updated_at', sa.TIMESTAMP(), server_default=sa.func.current_timestamp(), nullable=True, comment="by the database's clock"),
    sa.PrimaryKeyConstraint('time', 'index_name', 'expiry', 'strike', name='unique_snapshot')
    )
    create_index(operations, 'ix_option_snapshots_index_name_expiry_strike_time', name, ['index_name', 'expiry', 'strike', 'time'])

    if operations.get_bind().dialect.name != 'sqlite':
        operations.execute(
            f'ALTER TABLE {name} MODIFY updated_at TIMESTAMP NULL '
            "DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'by the database''s clock'"
        )


def create_table(operations, name, *parts):
    inspector = sa.inspect(operations.get_bind())
    if not inspector.has_table(name):
        operations.create_table(name, *parts)
        return
    wanted = {part.name for part in parts if isinstance(part, sa.Column)}
    if wanted != {column['name'] for column in inspector.get_columns(name)}:
        raise Misconfigured(f'the database holds another table called {name}: rename it, then run `oi migrate` again')


def create_index(operations, name, table, columns):
    if name not in {index['name'] for index in sa.inspect(operations.get_bind()).get_indexes(table)}:
        operations.create_index(name, table, columns)


def downgrade() -> None:
    op.drop_table('services')
    op.drop_table('partition_fences')
    op.drop_index('ix_option_snapshots_index_name_expiry_strike_time', table_name='option_snapshots')
    op.drop_table('option_snapshots')
    op.drop_index('ix_oi_changes_time_index_name', table_name='oi_changes')
    op.drop_table('oi_changes')
    op.drop_table('index_candles')
    op.drop_table('coverage_gaps')
    op.drop_index('ix_chain_buckets_index_name_expiry_time', table_name='chain_buckets')
    op.drop_table('chain_buckets')
