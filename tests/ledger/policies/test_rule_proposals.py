"""A proposed rule is decided once, and never approved by whoever proposed it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from support.customers import NOON

from proxy.ledger.ledger import Ledger
from proxy.ledger.policies.rule_proposals import (
    APPROVED,
    FAILED,
    REJECTED,
    WITHDRAWN,
    NotAllowed,
    RuleProposal,
)

RULE = {"name": "outage", "when": "true", "effect": "refuse", "reason": "r\x00"}


def proposed(ledger: Ledger, tenant: str = "default") -> RuleProposal:
    return ledger.rule_proposals.add(tenant, RULE, by="ana", at=NOON)


def decide(
    ledger: Ledger, found: RuleProposal, status: str, by: str, note: str | None = None
) -> RuleProposal:
    later = NOON + timedelta(minutes=1)
    return ledger.rule_proposals.decide(found.id, found.tenant, status, by=by, at=later, note=note)


def test_a_second_person_approves(ledger: Ledger) -> None:
    found = proposed(ledger)
    approved = decide(ledger, found, APPROVED, "ben")
    assert (approved.status, approved.events[0].actor) == (APPROVED, "ben")
    assert ledger.rule_proposals.find(found.id, "default") == approved
    assert ledger.rule_proposals.listed("default") == [approved]


def test_nobody_approves_their_own(ledger: Ledger) -> None:
    with pytest.raises(NotAllowed, match="second person"):
        decide(ledger, proposed(ledger), APPROVED, "ana")


def test_who_proposed_it_alone_withdraws_it(ledger: Ledger) -> None:
    found = proposed(ledger)
    with pytest.raises(NotAllowed, match="reject it instead"):
        decide(ledger, found, WITHDRAWN, "ben")
    assert decide(ledger, found, WITHDRAWN, "ana").status == WITHDRAWN


@pytest.mark.parametrize("first", [APPROVED, REJECTED])
@pytest.mark.parametrize("second", [APPROVED, REJECTED])
def test_what_is_decided_stays_decided(first: str, second: str, ledger: Ledger) -> None:
    found = proposed(ledger)
    decide(ledger, found, first, "ben")
    with pytest.raises(NotAllowed, match=f"It is {first} already, by ben"):
        decide(ledger, found, second, "cleo")


def test_what_could_not_be_written_may_be_approved_again(ledger: Ledger) -> None:
    found = proposed(ledger)
    with pytest.raises(NotAllowed):
        decide(ledger, found, FAILED, "ben")
    decide(ledger, found, APPROVED, "ben")
    assert decide(ledger, found, FAILED, "ben", "read-only").is_open
    assert [one.status for one in decide(ledger, found, APPROVED, "cleo").events] == [
        APPROVED,
        FAILED,
        APPROVED,
    ]


def test_of_many_who_decide_at_once_one_does(ledger: Ledger) -> None:
    found = proposed(ledger)

    def approve(number: int) -> bool:
        try:
            decide(ledger, found, APPROVED, f"person {number}")
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(approve, range(8))) == 1


def test_a_tenant_sees_and_decides_its_own(ledger: Ledger) -> None:
    found = proposed(ledger, "acme")
    assert ledger.rule_proposals.listed("default") == []
    assert ledger.rule_proposals.find(found.id, "default") is None
    with pytest.raises(NotAllowed, match="no such proposal"):
        ledger.rule_proposals.decide(found.id, "default", APPROVED, by="ben", at=NOON)
