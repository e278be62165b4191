"""Values of facts that records may keep for fewer days than themselves (``keep_days``)."""

from __future__ import annotations

from datetime import datetime, timedelta

from proxy.ledger.ledger import Ledger
from proxy.rules.context_options import ContextOptions


class FactRetention:
    """Forgets one tenant's values in time. Each run goes on from the last; a changed declaration begins anew."""

    def __init__(self, ledger: Ledger, tenant: str) -> None:
        self._ledger = ledger
        self._tenant = tenant
        self._done: dict[tuple[int, tuple[str, ...]], datetime] = {}

    def keep(self, options: ContextOptions, now: datetime) -> int:
        """Forget what is too old at ``now``; in how many decisions there was some. Raises LedgerError."""
        forgotten, done = 0, {}
        for days, names in _by_days(options).items():
            before = now - timedelta(days=days)
            since = self._done.get((days, names))
            forgotten += self._ledger.forget_facts(names, before, since, self._tenant)
            done[days, names] = before
        self._done = done
        return forgotten


def _by_days(options: ContextOptions) -> dict[int, tuple[str, ...]]:
    """The facts whose values are kept for so many days. What is kept for 0 is never written."""
    limits = {fact.name: fact.keep_days for fact in options.facts if fact.keep_days}
    return {
        days: tuple(name for name in limits if limits[name] == days) for days in set(limits.values()) if days
    }
