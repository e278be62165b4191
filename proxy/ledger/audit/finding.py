"""What is wrong with a log or a row, in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from proxy.ledger.audit.rows import shown_key


class Wrong(StrEnum):
    CHANGED = "changed"  # a row is not what was sealed
    MISSING = "missing"  # a row is gone, and no rule has removed it
    ADDED = "added"  # a row was never sealed, or long after the time that it names
    REMOVAL = "removal"  # a note of a removal that cannot be so
    CHAIN = "chain"  # a batch or an entry was changed, taken out or put in
    HEAD = "head"  # the log does not go on from a head that was exported, or the head is not authentic


@dataclass(frozen=True, slots=True)
class Finding:
    """``table`` and ``key`` name the row, ``seq`` its entry, ``batch`` the batch, as far as they are known."""

    wrong: Wrong
    text: str
    table: str | None = None
    key: str | None = None
    seq: int | None = None
    batch: int | None = None

    def __str__(self) -> str:
        row = f"{self.table} {shown_key(self.key)}" if self.table and self.key is not None else self.table
        entry = f"entry {self.seq}" if self.seq is not None else None
        batch = f"batch {self.batch}" if self.batch is not None else None
        place = ", ".join(part for part in (row, entry, batch) if part)
        return f"{self.wrong}: {place}: {self.text}" if place else f"{self.wrong}: {self.text}"


@dataclass(slots=True)
class Verified:
    """What was looked through. ``removed`` counts the rows that are gone by rule, ``put_back`` those in their place.

    ``notices`` is nothing wrong; nor is ``told_later``, by table the rows that tell of a time long before they came.
    """

    batches: int = 0
    entries: int = 0
    rows: int = 0
    waiting: int = 0
    heads: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    told_later: Counter[str] = field(default_factory=Counter)
    put_back: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
