"""What a verifier may be made of; handed to each ``build`` function of the registry."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the settings are read with this, and should be quick to read
    from proxy.grounding.policy.features import Embed
    from proxy.ledger.ledger import Ledger
    from proxy.models.entailment import EntailmentModel
    from proxy.models.shipped import Tier
    from proxy.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Provider:
    """The chatbot's own model provider: its address up to and without ``/chat/completions``, and how it is asked."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    query: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Parts:
    """``closing`` closes at the end what a verifier opens; ``ledger`` keeps the cascade's budget.

    ``entailment`` gives a shipped model that somebody reads already; without it, it is read when it is needed.
    """

    embed: Embed
    provider: Provider
    closing: ExitStack
    metrics: Metrics
    ledger: Ledger | None = None
    entailment: Callable[[Tier], EntailmentModel] | None = None
