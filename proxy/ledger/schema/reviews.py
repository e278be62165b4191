"""What people reviewed: items, who was given which, what they said of each claim; and the draws of the sample."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

# One answer to review. ``key`` makes it one however often it is added. Its text is the decision's (``response_id``);
# only made-up answers (seeded items) bring their own ``content``. ``truth`` is what is known of their claims.
review_items = Table(
    "review_items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("answered_at", Instant, nullable=False),
    Column("response_id", Text),
    Column("case_ref", Text),
    Column("content", JSON),
    Column("truth", JSON),
    Column("source", Text),
    Column("risk", Text, nullable=False),
    Column("second", Boolean, nullable=False),
    Column("author", Text),
    Column("inclusion", Double),
    Index(None, "tenant", "key", unique=True),
    Index(None, "tenant", "kind", "created_at"),
    Index(None, "response_id"),
)

# An item given to a person: nobody gets one twice. ``required`` are the claims that have to be judged.
review_givings = Table(
    "review_givings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("item_id", Text, ForeignKey(review_items.c.id, ondelete="CASCADE"), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("required", JSON, nullable=False),
    Column("burst", Text),
    Column("simulated", Boolean, nullable=False),
    Index(None, "item_id", "reviewer", unique=True),
    Index(None, "tenant", "at"),
    Index(None, "reviewer", "at"),
)

# What a person said of a claim: ``stage`` is ``first`` (blind) or ``reconsidered``; both stay.
review_judgements = Table(
    "review_judgements",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("giving_id", Text, ForeignKey(review_givings.c.id, ondelete="CASCADE"), nullable=False),
    Column("claim", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("visible_ms", BigInteger, nullable=False),
    Column("focused_ms", BigInteger, nullable=False),
    Column("floor_ms", BigInteger, nullable=False),
    Column("note", Text),
    Index(None, "giving_id", "claim", "stage", unique=True),
)

# How a review ended: ``finished`` or ``released``. ``wanted`` is how many reviews its item needs as it is known then.
review_ends = Table(
    "review_ends",
    metadata,
    Column("giving_id", Text, ForeignKey(review_givings.c.id, ondelete="CASCADE"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
)

# Of which answers a sample was drawn: ``population`` could have been, each with its own known probability.
review_draws = Table(
    "review_draws",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("population", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("shares", JSON, nullable=False),
    Index(None, "tenant", "since", unique=True),
)
