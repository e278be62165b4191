"""An urgent rule needs two people, and what would not come into force is neither kept nor approved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from proxy.ledger.ledger import Ledger
from proxy.ledger.policies.rule_proposals import APPROVED, FAILED, NotAllowed
from proxy.rules.problems import PoliciesError
from proxy.rules.proposing import approve, propose
from proxy.rules.reading import read_policies

NOW = datetime.now(UTC)
RULE = {
    "name": "outage",
    "when": "request.about_account",
    "effect": "route_to_human",
    "reason": "The CRM is down.",
    "owner": "ana@example.com",
    "expires": "2999-01-01T00:00:00Z",
}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    policies = tmp_path / "policies"
    policies.mkdir()
    return policies


def in_force(folder: Path) -> bool:
    return "outage" in read_policies(folder).rules.by_name


def test_a_rule_is_in_force_once_another_person_approves_it(ledger: Ledger, folder: Path) -> None:
    found = propose(ledger.rule_proposals, folder, "default", RULE, by="ana", now=NOW)
    assert not in_force(folder)
    one = approve(ledger.rule_proposals, folder, "default", found.id, by="ben", now=NOW)
    assert in_force(folder) and one.rule.name == "outage"


def test_who_proposed_it_cannot_put_it_in_force(ledger: Ledger, folder: Path) -> None:
    found = propose(ledger.rule_proposals, folder, "default", RULE, by="ana", now=NOW)
    with pytest.raises(NotAllowed, match="second person"):
        approve(ledger.rule_proposals, folder, "default", found.id, by="ana", now=NOW)
    assert not in_force(folder)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"when": "request.about_acount"}, "about_account"),
        ({"effect": "stop"}, "--effect"),
        ({"expires": "2020-01-01T00:00:00Z"}, "has passed"),
        ({"expires": None}, "--expires: is missing"),
        ({"owner": " "}, "--owner: is missing"),
        ({"name": "never-ignored-twice"}, "ships with the product"),
    ],
)
def test_what_would_not_come_into_force_is_not_proposed(
    changes: dict[str, Any], told: str, ledger: Ledger, folder: Path
) -> None:
    with pytest.raises(PoliciesError, match=told):
        propose(ledger.rule_proposals, folder, "default", {**RULE, **changes}, by="ana", now=NOW)
    assert ledger.rule_proposals.listed("default") == []


def test_what_has_expired_meanwhile_is_not_approved(ledger: Ledger, folder: Path) -> None:
    soon = {**RULE, "expires": (NOW + timedelta(hours=1)).isoformat()}
    found = propose(ledger.rule_proposals, folder, "default", soon, by="ana", now=NOW)
    with pytest.raises(PoliciesError, match="has passed"):
        approve(ledger.rule_proposals, folder, "default", found.id, by="ben", now=NOW + timedelta(hours=2))
    (kept,) = ledger.rule_proposals.listed("default")
    assert kept.is_open and not in_force(folder)


def test_what_cannot_be_written_is_noted_as_failed_and_may_be_approved_again(
    ledger: Ledger, folder: Path
) -> None:
    found = propose(ledger.rule_proposals, folder, "default", RULE, by="ana", now=NOW)
    taken = folder / "injected.yaml"
    taken.symlink_to(folder / "nowhere" / "injected.yaml")
    with pytest.raises(PoliciesError, match="cannot be written"):
        approve(ledger.rule_proposals, folder, "default", found.id, by="ben", now=NOW)
    (kept,) = ledger.rule_proposals.listed("default")
    assert [event.status for event in kept.events] == [APPROVED, FAILED]
    taken.unlink()
    approve(ledger.rule_proposals, folder, "default", found.id, by="ben", now=NOW)
    assert in_force(folder)
