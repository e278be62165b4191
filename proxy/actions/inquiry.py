"""One answer's beginning and end as plain values: what was asked, by whom, on which route; and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proxy.actions.decide import Action
from proxy.context.customer import Customer
from proxy.grounding.types import Fact
from proxy.ledger.records import EscalationRecord
from proxy.rules.policies import Route


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is known when an answer is about to be guarded; ``facts`` come from the request's tool messages."""

    response_id: str
    route: Route
    customer: Customer
    model: str
    messages: tuple[Mapping[str, Any], ...]
    question: str | None
    facts: tuple[Fact, ...]
    received_at: datetime
    streamed: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Outcome:
    """What was done with one answer, over all its choices."""

    action: Action = Action.DELIVER
    unverified_reason: str | None = None
    escalation: EscalationRecord | None = None
    reasked: int = 0

    @property
    def verified(self) -> bool:
        return self.unverified_reason is None
