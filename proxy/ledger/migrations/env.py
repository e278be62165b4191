"""What Alembic runs: the migrations, on the connection and in the transaction that ``upgrade`` has opened."""

from __future__ import annotations

from alembic import context

from proxy.ledger.migrations import VERSION_TABLE
from proxy.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
