"""Whether live traffic has changed, as it was looked at day by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT

revision = "r0024"
down_revision = "r0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drift_looks",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("found", sa.JSON),
        sa.PrimaryKeyConstraint("tenant", "day", name="pk_drift_looks"),
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
