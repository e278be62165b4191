"""Recall: sentences by their meaning, past answers judged again, and the corrections that customers are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID

revision = "r0019"
down_revision = "r0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sentences()
    _recalls()
    _findings()
    _corrections()


def _sentences() -> None:
    op.create_table(
        "sentences",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sentences"),
    )
    op.create_index(
        "ix_sentences_tenant_model_digest", "sentences", ["tenant", "model", "digest"], unique=True
    )
    op.create_table(
        "sentence_places",
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("choice", sa.Integer, nullable=False),
        sa.Column("begins", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sentence_id", ROW_ID),
        sa.PrimaryKeyConstraint("response_id", "choice", "begins", name="pk_sentence_places"),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["decisions.response_id"],
            name="fk_sentence_places_response_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sentence_id"], ["sentences.id"], name="fk_sentence_places_sentence_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_sentence_places_sentence_id_created_at", "sentence_places", ["sentence_id", "created_at"]
    )
    op.create_index("ix_sentence_places_tenant_created_at", "sentence_places", ["tenant", "created_at"])


def _recalls() -> None:
    op.create_table(
        "recalls",
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("what", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("cursor_at", INSTANT),
        sa.Column("cursor_id", sa.Text),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("ref", name="pk_recalls"),
    )
    op.create_index("ix_recalls_tenant_at", "recalls", ["tenant", "at"])


def _findings() -> None:
    op.create_table(
        "recall_findings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("choice", sa.Integer, nullable=False),
        sa.Column("begins", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("conversation_id", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("label_then", sa.Text),
        sa.Column("label_now", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("document", sa.Text),
        sa.Column("section", sa.Text),
        sa.Column("quote", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("failure_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_recall_findings"),
        _of_recall("recall_findings"),
    )
    columns = ["ref", "response_id", "choice", "begins"]
    op.create_index(
        "ix_recall_findings_ref_response_id_choice_begins", "recall_findings", columns, unique=True
    )
    op.create_index("ix_recall_findings_tenant_customer_id", "recall_findings", ["tenant", "customer_id"])


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text),
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("approved_at", INSTANT),
        sa.Column("target", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("sending_at", INSTANT),
        sa.Column("done_at", INSTANT),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        _of_recall("corrections"),
    )
    op.create_index("ix_corrections_ref_customer_id", "corrections", ["ref", "customer_id"], unique=True)
    op.create_index("ix_corrections_tenant_customer_id", "corrections", ["tenant", "customer_id"])
    op.create_index("ix_corrections_target_due_at", "corrections", ["target", "due_at"])
    op.create_index("ix_corrections_state", "corrections", ["state"])


def _of_recall(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["ref"], ["recalls.ref"], name=f"fk_{table}_ref", ondelete="CASCADE")


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
