"""What the doors of a tenant work with: made once at start-up, closed at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.actions.ahead import Ahead
from proxy.context.customer import SHARED_IDS
from proxy.corpus.live import LiveCorpus
from proxy.guard import Guard
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.rules.live import LivePolicies
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import Telemetry
from proxy.wire.candidate.live import LiveCandidate
from proxy.wire.draining import Draining
from proxy.wire.upstreams.several import Upstreams


@dataclass(slots=True)
class Background:
    """Work that goes on after an answer has left (observing, recording a stream that was cut); awaited at shutdown."""

    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def drain(self, timeout_s: float) -> None:
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=timeout_s)


@dataclass(frozen=True, slots=True)
class Services:
    """``guard``, ``upstream``, ``policies``, ``corpus``, ``ahead`` and ``candidate`` are this tenant's own.

    All tenants share the rest. ``model`` is what a candidate asks in the place of the client's.
    """

    guard: Guard
    upstream: Upstreams
    policies: LivePolicies
    corpus: LiveCorpus
    ledger: Ledger
    telemetry: Telemetry
    metrics: Metrics
    background: Background
    draining: Draining
    ahead: Ahead
    candidate: LiveCandidate
    tenant: str = DEFAULT_TENANT
    total_timeout_s: float = 300.0
    keep_alive_s: float = 10.0
    shared_ids: Collection[str] = SHARED_IDS
    model: str | None = None


Tenants = Mapping[str, Services]  # by name; what belongs to no tenant by name is DEFAULT_TENANT's
