"""Candidates that answer some customers: where each stands, what its conversations came to, what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates
from proxy.ledger.migrations.versions.r0008_audit import note_inserts

revision = "r0022"
down_revision = "r0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _canaries()
    _events()
    _conversations()


def _canaries() -> None:
    op.create_table(
        "canaries",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_canaries"),
    )


def _events() -> None:
    op.create_table(
        "canary_events",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_canary_events"),
    )
    op.create_index("ix_canary_events_tenant_name", "canary_events", ["tenant", "name"])
    forbid_updates("canary_events")
    note_inserts("canary_events", ("id",))


def _conversations() -> None:
    op.create_table(
        "canary_conversations",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("arm", sa.Text, nullable=False),
        sa.Column("stratum", sa.Text, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("answers", sa.Integer, nullable=False),
        sa.Column("unsupported", sa.Integer, nullable=False),
        sa.Column("escalated", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("slow", sa.Integer, nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "conversation", name="pk_canary_conversations"),
    )
    columns = ["tenant", "name", "counted", "last_at"]
    op.create_index("ix_canary_conversations_tenant_name_counted_last_at", "canary_conversations", columns)
    op.create_index("ix_canary_conversations_last_at", "canary_conversations", ["last_at"])


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
