"""How Alembic runs: on the connection it is handed by `oi_common.migrations`."""

from alembic import context

from oi_common.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `oi migrate`: it hands Alembic the connection of DATABASE_URL")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
