"""While the proxy serves: what waits is sealed every few seconds, and signed heads are exported by the hour."""

from __future__ import annotations

import asyncio
import time

import structlog

from proxy.ledger.audit.heads import append, public_text, signed, signing_key
from proxy.ledger.audit.log import AuditLog
from proxy.ledger.audit.options import AuditFiles, AuditOptions
from proxy.ledger.errors import LedgerError
from proxy.threads import in_thread

log = structlog.get_logger(__name__)


async def keep_sealed(audit: AuditLog, options: AuditOptions, files: AuditFiles) -> None:
    """Seal and export until cancelled. What fails is logged and tried again: no answer waits for it."""
    keeper = Keeper(audit, options, files)
    while True:
        await in_thread(keeper.tick)
        await asyncio.sleep(options.seal_every_s)


class Keeper:
    """One process's share: replicas take turns at sealing, and each exports heads to its own folder."""

    def __init__(self, audit: AuditLog, options: AuditOptions, files: AuditFiles) -> None:
        self._audit, self._files = audit, files
        self._every_s = options.heads_every_minutes * 60
        self._next_head = 0.0
        self._failing = False

    def tick(self) -> None:
        """Seal what waits, and export a head where it is time."""
        try:
            self._audit.seal()
            if time.monotonic() >= self._next_head:
                export_head(self._audit, self._files)
                self._next_head = time.monotonic() + self._every_s
            self._failing = False
        except LedgerError as error:
            if not self._failing:  # once, and not every few seconds
                log.error("the audit log could not be kept", error=str(error))
            self._failing = True


def export_head(audit: AuditLog, files: AuditFiles) -> bytes | None:
    """Append the newest head to the file of heads, and log it; None where nothing was sealed yet.

    The log goes where the ledger's administrators do not reach, as a rule: a copy of the head is there, too.
    """
    key = signing_key(files.key)
    head = audit.head()
    if head.sealed_at is None:
        return None
    line = signed(head, key)
    if append(files.heads, line):
        log.info("audit head", batch=head.batch, entries=head.entries, hash=head.hash, key=public_text(key))
    return line
