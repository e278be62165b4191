"""What rules read: the request, what is known of its customer, the answer with its calls of tools, and its claims."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.rules.fact_values import Value


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as the model made it, complete. ``name`` is None where it cannot be told which tool is called.

    ``arguments`` are the JSON text, or an object where the provider gives them as one.
    """

    id: str
    name: str | None
    arguments: str | Mapping[str, Any]

    @property
    def text(self) -> str:
        """The arguments as a text."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments, default=str)

    def __str__(self) -> str:
        """As staff read it: ``issue_refund({"amount": 900})``."""
        return f"{self.name}({self.text})"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """The request and its customer; what is not known is empty. ``text`` is the customer's last message.

    ``about_account`` and what follows it is what the message was recognised to be, before the model is asked.
    """

    model: str
    channel: str
    audience: str
    route: str = ""
    market: str = ""
    customer_id: str = ""
    conversation_id: str = ""
    tenant: str = ""
    text: str = ""
    about_account: bool = False
    about_open_case: bool = False
    wants_person: bool = False
    is_complaint: bool = False


@dataclass(frozen=True, slots=True)
class FactValue:
    """A fact about the customer as rules read it: the value to act on, None where there is none.

    ``state`` is ``fresh``, ``stale``, ``missing``, ``failed`` or ``conflicting``; times know their zone.
    """

    value: Value | None = None
    state: str = "missing"
    age_s: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class ContextValues:
    """All declared facts by name; ``not_fresh`` names the required ones that are not fresh."""

    facts: Mapping[str, FactValue] = field(default_factory=dict)
    completeness: float = 1.0
    not_fresh: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """One choice of the model's answer: its whole text, and its calls."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """A sentence of the answer as it was judged; ``document`` is the one that decided, empty where none did."""

    text: str
    kind: str
    verdict: str
    confidence: float
    document: str = ""


_WEIGHTS = {"required": 2, "wanted": 1, "optional": 0}


def completeness(facts: Iterable[tuple[str, bool]]) -> float:
    """The share of required and wanted facts that are fresh, required ones counting double; 1 without any.

    ``facts`` are each fact's class, and whether it is fresh.
    """
    counted = [(_WEIGHTS[importance], fresh) for importance, fresh in facts]
    whole = sum(weight for weight, _ in counted)
    return sum(weight for weight, fresh in counted if fresh) / whole if whole else 1.0
