"""What a company may choose, as types: routes and how each of them treats an answer.

A request takes the first route whose ``match`` fits; ``default``, built in, takes the rest. ``reading.py``
makes these from ``policies/*.yaml``, which docs/configuration.md describes.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, StringConstraints

from proxy.corpus.documents import CUSTOMER_AUDIENCE, Risk
from proxy.rules.candidate_options import CandidateOptions
from proxy.rules.case_options import Suite
from proxy.rules.context_options import BUILT_IN_CONTEXT, ContextOptions
from proxy.rules.launch_options import BUILT_IN_LAUNCH, LaunchOptions
from proxy.rules.match import Globs, Match, Name, Text, Written
from proxy.rules.queues import NO_QUEUES, Queues
from proxy.rules.recovery_options import BUILT_IN_RECOVERY, RecoveryOptions
from proxy.rules.rules import NO_RULES, Rules

DEFAULT_ROUTE = "default"
HIGH_RISK_CONFIDENCE = 0.7

ESCALATION_MESSAGE = (
    "I'm not sure enough of the right answer here, and I don't want to tell you something that may be wrong. "
    "I have passed your question on to a colleague. Your reference is {ref}."
)
CONTACT_MESSAGE = (
    "I'm not sure enough of the right answer here, and I could not pass your question on to a colleague "
    "just now. Please contact our customer service directly."
)
REJECTION_MESSAGE = (
    "I have looked at your question myself, and I cannot settle it in this chat. Please contact our customer service "
    "directly."
)

OPERATOR = "operator of the proxy"  # who answers for what nobody else does
Remedy = Literal["rewrite", "escalate", "refuse", "deliver"]


def _with_reference(message: str) -> str:
    try:
        fields = [parts[1:] for parts in string.Formatter().parse(message) if parts[1] is not None]
    except ValueError as error:
        raise ValueError(f"{error}; write a brace that is meant as text twice") from None
    if ("ref", "", None) not in fields:
        raise ValueError("must contain {ref}, the place where the customer's reference goes")
    if any(field != ("ref", "", None) for field in fields):
        raise ValueError("may contain {ref} and no other field; write a brace that is meant as text twice")
    return message


Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Seconds = Annotated[float, Strict(), Field(gt=0, le=600)]
Flag = Annotated[bool, Strict()]
Owner = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Confidence(Written):
    """The least probability of being supported that a claim needs to be delivered as it is."""

    required: Share = 0.65
    """For documents whose risk has no line of its own in `by_risk`."""
    by_risk: dict[Risk, Share] = Field(default={})
    """By the `risk:` of the document that decided; `high` is at least 0.7 and `required` unless set here."""

    def required_for(self, risk: Risk) -> float:
        least = max(self.required, HIGH_RISK_CONFIDENCE) if risk is Risk.HIGH else self.required
        return self.by_risk.get(risk, least)


class Reask(Written):
    """Asking the model again with the evidence, on routes with ``delivery: whole``."""

    times: Annotated[int, Strict(), Field(ge=0, le=3)] = 1
    """How often, at most; 0 switches it off."""


class Treatment(Written):
    """How an answer is treated; what ``defaults:`` and a route have in common."""

    mode: Literal["enforce", "observe", "off"] = "enforce"
    """`enforce` acts; `observe` changes nothing and records what would be done; `off` only forwards."""
    documents: Globs = ("*",)
    """Which documents count, by globs over their ids: `airline/*` for the files below `airline/`."""
    delivery: Literal["gated", "whole", "immediate"] = "gated"
    """`gated`: each sentence goes once it is judged; `whole`: all at once; `immediate`: unchecked, no guard."""
    on_unverified: Literal["open", "closed", "escalate"] = "closed"
    """When judging could not run: deliver (`open`), withhold (`closed`) or hand over (`escalate`)."""
    confidence: Confidence = Confidence()
    """How sure a claim must be to be delivered as it is."""
    contradicted: Remedy = "rewrite"
    """What happens when policy says otherwise."""
    unsupported: Remedy = "rewrite"
    """What happens when policy does not say so."""
    account_unsupported: Remedy = "escalate"
    """What happens when no tool result bears out a sentence about this customer."""
    model_s: Seconds | None = None
    """Seconds that the model's answer may take; at most, and where it is left out, `total_timeout_s`."""
    context_s: Seconds = 5.0
    """Seconds that reading the system messages may take, where they count as documents."""
    retrieval_s: Seconds = 2.0
    """Seconds of `judge_s` that finding a claim's evidence may take."""
    judge_s: Seconds = 5.0
    """Seconds that judging one claim may take before it counts as unverified."""
    rewrite_s: Seconds = 20.0
    """Seconds that asking the model again may take, all times together; then policy's own words stand in."""
    reask: Reask = Reask()
    """Asking the model again; only with `delivery: whole`."""
    escalation_message: Annotated[str, AfterValidator(_with_reference)] = ESCALATION_MESSAGE
    """What the customer reads when a person takes over; must contain `{ref}`."""
    contact: Text = CONTACT_MESSAGE
    """What the customer reads when not even the handover could be recorded: how to reach people."""
    rejection: Text = REJECTION_MESSAGE
    """What the customer reads where a person rejects the answer, unless that person writes something else."""
    system_as_documents: Flag = False
    """Whether system and developer messages count as official documents."""
    owner: Owner = OPERATOR
    """Who answers for answers that no document with an `owner:` decided, and no person gave: a name or a team."""
    store: Literal["off", "allow"] = "off"
    """Whether the provider may keep answers of `/v1/responses`, as they were before any repair (`allow`)."""
    expose_blocked: Flag = False
    """Whether the `cxai` object shows sentences that were not delivered."""


class Route(Treatment):
    """A named treatment with the requests that it is for."""

    name: Name
    """What records, traces and metrics call it."""
    match: Match = Match()
    """Which requests it takes."""

    def required_confidence(self, risk: Risk) -> float:
        return self.confidence.required_for(risk)

    @cached_property
    def version(self) -> str:
        """Names exactly what this route says, defaults included: ``p-`` and 16 hex digits."""
        return f"p-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Policies:
    """All routes in the order in which they are tried; the last one takes everything.

    And what holds for all of them: the rules, what may be asked about a customer, the queues of cases, how soon
    failures are to be put right, what must be shown before a launch (it changes no answer, and so no version), and the
    candidate that is tried.
    ``suites`` are the test cases that stand beside the rules.
    """

    routes: tuple[Route, ...]
    version: str
    rules: Rules = NO_RULES
    context: ContextOptions = BUILT_IN_CONTEXT
    suites: tuple[Suite, ...] = ()
    queues: Queues = NO_QUEUES
    recovery: RecoveryOptions = BUILT_IN_RECOVERY
    launch: LaunchOptions = BUILT_IN_LAUNCH
    candidate: CandidateOptions | None = None

    def route_for(self, *, model: str, channel: str = "chat", audience: str = CUSTOMER_AUDIENCE) -> Route:
        """The first route that fits."""
        for route in self.routes[:-1]:
            if route.match.fits(model=model, channel=channel, audience=audience):
                return route
        return self.routes[-1]


def policies_of(
    routes: Sequence[Route],
    default: Route | None = None,
    rules: Rules = NO_RULES,
    context: ContextOptions = BUILT_IN_CONTEXT,
    suites: Sequence[Suite] = (),
    queues: Queues = NO_QUEUES,
    recovery: RecoveryOptions = BUILT_IN_RECOVERY,
    launch: LaunchOptions = BUILT_IN_LAUNCH,
    candidate: CandidateOptions | None = None,
) -> Policies:
    """Policies that try ``routes`` in order, then ``default`` (the built-in one where none is given)."""
    every = (*routes, default or Route(name=DEFAULT_ROUTE))
    versions = [route.version for route in every] + ([rules.version] if rules else [])
    if context != BUILT_IN_CONTEXT:
        versions.append(context.version)
    versions += queues.version
    if recovery != BUILT_IN_RECOVERY:
        versions.append(recovery.version)
    if candidate is not None:
        versions.append(candidate.version)
    return Policies(
        every, digest_of(versions), rules, context, tuple(suites), queues, recovery, launch, candidate
    )


def digest_of(versions: Sequence[str]) -> str:
    """Names these versions together: ``p-`` and 16 hex digits."""
    together = "\n".join(versions)
    return f"p-{hashlib.sha256(together.encode()).hexdigest()[:16]}"
