"""Failures, all that happened to each since, and where each stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates
from proxy.ledger.migrations.versions.r0008_audit import note_inserts

revision = "r0017"
down_revision = "r0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _failures()
    _events()
    _states()
    for table in ("failures", "failure_events"):
        forbid_updates(table)
        note_inserts(table, ("id",))


def _failures() -> None:
    op.create_table(
        "failures",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("conversation_id", sa.Text),
        sa.Column("response_id", sa.Text),
        sa.Column("case_ref", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("topic", sa.Text),
        sa.Column("incident", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("trace_id", sa.Text),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failures"),
    )
    op.create_index("ix_failures_tenant_key", "failures", ["tenant", "key"], unique=True)
    op.create_index("ix_failures_tenant_occurred_at", "failures", ["tenant", "occurred_at"])
    for column in ("customer_id", "response_id", "incident"):
        op.create_index(f"ix_failures_{column}", "failures", [column])


def _events() -> None:
    op.create_table(
        "failure_events",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("failure_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_failure_events"),
        _of_failure("failure_events"),
    )
    op.create_index("ix_failure_events_failure_id_key", "failure_events", ["failure_id", "key"], unique=True)
    op.create_index("ix_failure_events_known_at", "failure_events", ["known_at"])


def _states() -> None:
    op.create_table(
        "failure_states",
        sa.Column("failure_id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("detected_at", INSTANT),
        sa.Column("detected_by", sa.Text),
        sa.Column("contained_at", INSTANT),
        sa.Column("corrected_at", INSTANT),
        sa.Column("restored_at", INSTANT),
        sa.Column("restored_how", sa.Text),
        sa.Column("learned_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_how", sa.Text),
        sa.Column("reopened", sa.Integer, nullable=False),
        sa.Column("recurrence_of", sa.Text),
        sa.Column("amount", sa.Double),
        sa.Column("currency", sa.Text),
        sa.Column("customer_id", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("topic", sa.Text),
        sa.Column("incident", sa.Text),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("failure_id", name="pk_failure_states"),
        _of_failure("failure_states"),
    )
    op.create_index("ix_failure_states_tenant_occurred_at", "failure_states", ["tenant", "occurred_at"])
    op.create_index(
        "ix_failure_states_tenant_status_occurred_at", "failure_states", ["tenant", "status", "occurred_at"]
    )
    for column in ("customer_id", "incident"):
        op.create_index(f"ix_failure_states_{column}", "failure_states", [column])


def _of_failure(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["failure_id"], ["failures.id"], name=f"fk_{table}_failure_id", ondelete="CASCADE"
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
