"""What chats have chosen of the rules

MySQL and MariaDB commit each statement by itself, so this may be run again after it was cut short: a column that is
there already is left as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("telegram_chats")}
    if "choices" not in there:
        comment = "of the rules, where they are not as usual"
        op.add_column("telegram_chats", sa.Column("choices", sa.JSON(none_as_null=True), comment=comment))


def downgrade() -> None:
    with op.batch_alter_table("telegram_chats") as batch:
        batch.drop_column("choices")
