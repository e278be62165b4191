"""A case that nobody has answered when its target ends is a failure from then on; one answered in time is none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from support.customers import CUSTOMER, after, case
from support.detecting import files, looked, the_file

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Routing, Taken
from proxy.ledger.ledger import Ledger

REF = "CX-2222-2222"
DUE = after(2)


def opened(ledger: Ledger, due_at: datetime | None = DUE) -> None:
    ledger.escalate(case(REF, 0), routing=Routing("refunds", due_at, "telecom/refunds", "high"))


def taken(ledger: Ledger, step: Step, hours: float, due_at: datetime | None = None) -> None:
    answer = NewAnswer("It is on its way.", True) if step is Step.ANSWER else None
    more = {"answer": answer, "lease_s": 36_000.0, "due_at": due_at}
    ledger.desk.take(Taken(REF, step, "ana", **more), after(hours))  # type: ignore[arg-type]


def answered(ledger: Ledger, hours: float) -> None:
    taken(ledger, Step.CLAIM, hours - 0.1)
    taken(ledger, Step.ANSWER, hours)


def test_it_reached_the_customer_when_the_target_ended(ledger: Ledger) -> None:
    opened(ledger)
    assert looked(ledger, now=after(1.9)) == {}
    assert looked(ledger, now=after(2.1)) == {"late": 1}
    assert looked(ledger, now=after(2.2)) == {}
    found = the_file(ledger, "late_handover")
    assert (found.failure.occurred_at, found.state.detected_at) == (DUE, after(2.1))
    assert (found.failure.customer_id, found.failure.case_ref) == (CUSTOMER, REF)
    assert (found.state.severity, found.state.topic, found.state.cause) == (
        "high",
        "telecom/refunds",
        "person",
    )


@pytest.mark.parametrize(("hours", "is_late"), [(1.9, False), (2.1, True)])
def test_what_counts_is_whether_a_person_had_answered_by_then(
    ledger: Ledger, hours: float, is_late: bool
) -> None:
    opened(ledger)
    answered(ledger, hours)
    looked(ledger, now=after(5))
    assert bool(files(ledger)) is is_late


def test_a_case_that_was_over_before_is_not_late(ledger: Ledger) -> None:
    opened(ledger)
    taken(ledger, Step.CANCEL, 1)
    assert looked(ledger, now=after(5)) == {}


def test_without_a_target_nothing_is_late(ledger: Ledger) -> None:
    opened(ledger, due_at=None)
    assert looked(ledger, now=after(500)) == {}


def test_a_case_taken_up_again_has_a_new_target(ledger: Ledger) -> None:
    opened(ledger)
    answered(ledger, 1)
    taken(ledger, Step.REOPEN, 1.5, due_at=after(4))
    assert looked(ledger, now=after(3)) == {}
    assert looked(ledger, now=after(4.1)) == {"late": 1}
    assert the_file(ledger, "late_handover").failure.occurred_at == after(4)


def test_a_look_finds_only_targets_that_ended_since(ledger: Ledger) -> None:
    opened(ledger)
    assert looked(ledger, since=DUE + timedelta(seconds=1), now=after(5)) == {}
