"""What was known of a customer when their request was answered, for a copy of it: no source is asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proxy.context.facts import fact_of, unasked
from proxy.context.snapshot import ContextFact, Snapshot
from proxy.rules.context_options import ContextOptions, FactOptions
from proxy.telemetry.tracing import RequestTrace


@dataclass(frozen=True, slots=True)
class KnownNow:
    """Stands for the sources. A fact that only the candidate declares is missing."""

    known: Snapshot

    async def snapshot(
        self,
        options: ContextOptions,
        customer_id: str | None,
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
        trace: RequestTrace | None = None,
    ) -> Snapshot:
        """All declared facts."""
        return Snapshot(now, {fact.name: self._fact(fact) for fact in options.facts})

    async def close(self) -> None:
        """Nothing is open."""

    def _fact(self, fact: FactOptions) -> ContextFact:
        known = self.known.facts.get(fact.name)
        return known or fact_of(fact, [unasked(source) for source in fact.origins])
