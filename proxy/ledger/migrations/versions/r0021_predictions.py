"""What rehearsals predicted of production, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates
from proxy.ledger.migrations.versions.r0008_audit import note_inserts

revision = "r0021"
down_revision = "r0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _reports()
    _predictions()
    _outcomes()
    for table in ("rehearsal_reports", "predictions", "prediction_outcomes"):
        forbid_updates(table)
    for table in ("predictions", "prediction_outcomes"):
        note_inserts(table, ("id",))


def _reports() -> None:
    op.create_table(
        "rehearsal_reports",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rehearsal_reports"),
    )
    op.create_index("ix_rehearsal_reports_tenant_at", "rehearsal_reports", ["tenant", "at"])


def _predictions() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("suite", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("pilot", sa.Float),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("low", sa.Float, nullable=False),
        sa.Column("high", sa.Float, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("made_from", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
    )
    op.create_index("ix_predictions_tenant_at", "predictions", ["tenant", "at"])
    op.create_index("ix_predictions_report_id", "predictions", ["report_id"])


def _outcomes() -> None:
    op.create_table(
        "prediction_outcomes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("prediction_id", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("low", sa.Float, nullable=False),
        sa.Column("high", sa.Float, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prediction_outcomes"),
        sa.ForeignKeyConstraint(
            ["prediction_id"],
            ["predictions.id"],
            name="fk_prediction_outcomes_prediction_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_prediction_outcomes_prediction_id_id", "prediction_outcomes", ["prediction_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
