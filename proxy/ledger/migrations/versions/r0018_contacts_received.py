"""Contacts are found by when they came, as who looks for failures asks for them."""

from __future__ import annotations

from alembic import op

revision = "r0018"
down_revision = "r0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contacts_tenant_received_at", "contacts", ["tenant", "received_at"])


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
