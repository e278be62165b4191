"""Who changed the policies: one row a change, also where several workers and replicas notice it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from proxy.ledger.ledger import Ledger
from proxy.ledger.policies.changes import SAME_CHANGE
from proxy.ledger.records import PolicyChange

NOW = datetime.now(UTC)
FIRST = PolicyChange("default", NOW, "p-1", None, "Ann <ann@example.com>", {"added": ["rule a"], "parts": {}})


def test_what_was_added_is_read_back_newest_first(ledger: Ledger) -> None:
    second = replace(FIRST, at=NOW + timedelta(seconds=1), version="p-2", previous="p-1", author="Bo\x00b")
    assert ledger.policy_changes.add(FIRST) and ledger.policy_changes.add(second)
    assert ledger.policy_changes.listed() == [replace(second, author="Bo\ufffdb"), FIRST]
    assert ledger.policy_changes.listed(since=second.at, limit=1)[0].version == "p-2"
    latest = ledger.policy_changes.latest("default")
    assert latest is not None and latest.version == "p-2"


def test_a_tenants_changes_are_its_own(ledger: Ledger) -> None:
    ledger.policy_changes.add(FIRST)
    ledger.policy_changes.add(replace(FIRST, tenant="acme"))
    assert len(ledger.policy_changes.listed()) == 2
    assert [one.tenant for one in ledger.policy_changes.listed(tenant="acme")] == ["acme"]
    assert ledger.policy_changes.latest("nobody") is None


def test_replicas_that_notice_the_same_change_note_it_once(open_ledger: Callable[..., Ledger]) -> None:
    replicas = [open_ledger() for _ in range(4)]
    with ThreadPoolExecutor(len(replicas)) as threads:
        added = list(threads.map(lambda one: one.policy_changes.add(FIRST), replicas))
    assert sorted(added) == [False, False, False, True]
    assert replicas[0].policy_changes.listed() == [FIRST]


def test_a_replica_that_is_late_notes_no_second_change(ledger: Ledger) -> None:
    """The others have gone on, and back again, before it looks."""
    there = replace(FIRST, version="p-2", previous="p-1")
    back = replace(FIRST, version="p-1", previous="p-2")
    for change in (FIRST, there, back):
        assert ledger.policy_changes.add(change)
    assert not ledger.policy_changes.add(replace(there, at=NOW + SAME_CHANGE / 2))
    assert ledger.policy_changes.add(replace(there, at=NOW + SAME_CHANGE * 2))
