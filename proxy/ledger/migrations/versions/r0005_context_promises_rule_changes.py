"""What reaches us of customers through other channels, what they were promised, who changed which policies.

And with each decision, the context that it was made in, and the rules that fired before and after the model was asked.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable, so that workers of the release before go on writing rows.
    for column in ("request", "context", "rules"):
        op.add_column("decisions", sa.Column(column, sa.JSON))
    op.create_index("ix_decisions_customer_id_created_at", "decisions", ["customer_id", "created_at"])
    op.create_index("ix_escalations_customer_id_created_at", "escalations", ["customer_id", "created_at"])
    op.create_table(
        "contacts",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("ref", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_tenant_key", "contacts", ["tenant", "key"], unique=True)
    op.create_index("ix_contacts_customer_id_at", "contacts", ["customer_id", "at"])
    op.create_index("ix_contacts_kind_at", "contacts", ["kind", "at"])
    op.create_table(
        "promises",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("what", sa.JSON, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_promises"),
    )
    op.create_index("ix_promises_customer_id_created_at", "promises", ["customer_id", "created_at"])
    op.create_index("ix_promises_due_at", "promises", ["due_at"])
    op.create_table(
        "policy_changes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("previous", sa.Text),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_changes"),
    )
    op.create_index("ix_policy_changes_tenant_at", "policy_changes", ["tenant", "at"])
    for table in ("contacts", "promises", "policy_changes"):
        forbid_updates(table)


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
