"""Notes of reviewers to the owners of policy texts: what is wrong in one, or which is missing. They are only added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from proxy.ledger.database import Read
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.rows import record_of, row_of
from proxy.ledger.schema import policy_notes
from proxy.ledger.writer import Submit


@dataclass(frozen=True, slots=True)
class PolicyNote:
    """What somebody found while reviewing the case ``ref``.

    ``document_id``, ``content_hash``, ``section`` and ``line`` name the text as it was read, ``owner`` who owns it;
    None where a text is missing. ``author`` is the person's name.
    """

    at: datetime
    author: str
    ref: str
    text: str
    document_id: str | None = None
    content_hash: str | None = None
    section: str | None = None
    line: int | None = None
    owner: str | None = None
    tenant: str = DEFAULT_TENANT


class PolicyNotes:
    """Made by ``Ledger.policy_notes``."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def add(self, note: PolicyNote) -> None:
        """Make a note durable. Raises LedgerError."""
        row = row_of(note)
        self._submit(lambda connection: connection.execute(insert(policy_notes), row)).result()

    def listed(self, tenant: str, document_id: str | None = None, limit: int = 50) -> list[PolicyNote]:
        """A tenant's notes, the newest first; of one document where it is named."""
        found = select(policy_notes).where(policy_notes.c.tenant == tenant)
        if document_id is not None:
            found = found.where(policy_notes.c.document_id == document_id)
        rows = self._read(found.order_by(policy_notes.c.at.desc(), policy_notes.c.id.desc()).limit(limit))
        return [record_of(PolicyNote, row) for row in rows]
