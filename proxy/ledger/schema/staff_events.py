"""What was done about who may do what, and the answers that people sent."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text

from proxy.ledger.schema.cases import escalations
from proxy.ledger.schema.columns import Instant, RowId, metadata

# One row a change of ``people`` or ``api_keys``, whose own rows change, and one an answer (``desk_answers``), which
# goes with its case ``ref``. ``subject`` is the row's key there; ``state`` is what holds of it since.
staff_events = Table(
    "staff_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ref", Text, ForeignKey(escalations.c.ref, ondelete="CASCADE")),
    Column("state", JSON, nullable=False),
    Index(None, "kind", "subject"),
    Index(None, "ref"),
)
