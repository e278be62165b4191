"""For whom and where a recorded question was asked: which documents counted, or would count at another date."""

from __future__ import annotations

from datetime import datetime

from proxy.corpus.documents import CUSTOMER_AUDIENCE, Scope
from proxy.ledger.records import DecisionRecord


def scope_of(record: DecisionRecord, date: datetime, documents: tuple[str, ...] = ("*",)) -> Scope:
    """The scope at this date. ``documents`` are globs; a record without its request is taken for a customer's."""
    asked = record.request or {}
    market, audience = asked.get("market"), asked.get("audience")
    return Scope(date, market or None, audience or CUSTOMER_AUDIENCE, documents)
