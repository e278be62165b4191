"""What was done about people and API keys, and the answers that people sent; sealed in the audit log.

Of people and keys that are there already, one event each tells how they stand.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from proxy.ledger.migrations.versions.r0001_answers_cases_documents import INSTANT, ROW_ID, forbid_updates
from proxy.ledger.migrations.versions.r0008_audit import note_inserts
from proxy.ledger.schema.columns import Instant
from proxy.ledger.staff.events import CXAI, Event, Kind, key_state, person_state

revision = "r0014"
down_revision = "r0013"
branch_labels = None
depends_on = None

PEOPLE = sa.table(
    "people",
    *map(sa.column, ("id", "tenant", "email", "name", "password_hash", "issuer", "subject")),
    sa.column("roles", sa.JSON),
    sa.column("disabled_at", Instant),
)
KEYS = sa.table(
    "api_keys",
    *map(sa.column, ("prefix", "digest", "name", "tenant", "requests_per_minute", "concurrency", "replaces")),
    sa.column("scopes", sa.JSON),
    sa.column("expires_at", Instant),
    sa.column("revoked_at", Instant),
)


def upgrade() -> None:
    events = op.create_table(
        "staff_events",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("ref", sa.Text),
        sa.Column("state", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_events"),
        sa.ForeignKeyConstraint(["ref"], ["escalations.ref"], name="fk_staff_events_ref", ondelete="CASCADE"),
    )
    op.create_index("ix_staff_events_kind_subject", "staff_events", ["kind", "subject"])
    op.create_index("ix_staff_events_ref", "staff_events", ["ref"])
    forbid_updates("staff_events")
    _tell_what_is_there(events)
    note_inserts("staff_events", ("id",))


def _tell_what_is_there(events: sa.Table) -> None:
    connection = op.get_bind()
    people = [
        (Kind.PERSON, row.id, person_state(row._mapping)) for row in connection.execute(sa.select(PEOPLE))
    ]
    keys = [
        (Kind.API_KEY, row.prefix, key_state(row._mapping)) for row in connection.execute(sa.select(KEYS))
    ]
    for kind, subject, state in people + keys:
        event = {"kind": kind, "subject": subject, "event": Event.FOUND, "actor": CXAI, "state": state}
        connection.execute(sa.insert(events), {"at": _now(), **event})


def _now() -> datetime:
    """As ``Instant`` writes it: SQLite keeps UTC without saying so."""
    now = datetime.now(UTC)
    return now.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else now


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
