"""By what answers are found again: their texts in lower case, and the documents, sections, verdicts and rules in them.

What was recorded before is entered by running workers, in bites (``answers.search.fill``), not here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, forbid_updates

revision = "r0010"
down_revision = "r0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_texts",
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("response_id", name="pk_answer_texts"),
        _of_a_decision("answer_texts"),
    )
    op.create_index("ix_answer_texts_tenant_created_at", "answer_texts", ["tenant", "created_at"])
    op.create_table(
        "answer_marks",
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("response_id", "kind", "value", name="pk_answer_marks"),
        _of_a_decision("answer_marks"),
        sqlite_with_rowid=False,  # its key is most of it
    )
    op.create_index(
        "ix_answer_marks_tenant_kind_value_created_at",
        "answer_marks",
        ["tenant", "kind", "value", "created_at"],
    )
    for table in ("answer_texts", "answer_marks"):
        forbid_updates(table)


def _of_a_decision(table: str) -> sa.ForeignKeyConstraint:
    """Goes with its decision, whoever removes it."""
    name = f"fk_{table}_response_id"
    return sa.ForeignKeyConstraint(["response_id"], ["decisions.response_id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
