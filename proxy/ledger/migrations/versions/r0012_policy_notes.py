"""Notes of reviewers to the owners of policy texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates

revision = "r0012"
down_revision = "r0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_notes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text),
        sa.Column("content_hash", sa.Text),
        sa.Column("section", sa.Text),
        sa.Column("line", sa.Integer),
        sa.Column("owner", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_policy_notes"),
        sa.ForeignKeyConstraint(["ref"], ["escalations.ref"], name="fk_policy_notes_ref", ondelete="CASCADE"),
    )
    op.create_index("ix_policy_notes_tenant_at", "policy_notes", ["tenant", "at"])
    op.create_index("ix_policy_notes_ref", "policy_notes", ["ref"])
    forbid_updates("policy_notes")


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
