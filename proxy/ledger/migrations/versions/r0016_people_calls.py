"""Calls for more people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID

revision = "r0016"
down_revision = "r0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_calls",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("people_needed", sa.Integer, nullable=False),
        sa.Column("wait_s", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("done_at", INSTANT),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_people_calls"),
    )
    op.create_index("ix_people_calls_due_at", "people_calls", ["due_at"])
    op.create_index("ix_people_calls_tenant_at", "people_calls", ["tenant", "at"])


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
