"""The simulated telecom: its policies, its CRM, and the guard before its chatbot, which is the one that serves."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from proxy.actions.ahead import Ahead, happened, held_by
from proxy.actions.inquiry import Inquiry, dry_inquiry
from proxy.context.customer import Customer
from proxy.context.gathering import ContextReader
from proxy.context.sources.source import Surroundings
from proxy.context.tool_results import facts_from_messages
from proxy.grounding.policy.features import Embed
from proxy.guard import Guard
from proxy.ledger.ledger import Ledger
from proxy.ledger.policies.rule_proposals import RuleProposal
from proxy.ledger.records import JsonObject
from proxy.recovery.simulation.texts import CHANNEL, GENERAL, MODEL, Dialogue
from proxy.rules.audit import PolicyAudit
from proxy.rules.live import LivePolicies
from proxy.rules.proposing import approve, propose
from proxy.rules.reading import policy_texts

RULE = "complaints-stay-with-people"
ROUTES = """\
routes:
  - name: telecom
    match: {model: ["*telecom*"]}
    documents: telecom/*
    owner: Customer Service (simulated)
    unsupported: escalate
    judge_s: 60
    retrieval_s: 60
    escalation_message: I have passed your message on to a colleague. Your reference is {ref}.
    contact: Please call us on 151.
"""
# The flag is read for every request, stands in every record, and decides nothing: no rule reads it.
CONTEXT = """\
budget: 5s
sources:
  - name: crm
    kind: sql
    database: {database}
    query: SELECT complaint FROM customers WHERE id = :customer_id
facts:
  - name: crm_complaint
    type: bool
    class: optional
    max_age: 10m
    protective_value: true
    from:
      crm: {{value: complaint, absent: false}}
"""


class Crm:
    """Knows whose complaint is open; the context reads its database, as it would a company's."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE customers (id TEXT PRIMARY KEY, complaint INTEGER NOT NULL)")

    def flag(self, customer: str, complaint: bool) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("INSERT OR REPLACE INTO customers VALUES (?, ?)", (customer, complaint))


@dataclass(frozen=True, slots=True)
class Heard:
    """What a customer got: ``by_automation`` where it came from the chatbot, ``case`` where it went to a person."""

    response_id: str
    by_automation: bool
    case: str | None
    told_by_person: bool


@dataclass(frozen=True, slots=True)
class Company:
    ledger: Ledger
    guard: Guard
    ahead: Ahead
    policies: LivePolicies
    folder: Path
    crm: Crm
    tenant: str

    async def chat(self, response_id: str, customer: str, dialogue: Dialogue) -> Heard:
        """One turn, as the doors do it (wire/exchange.py), at the time that the ledger's clock says."""
        policies = self.policies.current
        route = policies.route_for(model=MODEL, channel=CHANNEL, audience="customer")
        inquiry = Inquiry(
            response_id=response_id,
            route=route,
            customer=Customer(customer, f"conversation-{response_id}", CHANNEL, "GB", "customer", None),
            model=MODEL,
            messages=dialogue.messages,
            question=dialogue.question,
            facts=facts_from_messages(dialogue.messages),
            received_at=self.ledger.now(),
            rules=policies.rules,
            queues=policies.queues,
            tenant=self.tenant,
        )
        trace = self.guard.telemetry.request("POST", "/v1/chat/completions", {})
        trace.answering(response_id)
        seen = await self.ahead.looked_at(inquiry, policies.context, {}, trace)
        if (since := held_by(seen)) is not None:
            await self.ahead.note_returned(seen, since)
        if done := happened(seen, policies.context):
            await self.ahead.note_promises(seen, done)
        answer = self.guard.open(seen, trace)
        if unasked := seen.stopping is not None or seen.only_told:
            await answer.unasked([0])
        else:
            await answer.settle_whole(0, {0: dialogue.answer})
            await answer.conclude(0)
        await answer.record()
        trace.end(200)
        case = answer.outcome.escalation
        told = bool(answer.outcome.told)
        return Heard(response_id, not unasked and case is None, case.ref if case else None, told)

    async def warm_up(self) -> None:
        """Judge a sentence, as a serving proxy has before a day begins: the first one reads models."""
        route = self.policies.current.route_for(model=MODEL, channel=CHANNEL, audience="customer")
        nobody = Customer(None, None, CHANNEL, "GB", "customer", None)
        trace = self.guard.telemetry.request("CHECK", "cxai recovery simulate", {})
        await self.guard.open(dry_inquiry(route, nobody, None, ()), trace).check(GENERAL[0].answer)

    def propose_rule(self, by: str) -> RuleProposal:
        """As on the console's page *Rules*: what the CRM's flag says is to be heard."""
        now, table = self.ledger.now(), self.ledger.rule_proposals
        return propose(table, self.folder, self.tenant, _rule(now), by=by, now=now)

    def approve_rule(self, proposal: RuleProposal, by: str) -> None:
        """Put the proposed rule in force; ``by`` is another person than who proposed it."""
        table = self.ledger.rule_proposals
        approve(table, self.folder, self.tenant, proposal.id, by=by, now=self.ledger.now())
        self.policies.reload()
        self.note_policies()

    def note_policies(self) -> None:
        """Have the version that is in force noted in the ledger, as it is while the proxy serves."""
        audit = PolicyAudit(self.ledger.policy_changes, self.tenant, self.folder, self.ledger.now)
        audit.note(self.policies.current, policy_texts(self.folder))


def _rule(now: datetime) -> JsonObject:
    return {
        "name": RULE,
        "when": "context.crm_complaint.value == true && (request.about_account || request.wants_person || "
        "request.is_complaint)",
        "effect": "route_to_human",
        "reason": "The CRM says that a complaint is open; people have it. (simulated)",
        "owner": "Customer Care (simulated)",
        "expires": (now + timedelta(days=90)).isoformat(timespec="seconds"),
        "say": "I can see that you have complained. I have passed your message on to the colleague who looks "
        "after it. Your reference is {ref}.",
        "priority": 1000,
    }


@asynccontextmanager
async def opened(
    ledger: Ledger, guard: Guard, embed: Embed, folder: Path, tenant: str
) -> AsyncIterator[Company]:
    """The company with its files in ``folder``, which is empty; ``guard`` is one without a ledger."""
    policies = folder / "policies"
    policies.mkdir()
    crm = Crm(folder / "crm.db")
    (policies / "routes.yaml").write_text(ROUTES, encoding="utf-8")
    (policies / "context.yaml").write_text(CONTEXT.format(database=f"sqlite:///{crm.file}"), encoding="utf-8")
    reader = ContextReader(Surroundings(policies, {}, ledger, tenant), guard.metrics)
    ahead = Ahead(reader, embed, ledger, guard.metrics)
    own = replace(guard, ledger=ledger, embed=embed)
    company = Company(ledger, own, ahead, LivePolicies(policies), policies, crm, tenant)
    try:
        company.note_policies()
        await company.warm_up()
        yield company
    finally:
        await reader.close()
