"""Failed sign-ins, counted for all workers together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT

revision = "r0015"
down_revision = "r0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("free_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_last_at", "sign_in_failures", ["last_at"])


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
