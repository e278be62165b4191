"""Who has approved a correction: where two have to, it waits for the second one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0020"
down_revision = "r0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("corrections", sa.Column("approvals", sa.JSON))


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
