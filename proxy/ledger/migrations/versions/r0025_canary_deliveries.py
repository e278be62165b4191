"""Whom a canary's roll-back is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID

revision = "r0025"
down_revision = "r0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canary_deliveries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("event_id", ROW_ID, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("done_at", INSTANT),
        sa.Column("problem", sa.Text),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["canary_events.id"],
            name="fk_canary_deliveries_event_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_canary_deliveries"),
    )
    op.create_index("ix_canary_deliveries_due_at", "canary_deliveries", ["due_at"])
    op.create_index(
        "ix_canary_deliveries_event_id_target", "canary_deliveries", ["event_id", "target"], unique=True
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
