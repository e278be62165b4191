"""One answer's beginning and end as plain values: what was asked, by whom, on which route; and what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from proxy.actions.decide import Action
from proxy.actions.json_gate import JsonOutput
from proxy.context.customer import Customer
from proxy.context.snapshot import NOTHING_KNOWN, Snapshot
from proxy.grounding.messages.signs import MessageSigns
from proxy.grounding.types import Fact
from proxy.ledger.desk.records import Outcome as PersonsAnswer
from proxy.ledger.recall.records import Correction
from proxy.ledger.records import DEFAULT_TENANT, EscalationRecord
from proxy.rules.demands import stopping_in
from proxy.rules.facts import ToolCall
from proxy.rules.policies import Route, digest_of
from proxy.rules.queues import NO_QUEUES, Queues
from proxy.rules.rules import NO_RULES, Fired, Rules

NO_SIGNS = MessageSigns()


@dataclass(frozen=True, slots=True)
class Arm:
    """What an answer is to the ``candidate`` of this name: given by it, beside it (``control``), or a copy for it."""

    candidate: str
    side: Literal["candidate", "control", "shadow"]
    stratum: str = ""

    @property
    def told(self) -> dict[str, str]:
        """As records, traces and logs tell it."""
        return {"candidate": self.candidate, "arm": self.side}


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is known when an answer is about to be guarded; ``facts`` come from the request's tool messages.

    Where several ``questions`` were asked at once, ``choices_each`` choices in a row answer each.
    ``json_output`` is there where the answer is to be JSON. ``context`` is what is known of the customer, ``signs`` is
    what their message asks for beside information, and ``ahead`` the ``rules`` that fired before the model is asked.
    ``told_first`` is what people answered the customer of late and nobody has told them; where the message is about
    just that (``only_told``), no model is asked. ``corrections`` of what they were told come before that. ``arm`` is
    the customer's side of a canary that runs.
    """

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
    questions: tuple[str, ...] = ()
    json_output: JsonOutput | None = None
    choices_each: int = 1
    rules: Rules = NO_RULES
    queues: Queues = NO_QUEUES
    tenant: str = DEFAULT_TENANT
    context: Snapshot = NOTHING_KNOWN
    signs: MessageSigns = NO_SIGNS
    about_open_case: bool = False
    told_first: tuple[PersonsAnswer, ...] = ()
    only_told: bool = False
    corrections: tuple[Correction, ...] = ()
    ahead: tuple[Fired, ...] = ()
    ahead_ms: float = 0.0
    arm: Arm | None = None

    @property
    def stopping(self) -> Fired | None:
        """The rule that answers in the model's place."""
        return stopping_in(self.ahead)

    @property
    def rules_version(self) -> str:
        """Names what the route says, and the rules where there are any."""
        return digest_of([self.route.version, self.rules.version]) if self.rules else self.route.version

    @property
    def immediate(self) -> bool:
        """Whether the answer leaves as it comes and is only annotated."""
        return self.route.delivery == "immediate" and not self.dry_run

    @property
    def leaves_whole(self) -> bool:
        """Whether no part of a choice leaves before the rest is there; of JSON only where nothing may be changed."""
        gated_json = self.route.delivery == "gated" and self.json_output is not None
        return self.route.delivery == "whole" or gated_json

    @property
    def told_of_arm(self) -> dict[str, str]:
        """The side of the canary, where there is one."""
        return self.arm.told if self.arm else {}

    @property
    def mode(self) -> str:
        """What records, traces and metrics call the way it is treated: the route's mode, or ``immediate``."""
        return "immediate" if self.immediate else self.route.mode

    def question_of(self, choice: int) -> str | None:
        """What this choice answers."""
        number = choice // self.choices_each
        return self.questions[number] if number < len(self.questions) else self.question


def dry_inquiry(route: Route, customer: Customer, question: str | None, facts: Sequence[Fact]) -> Inquiry:
    """What is known of a text that is only judged: no model is asked, and nothing is recorded."""
    return Inquiry(
        response_id="check",
        route=route,
        customer=customer,
        model="",
        messages=({"role": "user", "content": question},) if question else (),
        question=question,
        facts=tuple(facts),
        received_at=datetime.now(UTC),
        dry_run=True,
    )


@dataclass(slots=True)
class Outcome:
    """What was done with one answer, over all its choices."""

    action: Action = Action.DELIVER
    unverified_reason: str | None = None
    escalation: EscalationRecord | None = None
    reasked: int = 0
    told: tuple[PersonsAnswer, ...] = ()
    corrected: tuple[Correction, ...] = ()
    fired: list[tuple[int | None, Fired]] = field(default_factory=list)
    """Rules with the choice that each is about; None ahead of the model. Those that stop calls are the gates'."""
    calls: dict[int, tuple[ToolCall, ...]] = field(default_factory=dict)
    """The calls of tools that the model made, by choice, whether or not they left."""

    @property
    def verified(self) -> bool:
        return self.unverified_reason is None

    def mark_unverified(self, reason: str) -> None:
        """The first reason stays."""
        self.unverified_reason = self.unverified_reason or reason
