"""What rules and judges read of one answer: its request, what is known of its customer, and what was judged in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from proxy.actions.decide import Judged
from proxy.actions.inquiry import Inquiry
from proxy.context.record import json_value
from proxy.context.snapshot import ContextFact, Snapshot
from proxy.grounding.types import FROM_CONTEXT, Fact
from proxy.rules.context_options import LEDGER
from proxy.rules.facts import ClaimFacts, ContextValues, FactValue, RequestFacts


def request_facts(inquiry: Inquiry) -> RequestFacts:
    customer, signs = inquiry.customer, inquiry.signs
    return RequestFacts(
        model=inquiry.model,
        channel=customer.channel,
        audience=customer.audience,
        route=inquiry.route.name,
        market=customer.jurisdiction or "",
        customer_id=customer.id or "",
        conversation_id=customer.conversation_id or "",
        tenant=inquiry.tenant,
        text=inquiry.question or "",
        about_account=signs.about_account,
        about_open_case=inquiry.about_open_case,
        wants_person=signs.wants_person,
        is_complaint=signs.is_complaint,
    )


def context_values(snapshot: Snapshot) -> ContextValues:
    """The snapshot as rules read it."""
    return ContextValues(
        facts={name: _value_of(fact, snapshot.at) for name, fact in snapshot.facts.items()},
        completeness=snapshot.completeness,
        not_fresh=snapshot.not_fresh,
    )


def claim_facts(judged: Sequence[Judged]) -> list[ClaimFacts]:
    """The sentences as rules read them; one that could not be judged has the verdict ``unverified``."""
    return [_claim_facts(one) for one in judged]


def known_facts(snapshot: Snapshot) -> tuple[Fact, ...]:
    """The fresh facts, as what claims about the customer may rest on."""
    return tuple(_facts_in(snapshot))


def _value_of(fact: ContextFact, at: datetime | None) -> FactValue:
    reading = fact.reading
    age = reading.age(at) if reading and at else None
    return FactValue(
        value=fact.value,
        state=fact.state.value,
        age_s=None if age is None else age.total_seconds(),
        source=reading.source if reading else "",
    )


def _claim_facts(judged: Judged) -> ClaimFacts:
    judgement = judged.judgement
    if judgement is None:
        return ClaimFacts(judged.segment.text, "unknown", "unverified", 0.0)
    verdict = judgement.verdict
    document = verdict.evidence[0].document if verdict.evidence else ""
    return ClaimFacts(
        judged.segment.text, judgement.claim.kind.value, verdict.label.value, verdict.confidence, document
    )


def _facts_in(snapshot: Snapshot) -> Iterator[Fact]:
    """That our own ledger has nothing on record proves nothing, and would stand beside every customer's claims."""
    for fact in snapshot.facts.values():
        nothing_on_record = fact.reading is not None and fact.reading.source == LEDGER and not fact.value
        if fact.is_fresh and fact.value is not None and not nothing_on_record:
            text = json.dumps({fact.name: json_value(fact.value)}, ensure_ascii=False)
            yield Fact(FROM_CONTEXT + fact.name, text, masked=fact.masked)
