"""Whom an alarm of drift is told. What was found before is told to nobody any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID

revision = "r0026"
down_revision = "r0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drift_deliveries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("done_at", INSTANT),
        sa.Column("problem", sa.Text),
        sa.ForeignKeyConstraint(
            ["tenant", "day"],
            ["drift_looks.tenant", "drift_looks.day"],
            name="fk_drift_deliveries_tenant_day",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_drift_deliveries"),
    )
    op.create_index("ix_drift_deliveries_due_at", "drift_deliveries", ["due_at"])
    op.create_index(
        "ix_drift_deliveries_tenant_day_target", "drift_deliveries", ["tenant", "day", "target"], unique=True
    )
    op.execute(
        "INSERT INTO drift_deliveries (tenant, day, target, attempts) "
        "SELECT tenant, day, '', 0 FROM drift_looks WHERE found IS NOT NULL"
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
