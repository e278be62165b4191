"""How a customer stands with us: an open case, whoever told of it; recent failures; promises that are due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.cases import moved
from support.customers import CUSTOMER, after, answer, case, contact, promise

from proxy.ledger.customers.standing import Standing
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Taken
from proxy.ledger.ledger import Ledger

REF = "CX-2222-2222"


def standing(
    ledger: Ledger, hours: float = 48, tenant: str = "default", customer: str = CUSTOMER
) -> Standing:
    return ledger.standing(tenant, customer, after(hours))


def test_a_customer_of_whom_nothing_is_known_has_nothing_open(ledger: Ledger) -> None:
    assert standing(ledger) == Standing()


def test_an_open_case_is_named_with_its_age(ledger: Ledger) -> None:
    ledger.escalate(case(REF, 1))
    ledger.escalate(case("CX-3333-3333", 2))
    found = standing(ledger)
    assert (found.open_case, found.open_case_ref) == (True, "CX-3333-3333")
    assert (found.open_case_since, found.open_case_holder) == (after(2), None)


@pytest.mark.parametrize(("own_hour", "named"), [(1, "SD-78"), (9, REF), (2, REF)])
def test_of_several_matters_the_newest_is_named_whoever_told_of_it(
    ledger: Ledger, own_hour: float, named: str
) -> None:
    ledger.escalate(case(REF, own_hour))
    told = [contact("1", "complaint", 0, ref="SD-77"), contact("2", "complaint", 2, ref="SD-78")]
    ledger.customers.report(told)
    assert standing(ledger).open_case_ref == named
    moved(ledger, REF, "closed", by="ana")
    ledger.customers.report([contact("3", "closed", 10, ref="SD-78")])
    assert (standing(ledger).open_case_ref, standing(ledger).open_case_since) == ("SD-77", after(0))


def test_who_another_channel_says_did_something_about_it_last_holds_it(ledger: Ledger) -> None:
    ledger.escalate(case(REF))
    ledger.customers.report(
        [contact("1", "complaint", 1, ref=REF), contact("2", "complaint", 2, ref=REF, actor="ben")]
    )
    assert (standing(ledger).open_case, standing(ledger).open_case_holder) == (True, "ben")


def test_who_claimed_it_here_holds_it_by_the_name_that_is_for_customers(ledger: Ledger) -> None:
    ledger.escalate(case(REF))
    ledger.desk.claim(REF, actor="ana@example.com")
    assert (standing(ledger).open_case, standing(ledger).open_case_holder) == (True, None)
    ledger.desk.claim(REF, actor="ana@example.com", name="Ana")
    assert standing(ledger).open_case_holder == "Ana"
    ledger.desk.release(REF, actor="ana@example.com")
    assert standing(ledger).open_case_holder is None


def test_a_case_that_a_person_answered_is_not_open_and_is_named(ledger: Ledger) -> None:
    ledger.escalate(case(REF))
    ledger.desk.claim(REF, actor="ana", now=after(1))
    taken = Taken(REF, Step.ANSWER, "ana", answer=NewAnswer("Yes.", True))
    ledger.desk.take(taken, after(1))
    for hours, named in ((2, REF), (24 * 31, None)):
        found = standing(ledger, hours)
        assert (found.open_case, found.answered_case_ref) == (False, named)
    ledger.desk.take(Taken(REF, Step.DELIVER, "cxai"), after(2))
    assert standing(ledger, 3).answered_case_ref == REF
    ledger.desk.take(Taken(REF, Step.CONFIRM, "c-1"), after(3))
    assert standing(ledger, 4).answered_case_ref is None


def test_a_closed_case_is_not_open_and_the_next_one_is(ledger: Ledger) -> None:
    ledger.escalate(case(REF, 1))
    moved(ledger, REF, "closed", by="ana")
    assert not standing(ledger).open_case
    ledger.escalate(case("CX-3333-3333", 2))
    assert standing(ledger).open_case_ref == "CX-3333-3333"


@pytest.mark.parametrize(("tenant", "customer"), [("acme", CUSTOMER), ("default", "c-1")])
def test_another_customers_or_tenants_case_is_nobody_elses(
    ledger: Ledger, tenant: str, customer: str
) -> None:
    ledger.escalate(case(REF))
    ledger.customers.report([contact("1", "complaint")])
    assert standing(ledger, tenant=tenant, customer=customer) == Standing()


@pytest.mark.parametrize("customer", ["a\x00b", "a\ud800b"])
def test_a_customer_is_found_by_an_id_that_cannot_be_kept_as_it_is(ledger: Ledger, customer: str) -> None:
    ledger.customers.report([contact("1", "complaint", customer_id=customer)])
    assert standing(ledger, customer=customer).open_case


def test_a_complaint_that_another_channel_took_is_an_open_case(ledger: Ledger) -> None:
    ledger.customers.report([contact("1", "complaint", 3, ref="SD-77")])
    found = standing(ledger)
    assert (found.open_case, found.open_case_ref, found.open_case_since) == (True, "SD-77", after(3))
    assert found.open_case_holder == "ana"


@pytest.mark.parametrize(
    ("told", "is_open"),
    [
        ([("complaint", None), ("resolved", None)], False),
        ([("complaint", "SD-77"), ("resolved", None)], False),
        ([("complaint", "SD-77"), ("closed", "SD-77")], False),
        ([("complaint", "SD-77"), ("closed", "SD-78")], True),
        ([("complaint", None), ("closed", "SD-78")], True),
        ([("complaint", "SD-77"), ("closed", "SD-77"), ("reopened", "SD-77")], True),
        ([("called", None), ("note", None)], False),
    ],
)
def test_it_is_open_until_somebody_closes_it(
    ledger: Ledger, told: list[tuple[str, str | None]], is_open: bool
) -> None:
    ledger.customers.report(
        [contact(str(hour), kind, hour, ref=ref) for hour, (kind, ref) in enumerate(told)]
    )
    assert standing(ledger).open_case is is_open


def test_of_a_case_of_ours_our_own_record_counts(ledger: Ledger) -> None:
    ledger.escalate(case(REF))
    ledger.customers.report([contact("1", "escalated", 1, ref=REF)])
    assert standing(ledger).open_case_ref == REF
    moved(ledger, REF, "closed", by="ana")
    assert not standing(ledger).open_case


def test_failures_of_the_last_thirty_days_are_counted(ledger: Ledger) -> None:
    ledger.customers.report([contact("1", "promise_broken", 0), contact("2", "called", 0)])
    assert standing(ledger).recent_failures == 1
    assert standing(ledger, timedelta(days=31) / timedelta(hours=1)).recent_failures == 0


def test_promises_that_are_due_and_of_which_nobody_has_told_are_counted(ledger: Ledger) -> None:
    made = [promise("PR-2222-2222-2222"), promise("PR-3333-3333-3333", due_in_hours=100)]
    ledger.submit(answer("r"), promised=made).result()
    assert [standing(ledger, hours).promises_due for hours in (1, 48, 200)] == [0, 1, 2]
    ledger.customers.report([contact("1", "promise_kept", 2, ref="PR-2222-2222-2222")])
    assert standing(ledger).promises_due == 0
