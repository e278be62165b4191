"""Urgent rules by two people: one proposes a rule, another one approves it, and then it is in force.

    proposal = propose(ledger.rule_proposals, folder, "default", rule, by="ana@example.com", now=now)
    approve(ledger.rule_proposals, folder, "default", proposal.id, by="ben@example.com", now=now)

What comes into force is what ``cxai rules inject`` writes (rules/injecting.py).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from proxy.ledger.policies.rule_proposals import APPROVED, FAILED, NotAllowed, RuleProposal, RuleProposals
from proxy.rules.injecting import inject
from proxy.rules.problems import PoliciesError, PolicyProblem
from proxy.rules.rules import Compiled

NEEDED = {
    "name": "is missing: what records and metrics call the rule",
    "when": "is missing: the condition",
    "effect": "is missing: what then happens",
    "reason": "is missing: why, in words for the staff",
    "owner": "is missing: who answers for the rule",
    "expires": "is missing: an urgent rule has an end",
}


def propose(
    table: RuleProposals, folder: Path, tenant: str, rule: dict[str, Any], *, by: str, now: datetime
) -> RuleProposal:
    """Keep a proposal that could come into force as it is, and that ends. Raises PoliciesError, LedgerError."""
    if lacking := [key for key in NEEDED if not str(rule.get(key) or "").strip()]:
        raise PoliciesError(tuple(PolicyProblem(f"--{key}", None, NEEDED[key]) for key in lacking))
    inject(folder, rule, now, dry_run=True)
    return table.add(tenant, rule, by=by, at=now)


def approve(table: RuleProposals, folder: Path, tenant: str, id: str, *, by: str, now: datetime) -> Compiled:
    """Put a proposed rule in force, which proxies that read the folder follow within two seconds.

    It is noted as approved before it is written, and as failed where it then could not be.

    Raises:
        NotAllowed: the approver made the proposal, or it is decided.
        PoliciesError: it would not come into force any more, for instance since it has expired.
    """
    found = table.find(id, tenant)
    if found is None:
        raise NotAllowed("There is no such proposal.")
    if found.is_open and found.proposed_by != by:  # else ``decide`` says what is wrong
        inject(folder, found.rule, now, dry_run=True)
    approved = table.decide(id, tenant, APPROVED, by=by, at=now)
    try:
        return inject(folder, approved.rule, now)
    except PoliciesError as error:
        table.decide(id, tenant, FAILED, by=by, at=now, note=str(error))
        raise
