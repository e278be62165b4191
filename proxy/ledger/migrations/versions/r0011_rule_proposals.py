"""Rules that one person proposes and another one approves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates

revision = "r0011"
down_revision = "r0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_proposals",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("rule", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule_proposals"),
    )
    op.create_index("ix_rule_proposals_tenant_at", "rule_proposals", ["tenant", "at"])
    op.create_table(
        "rule_proposal_events",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("proposal_id", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_rule_proposal_events"),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["rule_proposals.id"],
            name="fk_rule_proposal_events_proposal_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_rule_proposal_events_proposal_id_id", "rule_proposal_events", ["proposal_id", "id"])
    for table in ("rule_proposals", "rule_proposal_events"):
        forbid_updates(table)


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
