"""The audit log: the chain of sealed rows, and triggers by which every new row waits to be sealed.

Rows that are there already are sealed too: they wait in line when this is done.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates

revision = "r0008"
down_revision = "r0006"
branch_labels = None
depends_on = None

KEYS: dict[str, tuple[str, ...]] = {
    "decisions": ("response_id",),
    "escalations": ("ref",),
    "escalation_events": ("id",),
    "contacts": ("id",),
    "promises": ("id",),
    "policy_changes": ("id",),
    "document_versions": ("content_hash",),
    "document_placements": ("id",),
    "corpus_documents": ("corpus_version", "document_id"),
    "rule_proposals": ("id",),
    "rule_proposal_events": ("id",),
    "review_items": ("id",),
    "review_givings": ("id",),
    "review_judgements": ("id",),
    "review_ends": ("giving_id",),
    "review_draws": ("id",),
    "audit_removals": ("id",),
}
UNIT_SEPARATOR = 31  # between the parts of a key (audit/rows.py)


def upgrade() -> None:
    _chain()
    _queue()
    for table in ("audit_batches", "audit_entries", "audit_salts", "audit_removals"):
        forbid_updates(table)
    for table, key in KEYS.items():
        note_inserts(table, key)


def _chain() -> None:
    op.create_table(
        "audit_batches",
        sa.Column("number", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("sealed_at", INSTANT, nullable=False),
        sa.Column("drained", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_batches"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("seq", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("batch", ROW_ID, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("commitment", sa.Text, nullable=False),
        sa.Column("rule", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_batch", "audit_entries", ["batch"])
    op.create_table(
        "audit_salts",
        sa.Column("seq", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_salts"),
    )
    op.create_index(
        "ix_audit_salts_table_name_row_key", "audit_salts", ["table_name", "row_key"], unique=True
    )
    op.create_table(
        "audit_removals",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("seq", ROW_ID, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_removals"),
    )
    op.create_index("ix_audit_removals_seq", "audit_removals", ["seq"])


def _queue() -> None:
    op.create_table(
        "audit_pending",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("rule", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_audit_pending"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_pending_table_name_row_key", "audit_pending", ["table_name", "row_key"])


def note_inserts(table: str, key: tuple[str, ...]) -> None:
    """Have every row of this table wait to be sealed: those that come, and those that are there.

    What is there is noted before the trigger is made, which on PostgreSQL holds up those who write; then what came
    between.
    """
    _note_what_is_there(table, key)
    new_key = _joined(f"NEW.{column}" for column in key)
    noting = f"INSERT INTO audit_pending (table_name, row_key) VALUES ('{table}', {new_key})"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {table}_audited AFTER INSERT ON {table} BEGIN {noting}; END")
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_audited() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN {noting}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_audited AFTER INSERT ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_audited()"
    )
    _note_what_is_there(table, key)


def _note_what_is_there(table: str, key: tuple[str, ...]) -> None:
    own_key = _joined(f"{table}.{column}" for column in key)
    op.execute(
        f"INSERT INTO audit_pending (table_name, row_key) SELECT '{table}', {own_key} FROM {table} "
        f"WHERE NOT EXISTS (SELECT 1 FROM audit_pending WHERE table_name = '{table}' AND row_key = {own_key})"
    )


def _joined(columns: Iterable[str]) -> str:
    char = "char" if op.get_bind().dialect.name == "sqlite" else "chr"
    separator = f" || {char}({UNIT_SEPARATOR}) || "
    return separator.join(f"CAST({column} AS TEXT)" for column in columns)


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
