"""One customer's timeline: everything, newest first, whatever order it was told in."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cases import moved
from support.customers import CUSTOMER, account_answer, after, answer, case, contact, promise

from proxy.ledger.customers.timeline import Place
from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Contact, TimelineEntry

CASE = "CX-2222-2222"
PROMISED = "PR-2222-2222-2222"
numbers = count()


def a_customers_life(ledger: Ledger, tenant: str = "default") -> None:
    ledger.escalate(case(CASE if tenant == "default" else "CX-3333-3333", 2, tenant=tenant))
    texts = [{"delivered_text": "You get $120 by Tuesday.", "claims": []}]
    promised = promise(f"PR-2222-2222-22{tenant[:2].upper()}", 1, tenant=tenant)
    record = answer(f"r of {tenant}", 1, choices=texts, question="Where is it?", tenant=tenant)
    ledger.submit(record, promised=[promised]).result()
    ledger.customers.report(
        [contact("1", "called", 3, tenant=tenant), contact("2", "note", 0, tenant=tenant)]
    )


def whole(ledger: Ledger, tenant: str, customer: str, limit: int) -> list[TimelineEntry]:
    """A timeline read page by page."""
    entries: list[TimelineEntry] = []
    while page := ledger.customers.timeline(
        tenant,
        customer,
        after=Place(entries[-1].at, entries[-1].type, entries[-1].id) if entries else None,
        limit=limit,
    ):
        entries += page
    return entries


def test_all_of_one_customer_newest_first(ledger: Ledger) -> None:
    a_customers_life(ledger)
    moved(ledger, CASE, "claimed", by="ben", note="looking")
    entries = ledger.customers.timeline("default", CUSTOMER)
    assert [one.type for one in entries] == [
        "escalation_event", "contact", "escalation", "answer", "promise", "contact",
    ]  # fmt: skip
    event, called, opened, answered, promised, _ = (one.detail for one in entries)
    assert event == {"ref": CASE, "status": "claimed", "actor": "ben", "note": "looking"}
    assert called["kind"] == "called" and opened["status"] == "claimed"
    assert opened["question"] == "Where is my refund?"
    assert answered["answers"] == ["You get $120 by Tuesday."] and answered["question"] == "Where is it?"
    assert promised["state"] == "unknown" and promised["due_at"] == after(25)


def test_nobody_elses(ledger: Ledger) -> None:
    a_customers_life(ledger)
    a_customers_life(ledger, "acme")
    ledger.customers.report([contact("other", customer_id="c-47110"), contact("less", customer_id="c-471")])
    for tenant in ("default", "acme"):
        entries = ledger.customers.timeline(tenant, CUSTOMER)
        assert len(entries) == 5
        assert {one.id for one in entries if one.type == "answer"} == {f"r of {tenant}"}
    assert ledger.customers.timeline("globex", CUSTOMER) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_are_the_whole_without_gap_or_repetition(ledger: Ledger, limit: int) -> None:
    a_customers_life(ledger)
    same_instant = [contact(f"same {number}", hours=1) for number in range(5)]
    ledger.customers.report(same_instant)
    assert whole(ledger, "default", CUSTOMER, limit) == ledger.customers.timeline("default", CUSTOMER)


REPORTS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(
                [
                    "complaint",
                    "escalated",
                    "reopened",
                    "resolved",
                    "closed",
                    "note",
                    "promise_kept",
                    "promise_broken",
                ]
            ),
            "hours": st.integers(-3, 3),
            "ref": st.sampled_from([None, "case", "promise", "JIRA-17"]),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=timedelta(seconds=5), suppress_health_check=list(HealthCheck))
@given(reports=REPORTS, shuffled=st.randoms(use_true_random=False), pages=st.integers(1, 4))
def test_any_order_and_any_number_of_times_is_the_same_timeline(
    ledger: Ledger, reports: list[dict[str, Any]], shuffled: Any, pages: int
) -> None:
    """Two tenants with the same customer are told the same, the second one mixed up and more than once."""
    tenants = [f"t{next(numbers)}" for _ in range(2)]
    told: dict[str, list[TimelineEntry]] = {}
    for tenant in tenants:
        refs = {"case": _own_ref("CX", tenant), "promise": _own_ref("PR", tenant)}
        ledger.escalate(case(refs["case"], -1, tenant=tenant))
        for hours in (-2, 0.5, 2.5):
            ledger.record(account_answer(f"{hours} of {tenant}", hours, tenant=tenant))
        ledger.submit(
            answer(f"r of {tenant}", tenant=tenant), promised=[promise(refs["promise"], tenant=tenant)]
        ).result()
        made = [_contact(number, one, refs, tenant) for number, one in enumerate(reports)]
        if tenant == tenants[1]:
            made = made * 2
            shuffled.shuffle(made)
        for at in range(0, len(made), pages):
            ledger.customers.report(made[at : at + pages])
        told[tenant] = ledger.customers.timeline(tenant, CUSTOMER)
    first, second = (_without_names(told[tenant], tenant) for tenant in tenants)
    assert first == second


def _own_ref(kind: str, tenant: str) -> str:
    digits = f"{int(tenant[1:]):08b}".replace("0", "2").replace("1", "3").rjust(8, "2")[-8:]
    letters = f"{kind}-{digits[:4]}-{digits[4:]}"
    return letters if kind == "CX" else f"{letters}-2222"


def _contact(number: int, one: dict[str, Any], refs: dict[str, str], tenant: str) -> Contact:
    ref = refs.get(one["ref"] or "", one["ref"])
    return contact(f"key {number}", one["kind"], one["hours"], ref=ref, tenant=tenant)


def _without_names(entries: list[TimelineEntry], tenant: str) -> list[str]:
    """What is told, where ids that must differ between the tenants are called the same."""
    refs = {_own_ref("CX", tenant): "case", _own_ref("PR", tenant): "promise", tenant: "tenant"}
    lines = [repr(entry) for entry in entries]
    for name, called in refs.items():
        lines = [line.replace(name, called) for line in lines]
    return lines


def test_what_went_wrong_stands_there_with_each_step(ledger: Ledger) -> None:
    a_customers_life(ledger)
    made = Failure(
        "broken:1", "broken_promise", after(6), customer_id=CUSTOMER, text="You get $120 by Tuesday."
    )
    found = FailureEvent("found", "detected", after(8), "ana", "agent", {"severity": "high"}, "she called")
    failure_id, _ = ledger.failures.tell(made, found)
    other = Failure("broken:2", "broken_promise", after(6), customer_id="c-1")
    ledger.failures.tell(other, found)
    step, failed, *_ = ledger.customers.timeline("default", CUSTOMER)
    assert (step.type, step.at, step.id) == ("failure_event", after(8), f"{failure_id}/found")
    assert (step.detail["step"], step.detail["note"]) == ("detected", "she called")
    assert (failed.type, failed.at, failed.id) == ("failure", after(6), failure_id)
    assert failed.detail["status"] == "detected" and failed.detail["severity"] == "high"
    assert whole(ledger, "default", CUSTOMER, 1) == ledger.customers.timeline("default", CUSTOMER)
