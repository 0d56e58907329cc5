"""The paper trades

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: what is there
already, with the columns it must have, is left as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from oi_common.errors import Misconfigured

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade() -> None:
    create_table('paper_trades',
        sa.Column('trade_id', sa.String(length=100), nullable=False, comment='of the decision that entered'),
        sa.Column('action', sa.String(length=10), nullable=False, comment='ENTER or EXIT'),
        sa.Column('number', sa.Integer(), nullable=False, comment='counts the fills of an underlying, from 1'),
        sa.Column('time', MOMENT, nullable=False, comment='of filled_at, IST'),
        sa.Column('filled_at', MOMENT, nullable=False, comment='by the clock of the ticks, UTC'),
        sa.Column('index_name', sa.String(length=20), nullable=False),
        sa.Column('expiry', sa.Date(), nullable=False),
        sa.Column('strike', sa.Integer(), nullable=False),
        sa.Column('side', sa.String(length=2), nullable=False, comment='CE or PE'),
        sa.Column('lots', sa.Integer(), nullable=False),
        sa.Column('lot_size', sa.Integer(), nullable=False),
        sa.Column('quantity', sa.Integer(), nullable=False, comment='units'),
        sa.Column('price', sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column('reason', sa.String(length=20), nullable=False, comment='what made it: decision, stop, target, ...'),
        sa.Column('note', sa.String(length=250), nullable=False, comment='how the price was come to'),
        sa.Column('ltp', sa.Numeric(precision=10, scale=2), comment='when it was filled; NULL for a settlement'),
        sa.Column('bid', sa.Numeric(precision=10, scale=2)),
        sa.Column('ask', sa.Numeric(precision=10, scale=2)),
        sa.Column('tax', sa.Numeric(precision=16, scale=6), nullable=False, comment='STT or CTT, unrounded as all items'),
        sa.Column('exchange_fee', sa.Numeric(precision=16, scale=6), nullable=False),
        sa.Column('regulator_fee', sa.Numeric(precision=16, scale=6), nullable=False),
        sa.Column('stamp', sa.Numeric(precision=16, scale=6), nullable=False),
        sa.Column('brokerage', sa.Numeric(precision=16, scale=6), nullable=False),
        sa.Column('gst', sa.Numeric(precision=16, scale=6), nullable=False),
        sa.Column('charges', sa.Numeric(precision=14, scale=2), nullable=False, comment="to the paisa; both fills add up to the position's"),
        sa.Column('pnl_gross', sa.Numeric(precision=14, scale=2), comment='of the position, with its EXIT'),
        sa.Column('pnl_net', sa.Numeric(precision=14, scale=2), comment='of the position, with its EXIT'),
        sa.PrimaryKeyConstraint('trade_id', 'action', name='pk_paper_trades'),
    )
    create_index('ix_paper_trades_index_name_number', 'paper_trades', ['index_name', 'number'], unique=True)
    create_index('ix_paper_trades_time', 'paper_trades', ['time'])

    create_table('paper_positions',
        sa.Column('trade_id', sa.String(length=100), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False, comment='open or closed'),
        sa.Column('index_name', sa.String(length=20), nullable=False),
        sa.Column('segment', sa.String(length=10), nullable=False),
        sa.Column('expiry', sa.Date(), nullable=False),
        sa.Column('strike', sa.Integer(), nullable=False),
        sa.Column('side', sa.String(length=2), nullable=False, comment='CE or PE'),
        sa.Column('loop', sa.String(length=10), nullable=False, comment='whose decision: minimal or rich'),
        sa.Column('engine', sa.String(length=10), nullable=False, comment='llm or rules'),
        sa.Column('model', sa.String(length=100)),
        sa.Column('lots', sa.Integer(), nullable=False),
        sa.Column('lot_size', sa.Integer(), nullable=False),
        sa.Column('quantity', sa.Integer(), nullable=False, comment='units'),
        sa.Column('time', MOMENT, nullable=False, comment='of entered_at, IST'),
        sa.Column('entered_at', MOMENT, nullable=False, comment='UTC'),
        sa.Column('entry_price', sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column('entry_charges', sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column('stop_loss', sa.Numeric(precision=10, scale=2), comment='as decided'),
        sa.Column('target', sa.Numeric(precision=10, scale=2), comment='as decided'),
        sa.Column('stop', sa.Numeric(precision=10, scale=2), comment='as it stands, trailed'),
        sa.Column('highest', sa.Numeric(precision=10, scale=2), nullable=False, comment='last price since entry, at most a bucket old'),
        sa.Column('last_at', MOMENT, nullable=False, comment='of the newest quote known, UTC'),
        sa.Column('last_ltp', sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column('last_bid', sa.Numeric(precision=10, scale=2)),
        sa.Column('last_ask', sa.Numeric(precision=10, scale=2)),
        sa.Column('tick_id', sa.String(length=40), nullable=False, comment='stream id of the last tick before the entry'),
        sa.Column('exited_at', MOMENT, comment='UTC'),
        sa.Column('exit_price', sa.Numeric(precision=10, scale=2)),
        sa.Column('exit_reason', sa.String(length=20)),
        sa.Column('charges', sa.Numeric(precision=14, scale=2), comment='of both fills'),
        sa.Column('pnl_gross', sa.Numeric(precision=14, scale=2)),
        sa.Column('pnl_net', sa.Numeric(precision=14, scale=2)),
        sa.PrimaryKeyConstraint('trade_id', name='pk_paper_positions'),
    )
    create_index('ix_paper_positions_index_name_state', 'paper_positions', ['index_name', 'state'])
    create_index('ix_paper_positions_time', 'paper_positions', ['time'])

    create_table('paper_equity',
        sa.Column('time', MOMENT, nullable=False, comment='bucket start, IST'),
        sa.Column('index_name', sa.String(length=20), nullable=False),
        sa.Column('valued_at', MOMENT, nullable=False, comment='UTC'),
        sa.Column('cash', sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column('positions', sa.Integer(), nullable=False, comment='open'),
        sa.Column('open_value', sa.Numeric(precision=14, scale=2), nullable=False, comment='what the open positions would fetch at the bid'),
        sa.Column('equity', sa.Numeric(precision=14, scale=2), nullable=False, comment='cash and open_value'),
        sa.PrimaryKeyConstraint('time', 'index_name', name='pk_paper_equity'),
    )


def create_table(name, *parts):
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(name):
        op.create_table(name, *parts)
        return
    wanted = {part.name for part in parts if isinstance(part, sa.Column)}
    if wanted != {column['name'] for column in inspector.get_columns(name)}:
        raise Misconfigured(f'the database holds another table called {name}: rename it, then run `oi migrate` again')


def create_index(name, table, columns, unique=False):
    if name not in {index['name'] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, unique=unique)


def downgrade() -> None:
    op.drop_table('paper_equity')
    op.drop_table('paper_positions')
    op.drop_table('paper_trades')
