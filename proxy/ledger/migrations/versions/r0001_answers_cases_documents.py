"""The first schema: decisions, escalations with what happened to them, and the documents' versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "decisions",
    "escalations",
    "escalation_events",
    "document_versions",
    "document_placements",
    "corpus_documents",
)
INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _decisions()
    _escalations()
    _documents()
    for table in APPEND_ONLY:
        forbid_updates(table)


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("unverified_reason", sa.Text),
        sa.Column("confidence", sa.Double),
        sa.Column("conversation_id", sa.Text),
        sa.Column("customer_id", sa.Text),
        sa.Column("trace_id", sa.Text),
        sa.Column("streamed", sa.Boolean, nullable=False),
        sa.Column("policy_date", INSTANT),
        sa.Column("escalation_ref", sa.Text),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.Column("corpus_version", sa.Text),
        sa.Column("question", sa.Text),
        sa.Column("choices", sa.JSON, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("timings_ms", sa.JSON, nullable=False),
        sa.Column("usage", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("response_id", name="pk_decisions"),
    )
    _index("decisions", "created_at")
    _index("decisions", "mode", "decision", "created_at")
    _index("decisions", "escalation_ref")
    _index("decisions", "corpus_version")


def _escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("response_id", sa.Text, nullable=False),
        sa.Column("dedup_key", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("conversation_id", sa.Text),
        sa.Column("customer_id", sa.Text),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text),
        sa.Column("span_id", sa.Text),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.Column("question", sa.Text),
        sa.Column("blocked_text", sa.Text),
        sa.PrimaryKeyConstraint("ref", name="pk_escalations"),
    )
    _index("escalations", "dedup_key", "created_at")
    _index("escalations", "created_at")
    op.create_table(
        "escalation_events",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_escalation_events"),
        sa.ForeignKeyConstraint(
            ["ref"], ["escalations.ref"], name="fk_escalation_events_ref", ondelete="CASCADE"
        ),
    )
    _index("escalation_events", "ref", "id")


def _documents() -> None:
    op.create_table(
        "document_versions",
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name="pk_document_versions"),
    )
    op.create_table(
        "document_placements",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document_placements"),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["document_versions.content_hash"], name="fk_document_placements_content_hash"
        ),
    )
    _index("document_placements", "path", "id")
    _index("document_placements", "document_id", "id")
    _index("document_placements", "content_hash")
    op.create_table(
        "corpus_documents",
        sa.Column("corpus_version", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("corpus_version", "document_id", name="pk_corpus_documents"),
    )
    _index("corpus_documents", "content_hash")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def forbid_updates(table: str) -> None:
    """Rows are added, and removed by retention, but never changed: the database itself refuses."""
    message = f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
