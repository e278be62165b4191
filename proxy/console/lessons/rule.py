"""A rule that a failure suggests, to be proposed by one person and approved by another (console/rules)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from proxy.console.lessons.asked import Asked
from proxy.console.problem import Problem
from proxy.console.rules.form import HOURS, filled, rule_of, told
from proxy.console.rules.pages import DECIDERS, rules_folder, tenant_alone
from proxy.ledger.failures.lessons import RULE, Lesson, begun
from proxy.ledger.failures.records import FailureEvent, FailureFile, Kind
from proxy.ledger.policies.rule_proposals import APPROVED, RuleProposal
from proxy.ledger.records import DecisionRecord
from proxy.rules.problems import PoliciesError
from proxy.rules.proposing import propose

__all__ = ["HOURS", "check", "make", "suggested"]

USUAL_HOURS = "168"
_SUGGESTED: Mapping[str, str] = {
    Kind.RETURNED_TO_AUTOMATION: 'context.open_case.value == true || context.open_case.state != "fresh"',
    Kind.STALE_CONTEXT: "request.about_account && size(context.not_fresh) > 0",
    Kind.BROKEN_PROMISE: "context.promises_due.value != null && context.promises_due.value > 0.0",
    Kind.LATE_HANDOVER: "request.about_open_case",
}
_OVER_DOCUMENT = "claims.exists(claim, claim.document == {document})"


def suggested(file: FailureFile, record: DecisionRecord | None, owner: str) -> dict[str, str]:
    """What the form begins with. It hands over to people: what a rule should rather do, a person decides."""
    return filled(
        {
            "name": f"learned-{file.id.lower()}",
            "when": _SUGGESTED.get(file.failure.kind) or _of_document(record),
            "effect": "route_to_human",
            "reason": f"Failure {file.id}.",
            "owner": owner,
            "hours": USUAL_HOURS,
        }
    )


async def make(asked: Asked) -> FailureEvent:
    """Propose it. Raises Problem."""
    if not asked.person.may(*DECIDERS):
        words = " or ".join(one.value.replace("-", " ") for one in DECIDERS)
        raise Problem("You may not do this", f"To propose a rule needs the role {words}.", 403)
    made = await asyncio.to_thread(_proposed, asked)
    return begun(RULE, asked.now, asked.person.name, proposal=made.id, rule=made.name)


async def check(asked: Asked, lesson: Lesson) -> None:
    """Raises Problem where no second person has approved it."""
    found = await asyncio.to_thread(
        asked.services.ledger.rule_proposals.find, lesson.told("proposal"), asked.person.tenant
    )
    status = found.status if found else "gone"
    if status != APPROVED:
        raise Problem(
            "The rule is not in force", f"Its proposal is {status}. A second person approves it.", 409
        )


def _proposed(asked: Asked) -> RuleProposal:
    services, person, now = asked.services, asked.person, asked.now
    table, folder = services.ledger.rule_proposals, rules_folder(services)
    try:
        rule = rule_of(filled(asked.form), now, tenant_alone(asked.request, services))
        return propose(table, folder, person.tenant, rule, by=person.email, now=now)
    except PoliciesError as error:
        raise Problem("This would not come into force", "\n".join(told(error)), 422) from None


def _of_document(record: DecisionRecord | None) -> str:
    """Answers that rest on the document that this one was judged by."""
    claims = record.claims if record else []
    named = [
        str(one["document"]) for claim in claims for one in claim.get("evidence") or () if one.get("document")
    ]
    document = next((one for one in named if '"' not in one and "\\" not in one), None)
    return _OVER_DOCUMENT.format(document=f'"{document}"') if document else ""
