"""The AI's calls, decisions and outcomes

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: what is there
already, with the columns it must have, is left as it is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from oi_common.errors import Misconfigured

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade() -> None:
    create_table('ai_calls',
        sa.Column('call_id', sa.String(length=32), nullable=False),
        sa.Column('called_at', MOMENT, nullable=False, comment="by the service's clock, UTC"),
        sa.Column('loop', sa.String(length=10), nullable=False, comment='minimal or rich'),
        sa.Column('index_name', sa.String(length=20), nullable=False),
        sa.Column('event_id', sa.String(length=250), nullable=False, comment='of the decision it was made for'),
        sa.Column('model', sa.String(length=100), nullable=False),
        sa.Column('attempt', sa.Integer(), nullable=False, comment='which request for the decision, from 1'),
        sa.Column('prompt_hash', sa.String(length=64), nullable=False, comment='SHA-256 of the messages'),
        sa.Column('outcome', sa.String(length=20), nullable=False, comment='ok, or what was wrong'),
        sa.Column('status', sa.Integer(), comment='of HTTP; NULL when no answer came'),
        sa.Column('tokens_in', sa.Integer()),
        sa.Column('tokens_out', sa.Integer()),
        sa.Column('cost_inr', sa.Numeric(precision=14, scale=6), nullable=False, comment='as counted against the budget'),
        sa.Column('cost_from', sa.String(length=10), nullable=False, comment='reported, priced, reserved (worst case) or none'),
        sa.Column('billed_on', sa.Date(), nullable=False, comment="the budget's day: IST, by real time"),
        sa.Column('latency_ms', sa.Float(), nullable=False, comment='real time'),
        sa.PrimaryKeyConstraint('call_id', name='pk_ai_calls'),
    )
    create_index('ix_ai_calls_billed_on', 'ai_calls', ['billed_on'])
    create_index('ix_ai_calls_called_at', 'ai_calls', ['called_at'])
    create_index('ix_ai_calls_index_name_called_at', 'ai_calls', ['index_name', 'called_at'])

    create_table('ai_decisions',
        sa.Column('event_id', sa.String(length=250), nullable=False),
        sa.Column('time', MOMENT, nullable=False, comment='of event_time, IST'),
        sa.Column('event_time', MOMENT, nullable=False, comment='of the situation decided upon, UTC'),
        sa.Column('decided_at', MOMENT, nullable=False, comment="by the service's clock, UTC"),
        sa.Column('loop', sa.String(length=10), nullable=False, comment='minimal or rich'),
        sa.Column('engine', sa.String(length=10), nullable=False, comment='llm or rules'),
        sa.Column('model', sa.String(length=100), comment='NULL when the rules decided'),
        sa.Column('index_name', sa.String(length=20), nullable=False),
        sa.Column('expiry', sa.Date()),
        sa.Column('decision', sa.String(length=10), nullable=False, comment='ENTER, HOLD, EXIT or WAIT'),
        sa.Column('side', sa.String(length=2), comment='CE or PE'),
        sa.Column('strike', sa.Integer()),
        sa.Column('entry', sa.Numeric(precision=10, scale=2)),
        sa.Column('stop_loss', sa.Numeric(precision=10, scale=2)),
        sa.Column('target', sa.Numeric(precision=10, scale=2)),
        sa.Column('confidence', sa.Numeric(precision=10, scale=4), comment='0 to 100'),
        sa.Column('because', sa.String(length=40), nullable=False, comment="machine reason; advised for a model's decision"),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('evidence', sa.JSON(), nullable=False, comment='ids of the facts it rests on'),
        sa.Column('rejected_because', sa.String(length=40), comment="why no model's answer was used; NULL when one was"),
        sa.Column('proposed', sa.JSON(none_as_null=True), comment='what the model said, taken or not'),
        sa.Column('baselines', sa.JSON(), nullable=False, comment='what rules, always_wait and coin_flip say of the same'),
        sa.Column('fingerprint', sa.String(length=64), nullable=False),
        sa.Column('spot', sa.Numeric(precision=10, scale=2)),
        sa.Column('lot_size', sa.Integer()),
        sa.Column('days_to_expiry', sa.Integer()),
        sa.Column('latency_ms', sa.Float(), comment='of all calls made for it, real time'),
        sa.Column('tokens_in', sa.Integer()),
        sa.Column('tokens_out', sa.Integer()),
        sa.Column('cost_inr', sa.Numeric(precision=14, scale=6)),
        sa.PrimaryKeyConstraint('event_id', name='pk_ai_decisions'),
    )
    create_index('ix_ai_decisions_index_name_time', 'ai_decisions', ['index_name', 'time'])
    create_index('ix_ai_decisions_time', 'ai_decisions', ['time'])

    create_table('decision_outcomes',
        sa.Column('event_id', sa.String(length=250), nullable=False, comment='of the decision'),
        sa.Column('engine', sa.String(length=20), nullable=False, comment='who is scored: llm, rules, always_wait or coin_flip'),
        sa.Column('horizon', sa.String(length=4), nullable=False, comment='minutes (3, 6, 15, 30), or path: to stop or target'),
        sa.Column('time', MOMENT, nullable=False, comment='of the decision, IST'),
        sa.Column('loop', sa.String(length=10), nullable=False, comment='minimal or rich'),
        sa.Column('index_name', sa.String(length=20), nullable=False),
        sa.Column('expiry', sa.Date()),
        sa.Column('days_to_expiry', sa.Integer()),
        sa.Column('decision', sa.String(length=10), nullable=False, comment='ENTER, HOLD, EXIT or WAIT'),
        sa.Column('side', sa.String(length=2), comment='CE or PE'),
        sa.Column('strike', sa.Integer()),
        sa.Column('confidence', sa.Numeric(precision=10, scale=4), comment='0 to 100'),
        sa.Column('quantity', sa.Integer(), comment='units'),
        sa.Column('entry_price', sa.Numeric(precision=10, scale=2), comment='executable: the ask then; NULL when there was none'),
        sa.Column('exit_price', sa.Numeric(precision=10, scale=2), comment='executable: the bid then; NULL when there was none'),
        sa.Column('exit_reason', sa.String(length=20), comment='horizon, stop, target, close or unknown'),
        sa.Column('gross', sa.Numeric(precision=10, scale=2), comment='rupees'),
        sa.Column('charges', sa.Numeric(precision=10, scale=2), comment='rupees, both legs'),
        sa.Column('net', sa.Numeric(precision=10, scale=2), comment='rupees'),
        sa.Column('hit', sa.Boolean(), comment='net is above 0; NULL when it cannot be told'),
        sa.Column('scored_at', MOMENT, nullable=False, comment="by the service's clock, UTC"),
        sa.PrimaryKeyConstraint('event_id', 'engine', 'horizon', name='pk_decision_outcomes'),
    )
    create_index('ix_decision_outcomes_index_name_time', 'decision_outcomes', ['index_name', 'time'])
    create_index('ix_decision_outcomes_time', 'decision_outcomes', ['time'])


def create_table(name, *parts):
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(name):
        op.create_table(name, *parts)
        return
    wanted = {part.name for part in parts if isinstance(part, sa.Column)}
    if wanted != {column['name'] for column in inspector.get_columns(name)}:
        raise Misconfigured(f'the database holds another table called {name}: rename it, then run `oi migrate` again')


def create_index(name, table, columns):
    if name not in {index['name'] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def downgrade() -> None:
    op.drop_table('decision_outcomes')
    op.drop_table('ai_decisions')
    op.drop_table('ai_calls')
