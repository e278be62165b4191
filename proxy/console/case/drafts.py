"""A reviewer's draft held to the standard that the model's answers are held to: every sentence against policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from litestar.datastructures import Headers

from proxy.actions.decide import Action, Judged
from proxy.actions.inquiry import Inquiry, dry_inquiry
from proxy.actions.report import claim_report
from proxy.console.case.addresses import CASES
from proxy.context.customer import Customer
from proxy.corpus.documents import CUSTOMER_AUDIENCE
from proxy.grounding.types import Fact
from proxy.ledger.desk_records import DeskCase, NewAnswer
from proxy.ledger.records import DecisionRecord, JsonObject
from proxy.wire.exchange import new_response_id
from proxy.wire.services import Services

LONGEST_CHECKED = 8_000  # characters


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked text. ``claims`` are as in the ``cxai`` object, ``unverified`` says why it could not be checked."""

    text: str
    claims: Sequence[JsonObject]
    unverified: str | None

    @property
    def warnings(self) -> list[JsonObject]:
        """The sentences that would not be delivered if a model had written them."""
        return [claim for claim in self.claims if claim["action"] != Action.DELIVER.word]

    @property
    def may_leave(self) -> bool:
        return self.unverified is None and not self.warnings

    def answer(self, override_reason: str | None) -> NewAnswer:
        return NewAnswer(self.text, self.may_leave, list(self.claims), override_reason)


async def checked(services: Services, case: DeskCase, decision: DecisionRecord | None, text: str) -> Draft:
    """The draft with what the verifier finds, asked as the customer was asked: same question, facts and policy date."""
    trace = services.telemetry.request("POST", f"{CASES}/{{ref}}/draft", Headers({}))
    answer = services.guard.open(_inquiry(services, case, decision), trace)
    try:
        judged = await answer.check(text)
    finally:
        trace.end(200, None)
    return Draft(text, [_report(one, text) for one in judged], answer.outcome.unverified_reason)


def _inquiry(services: Services, case: DeskCase, decision: DecisionRecord | None) -> Inquiry:
    policies = services.policies.current
    asked = (decision.request if decision else None) or {}
    customer = Customer(
        id=case.customer_id,
        conversation_id=case.conversation_id,
        channel=str(asked.get("channel") or "chat"),
        jurisdiction=str(asked.get("market") or "") or None,
        audience=str(asked.get("audience") or CUSTOMER_AUDIENCE),
        as_of=decision.policy_date if decision else None,
    )
    route = policies.route_for(
        model=decision.model if decision else "", channel=customer.channel, audience=customer.audience
    )
    facts = [_fact(one) for one in decision.facts] if decision else []
    return replace(
        dry_inquiry(route, customer, case.question, facts),
        response_id=new_response_id(),
        rules=policies.rules,
        tenant=services.tenant,
    )


def _fact(kept: JsonObject) -> Fact:
    return Fact(str(kept["source"]), str(kept["text"]), bool(kept.get("succeeded", True)))


def _report(one: Judged, text: str) -> JsonObject:
    return claim_report(one, choice=0, text=text, start=one.segment.start, end=one.segment.end)
