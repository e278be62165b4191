"""Notes to the owners of policies are sealed in the audit log."""

from __future__ import annotations

from proxy.ledger.migrations.versions.r0008_audit import note_inserts

revision = "r0013"
down_revision = "r0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    note_inserts("policy_notes", ("id",))


def downgrade() -> None:
    raise NotImplementedError("a ledger does not go back: restore a backup instead")
