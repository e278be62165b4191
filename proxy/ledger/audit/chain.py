"""The chain: each batch of entries is one line of canonical JSON (RFC 8785), which names the hash of the line before.

    {"batch":2,"drained":true,"entries":[[17,"decisions","<commitment>",null],...],"previous":"<hash>","sealed_at":"..."}

The SHA-256 of a batch's line is its hash: who knows it knows all entries up to there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import rfc8785

from proxy.ledger.audit.rows import instant

BEGINNING = "0" * 64  # what the first batch names as the hash before it


@dataclass(frozen=True, slots=True)
class Entry:
    """One row's place in the log. ``rule`` says why it was put back after a removal; None for all others."""

    seq: int
    table: str
    commitment: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries sealed together; ``drained`` where nothing more waited then."""

    number: int
    previous: str
    sealed_at: datetime
    drained: bool
    entries: Sequence[Entry]

    def line(self) -> bytes:
        entries = [[one.seq, one.table, one.commitment, one.rule] for one in self.entries]
        return rfc8785.dumps(
            {
                "batch": self.number,
                "drained": self.drained,
                "entries": entries,
                "previous": self.previous,
                "sealed_at": instant(self.sealed_at),
            }
        )

    def hash(self) -> str:
        return hashlib.sha256(self.line()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest batch, and how many entries there are up to it."""

    batch: int
    hash: str
    entries: int
    sealed_at: datetime | None


NO_HEAD = Head(0, BEGINNING, 0, None)
