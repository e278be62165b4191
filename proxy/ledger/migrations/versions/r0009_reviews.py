"""What people reviewed: items, givings, judgements and their ends, and the draws of the sample."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates

revision = "r0009"
down_revision = "r0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _items()
    _givings()
    _judgements()
    _draws()
    for table in ("review_items", "review_givings", "review_judgements", "review_ends", "review_draws"):
        forbid_updates(table)


def _items() -> None:
    op.create_table(
        "review_items",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.Column("response_id", sa.Text),
        sa.Column("case_ref", sa.Text),
        sa.Column("content", sa.JSON),
        sa.Column("truth", sa.JSON),
        sa.Column("source", sa.Text),
        sa.Column("risk", sa.Text, nullable=False),
        sa.Column("second", sa.Boolean, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("inclusion", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_review_items"),
    )
    op.create_index("ix_review_items_tenant_key", "review_items", ["tenant", "key"], unique=True)
    op.create_index(
        "ix_review_items_tenant_kind_created_at", "review_items", ["tenant", "kind", "created_at"]
    )
    op.create_index("ix_review_items_response_id", "review_items", ["response_id"])


def _givings() -> None:
    op.create_table(
        "review_givings",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("required", sa.JSON, nullable=False),
        sa.Column("burst", sa.Text),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_givings"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["review_items.id"], name="fk_review_givings_item_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_review_givings_item_id_reviewer", "review_givings", ["item_id", "reviewer"], unique=True
    )
    op.create_index("ix_review_givings_tenant_at", "review_givings", ["tenant", "at"])
    op.create_index("ix_review_givings_reviewer_at", "review_givings", ["reviewer", "at"])


def _judgements() -> None:
    op.create_table(
        "review_judgements",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("giving_id", sa.Text, nullable=False),
        sa.Column("claim", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("visible_ms", sa.BigInteger, nullable=False),
        sa.Column("focused_ms", sa.BigInteger, nullable=False),
        sa.Column("floor_ms", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_review_judgements"),
        sa.ForeignKeyConstraint(
            ["giving_id"], ["review_givings.id"], name="fk_review_judgements_giving_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_review_judgements_giving_id_claim_stage",
        "review_judgements",
        ["giving_id", "claim", "stage"],
        unique=True,
    )
    op.create_table(
        "review_ends",
        sa.Column("giving_id", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("giving_id", name="pk_review_ends"),
        sa.ForeignKeyConstraint(
            ["giving_id"], ["review_givings.id"], name="fk_review_ends_giving_id", ondelete="CASCADE"
        ),
    )


def _draws() -> None:
    op.create_table(
        "review_draws",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("population", sa.Integer, nullable=False),
        sa.Column("drawn", sa.Integer, nullable=False),
        sa.Column("shares", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_draws"),
    )
    op.create_index("ix_review_draws_tenant_since", "review_draws", ["tenant", "since"], unique=True)


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
