"""A rule that a failure suggests, to be proposed by one person and approved by another (console/rules)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from proxy.console.problem import Problem
from proxy.console.rules.form import HOURS, filled, rule_of, told
from proxy.ledger.failures.records import FailureFile, Kind
from proxy.ledger.records import DecisionRecord
from proxy.ledger.rule_proposals import RuleProposal, RuleProposals
from proxy.rules.problems import PoliciesError
from proxy.rules.proposing import propose

__all__ = ["HOURS", "proposed", "suggested"]

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


def proposed(
    table: RuleProposals,
    folder: Path,
    tenant: str,
    form: Mapping[str, Any],
    *,
    by: str,
    alone: str | None,
    now: datetime,
) -> RuleProposal:
    """Keep the proposal. ``alone``: the tenant that it is for, where others read the folder. Raises Problem."""
    try:
        rule = rule_of(filled(form), now, alone)
        return propose(table, folder, tenant, rule, by=by, now=now)
    except PoliciesError as error:
        raise Problem("This would not come into force", "\n".join(told(error)), 422) from None


def _of_document(record: DecisionRecord | None) -> str:
    """Answers that rest on the document that this one was judged by."""
    claims = [claim for choice in (record.choices if record else ()) for claim in choice.get("claims") or ()]
    named = [
        str(one["document"]) for claim in claims for one in claim.get("evidence") or () if one.get("document")
    ]
    document = next((one for one in named if '"' not in one and "\\" not in one), None)
    return _OVER_DOCUMENT.format(document=f'"{document}"') if document else ""
