"""Failures as lists are asked for them: by urgency, a page at a time, and counted."""

from __future__ import annotations

from itertools import pairwise

from support.failures import event, failure

from proxy.ledger.failures.filters import After, FailureFilter
from proxy.ledger.failures.records import FailureState, Severity
from proxy.ledger.ledger import Ledger

SEVERITIES = ("low", "high", "medium", "high", "low", "medium", "high")


def fill(ledger: Ledger) -> None:
    for number, severity in enumerate(SEVERITIES):
        told = failure(f"f{number}", kind="wrong_claim" if number % 2 else "broken_promise")
        ledger.failures.tell(told, event("detected", number, severity=severity))
    ledger.failures.tell(failure("p"), event("proposed"))
    ledger.failures.tell(failure("foreign", tenant="acme"), event("detected", severity="high"))


def test_the_most_urgent_come_first_and_none_twice_over_pages(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        fill(ledger)
        which, seen, place = FailureFilter(is_open=True), list[FailureState](), None
        while page := ledger.failures.urgent(which, after=place, limit=2):
            seen += page
            place = After(page[-1].occurred_at, page[-1].failure_id, page[-1].severity)
    assert len(seen) == len({one.failure_id for one in seen}) == len(SEVERITIES)
    rank = list(Severity)[::-1].index
    assert all(
        (rank(Severity(one.severity)), one.occurred_at, one.failure_id)
        < (rank(Severity(other.severity)), other.occurred_at, other.failure_id)
        for one, other in pairwise(seen)
    )


def test_they_are_counted_by_what_is_asked(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        fill(ledger)
        table = ledger.failures
        assert table.counted(FailureFilter(is_open=True), "severity") == {"low": 2, "medium": 2, "high": 3}
        assert table.counted(FailureFilter(), "status") == {"detected": 7, "proposed": 1}
        assert table.counted(FailureFilter("acme"), "kind") == {"wrong_claim": 1}
        assert table.counted(FailureFilter("nobody"), "kind") == {}


def test_they_are_read_as_they_were_told_each_tenants_own(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        ours, _ = ledger.failures.tell(failure("ours", text="90 days"))
        foreign, _ = ledger.failures.tell(failure("foreign", tenant="acme"))
        told = ledger.failures.told([ours, foreign, "FL-2222-2222-2222"])
        assert {ours: "90 days"} == {name: one.text for name, one in told.items()}
        assert ledger.failures.told([]) == {}
