"""Looks at a ledger for failures, as the proxy takes them every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from proxy.ledger.failures.records import FailureFile
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder
from proxy.recovery.detecting.finding import find
from proxy.recovery.detecting.look import Look

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@cache
def embedder() -> Embedder:
    return Embedder.load()


def look(ledger: Ledger, **more: Any) -> Look:
    usual = {"since": LONG_AGO, "now": datetime.now(UTC), "kept_since": LONG_AGO}
    return Look(ledger, embed=lambda text: embedder().embed(text), **{**usual, **more})


def looked(ledger: Ledger, **more: Any) -> dict[str, int]:
    """What each source told that is new, without those that told nothing."""
    return {name: count for name, count in find(look(ledger, **more)).items() if count}


def files(ledger: Ledger, tenant: str = "default") -> list[FailureFile]:
    return list(ledger.failures.in_order(tenant))


def the_file(ledger: Ledger, kind: str, tenant: str = "default") -> FailureFile:
    """The one failure of this kind."""
    (found,) = [one for one in files(ledger, tenant) if one.failure.kind == kind]
    return found


def in_days(at: datetime, days: float) -> datetime:
    return at + timedelta(days=days)
