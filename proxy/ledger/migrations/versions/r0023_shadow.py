"""Copies of requests that candidates were asked, beside the answers that customers got."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT

revision = "r0023"
down_revision = "r0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shadow_answers",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("live", sa.JSON, nullable=False),
        sa.Column("candidate", sa.JSON, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "response_id", name="pk_shadow_answers"),
    )
    op.create_index("ix_shadow_answers_response_id", "shadow_answers", ["response_id"])
    op.create_index("ix_shadow_answers_at", "shadow_answers", ["at"])


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
