"""Where each case stands and who holds it, what people answered, and whom that was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID

revision = "r0006"
down_revision = "r0009"
branch_labels = None
depends_on = None

# Of two events at one instant the one that keeps the case open counts ("open" sorts after "closed").
NEWEST = """
(SELECT status, at FROM escalation_events WHERE escalation_events.ref = {ref}
 ORDER BY at DESC, status DESC, id DESC LIMIT 1)
"""
OPENED = """
INSERT INTO desk_cases (ref, tenant, customer_id, opened_at, status, status_at)
VALUES (NEW.ref, NEW.tenant, NEW.customer_id, NEW.created_at, 'open', NEW.created_at);
INSERT INTO desk_news (tenant, ref, status, at, actor)
VALUES (NEW.tenant, NEW.ref, 'open', NEW.created_at, 'cxai');
"""
MOVED = f"""
UPDATE desk_cases SET (status, status_at) = {NEWEST.format(ref="NEW.ref").strip()} WHERE ref = NEW.ref;
INSERT INTO desk_news (tenant, ref, status, at, actor)
SELECT tenant, ref, NEW.status, NEW.at, NEW.actor FROM desk_cases WHERE ref = NEW.ref;
"""


def upgrade() -> None:
    # Nullable, so that workers of the release before go on writing rows.
    for column in ("answered_by", "owner"):
        op.add_column("decisions", sa.Column(column, sa.Text))
    op.create_index("ix_decisions_conversation_id_created_at", "decisions", ["conversation_id", "created_at"])
    _cases()
    _answers()
    _news()
    # Releases that know nothing of these tables write cases and events too, so the database itself follows them.
    _follow("desk_cases", "escalations", OPENED)
    _follow("desk_news", "escalation_events", MOVED)
    op.execute(
        "INSERT INTO desk_cases (ref, tenant, customer_id, opened_at, status, status_at) "
        "SELECT ref, tenant, customer_id, created_at, "
        "COALESCE((SELECT status FROM escalation_events e WHERE e.ref = escalations.ref "
        "ORDER BY at DESC, status DESC, id DESC LIMIT 1), 'open'), "
        "COALESCE((SELECT max(at) FROM escalation_events e WHERE e.ref = escalations.ref), created_at) "
        "FROM escalations"
    )


def _cases() -> None:
    op.create_table(
        "desk_cases",
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("topic", sa.Text),
        sa.Column("risk", sa.Text),
        sa.Column("due_at", INSTANT),
        sa.Column("holder", sa.Text),
        sa.Column("holder_name", sa.Text),
        sa.Column("held_until", INSTANT),
        sa.Column("answer_id", sa.Integer),
        sa.PrimaryKeyConstraint("ref", name="pk_desk_cases"),
        _of_case("desk_cases"),
    )
    _index("desk_cases", "tenant", "status", "opened_at")
    _index("desk_cases", "tenant", "status", "due_at")
    _index("desk_cases", "status", "due_at")
    _index("desk_cases", "customer_id", "opened_at")


def _answers() -> None:
    op.create_table(
        "desk_answers",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("author_name", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("claims", sa.JSON, nullable=False),
        sa.Column("override_reason", sa.Text),
        sa.Column("delivered_at", INSTANT),
        sa.Column("response_id", sa.Text),
        sa.Column("store_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_answers"),
        _of_case("desk_answers"),
    )
    _index("desk_answers", "ref", "id")
    _index("desk_answers", "response_id")
    op.create_table(
        "desk_requests",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_desk_requests"),
        _of_case("desk_requests"),
    )
    _index("desk_requests", "at")


def _news() -> None:
    op.create_table(
        "desk_news",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("handed_out", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_desk_news"),
        _of_case("desk_news"),
    )
    _index("desk_news", "handed_out", "id")
    _index("desk_news", "ref")
    _index("desk_news", "tenant", "id")
    op.create_table(
        "desk_deliveries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("news_id", ROW_ID, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("done_at", INSTANT),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_desk_deliveries"),
        sa.ForeignKeyConstraint(
            ["news_id"], ["desk_news.id"], name="fk_desk_deliveries_news_id", ondelete="CASCADE"
        ),
    )
    _index("desk_deliveries", "due_at")
    _index("desk_deliveries", "news_id", "target", unique=True)


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["ref"], ["escalations.ref"], name=f"fk_{table}_ref", ondelete="CASCADE")


def _index(table: str, *columns: str, unique: bool = False) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=unique)


def _follow(table: str, followed: str, statements: str) -> None:
    """A trigger that brings ``table`` in line with what was just inserted into ``followed``."""
    body = " ".join(statements.split())
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {table}_follows AFTER INSERT ON {followed} BEGIN {body} END")
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_follows() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_follows AFTER INSERT ON {followed} FOR EACH ROW EXECUTE FUNCTION {table}_follows()"
    )


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
