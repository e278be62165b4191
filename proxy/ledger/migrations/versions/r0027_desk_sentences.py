"""What people answered to cases and no chat has told, by its meaning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID

revision = "r0027"
down_revision = "r0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_sentence_places",
        sa.Column("answer_id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("begins", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sentence_id", ROW_ID),
        sa.PrimaryKeyConstraint("answer_id", "begins", name="pk_desk_sentence_places"),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["desk_answers.id"],
            name="fk_desk_sentence_places_answer_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sentence_id"], ["sentences.id"], name="fk_desk_sentence_places_sentence_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_desk_sentence_places_sentence_id_created_at",
        "desk_sentence_places",
        ["sentence_id", "created_at"],
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
