"""How failures end: people's answers correct them, customers confirm it, or do not come back; never mixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.customers import CUSTOMER, after, answer, case, contact
from support.detecting import looked, the_file

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Routing, Taken
from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.ledger import Ledger

REF = "CX-2222-2222"
REFUND = "How long does my refund for the cancelled flight take?"
STILL = "My refund for the flight that you cancelled has not come."


def taken(ledger: Ledger, step: Step, hours: float, by: str = "ana") -> None:
    more: dict[str, Any] = {"lease_s": 36_000.0}
    if step is Step.ANSWER:
        more["answer"] = NewAnswer("It is on its way.", True)
    ledger.desk.take(Taken(REF, step, by, **more), after(hours))


def late(ledger: Ledger) -> None:
    ledger.escalate(case(REF, 0), routing=Routing(due_at=after(1)))
    looked(ledger, now=after(2))


def told(ledger: Ledger, hours: float) -> None:
    taken(ledger, Step.CLAIM, hours - 0.5)
    taken(ledger, Step.ANSWER, hours - 0.2)
    taken(ledger, Step.DELIVER, hours, "cxai")


def test_a_persons_answer_that_was_told_corrects_the_failure_of_its_case(ledger: Ledger) -> None:
    late(ledger)
    told(ledger, 5)
    assert looked(ledger, now=after(6)) == {"cases": 1}
    assert looked(ledger, now=after(7)) == {}
    state = the_file(ledger, "late_handover").state
    assert (state.status, state.corrected_at, state.restored_at) == ("corrected", after(5), None)


def test_that_the_customer_confirms_it_restores_it(ledger: Ledger) -> None:
    late(ledger)
    told(ledger, 5)
    taken(ledger, Step.CONFIRM, 8, "customer")
    assert looked(ledger, now=after(9)) == {"cases": 1}
    state = the_file(ledger, "late_handover").state
    assert (state.corrected_at, state.restored_at, state.restored_how) == (after(5), after(8), "confirmed")


def test_that_the_customer_is_not_content_takes_it_up_again(ledger: Ledger) -> None:
    late(ledger)
    told(ledger, 5)
    looked(ledger, now=after(6))
    taken(ledger, Step.REOPEN, 7, "customer")
    assert looked(ledger, now=after(8)) == {"cases": 1}
    state = the_file(ledger, "late_handover").state
    assert (state.status, state.reopened, state.corrected_at) == ("detected", 1, None)
    told(ledger, 10)
    taken(ledger, Step.CONFIRM, 11, "customer")
    looked(ledger, now=after(12))
    state = the_file(ledger, "late_handover").state
    assert (state.status, state.corrected_at, state.restored_at) == ("restored", after(10), after(11))


def corrected(ledger: Ledger, **more: Any) -> str:
    """A wrong answer of which the customer was told the truth after a day."""
    choices = [{"delivered_text": "Your refund comes in two days.", "claims": []}]
    ledger.record(answer("r", 0, question=REFUND, choices=choices, **more))
    made = Failure(
        "wrong_claim:r", "wrong_claim", after(0), **{"customer_id": CUSTOMER, **more}, response_id="r"
    )
    events = [
        FailureEvent("found", "detected", after(2), "cxai", "guard"),
        FailureEvent("told", "corrected", after(24), "ana", data={"how": "called"}),
    ]
    return ledger.failures.tell(made, *events)[0]


def in_days(days: float) -> datetime:
    return after(24) + timedelta(days=days)


def test_who_does_not_come_back_for_the_stated_days_is_restored_by_proxy(ledger: Ledger) -> None:
    corrected(ledger)
    assert looked(ledger, now=in_days(13.9)) == {}
    assert looked(ledger, now=in_days(20)) == {"stayed_away": 1}
    state = the_file(ledger, "wrong_claim").state
    assert (state.restored_at, state.restored_how) == (in_days(14), "no_repeat_contact")
    assert looked(ledger, now=in_days(30)) == {}


@pytest.mark.parametrize(
    "text", [STILL, "Any news?", None], ids=["on its topic", "asks for news", "no words"]
)
def test_who_comes_back_is_not_and_the_days_begin_anew(ledger: Ledger, text: str | None) -> None:
    corrected(ledger)
    hours = 24 + 5 * 24
    ledger.customers.report([contact("1", "called", hours, text=text, received_at=datetime.now(UTC))])
    far = datetime(2031, 1, 1, tzinfo=UTC)  # what came is proposed or not elsewhere: here only the end counts
    assert "stayed_away" not in looked(ledger, since=far, now=in_days(18.9))
    assert looked(ledger, since=far, now=in_days(19.1)) == {"stayed_away": 1}
    assert the_file(ledger, "wrong_claim").state.restored_at == in_days(19)


def test_a_contact_that_is_told_late_takes_a_restoration_back(ledger: Ledger) -> None:
    """What was known then stays readable; the days begin anew with the contact."""
    corrected(ledger)
    looked(ledger, now=in_days(15))
    hours = 24 + 6 * 24
    ledger.customers.report([contact("slow", "called", hours, text=STILL, received_at=datetime.now(UTC))])
    told = looked(ledger, now=in_days(16))
    assert told["came_back_late"] == 1 and "stayed_away" not in told
    found = the_file(ledger, "wrong_claim")
    assert (found.state.status, found.state.restored_at) == ("corrected", None)
    assert {one.step for one in found.retracted} == {"restored", "retracted"}
    assert looked(ledger, now=in_days(20.1)) == {"stayed_away": 1}
    assert the_file(ledger, "wrong_claim").state.restored_at == in_days(20)
    assert looked(ledger, now=in_days(21)) == {}


@pytest.mark.parametrize("days", [20, 0.5])
def test_a_contact_after_it_or_about_something_else_takes_nothing_back(ledger: Ledger, days: float) -> None:
    corrected(ledger)
    looked(ledger, now=in_days(15))
    text = STILL if days == 20 else "Which seats have a window?"
    report = contact("x", "called", 24 + 24 * days, text=text, received_at=datetime.now(UTC))
    ledger.customers.report([report])
    looked(ledger, now=in_days(22))
    assert the_file(ledger, "wrong_claim").state.restored_at == in_days(14)


def test_another_question_on_the_topic_is_a_repeat_contact_too(ledger: Ledger) -> None:
    corrected(ledger)
    ledger.record(answer("again", 24 + 48, question="When will my refund for the cancelled flight come?"))
    far = datetime(2031, 1, 1, tzinfo=UTC)
    assert looked(ledger, since=far, now=in_days(15)) == {}
    assert looked(ledger, since=far, now=in_days(16.1)) == {"stayed_away": 1}


def test_what_is_about_something_else_is_no_repeat_contact(ledger: Ledger) -> None:
    corrected(ledger)
    other = contact("1", "called", 100, text="Which seats have a window?", received_at=datetime.now(UTC))
    ledger.customers.report([other])
    assert "stayed_away" in looked(ledger, now=in_days(14.1))


def test_of_a_customer_whom_nobody_knows_nothing_is_said(ledger: Ledger) -> None:
    corrected(ledger, customer_id=None)
    assert looked(ledger, now=in_days(100)) == {}


@pytest.mark.parametrize(
    ("said", "status", "how"),
    [("yes", "restored", "confirmed"), ("no", "detected", None), ("asked", "corrected", None)],
)
def test_the_answer_to_one_question(ledger: Ledger, said: str, status: str, how: str | None) -> None:
    corrected(ledger)
    data = {"settled": said, "response_id": "r"}
    ledger.customers.report([contact("1", "feedback", 30, data=data, received_at=datetime.now(UTC))])
    looked(ledger, now=after(40))
    state = the_file(ledger, "wrong_claim").state
    assert (state.status, state.restored_how) == (status, how)
    assert looked(ledger, now=after(41)) == {}


def test_how_many_of_those_asked_answered(ledger: Ledger) -> None:
    said = [
        ("a", "asked"),
        ("a", "yes"),
        ("b", "asked"),
        ("c", "no"),
        ("d", "asked"),
        ("d", "no"),
        ("d", "yes"),
    ]
    reports = [
        contact(str(number), "feedback", number, data={"settled": answer, "failure": f"FL-{matter}"})
        for number, (matter, answer) in enumerate(said)
    ]
    ledger.customers.report([*reports, contact("thumbs", "feedback", 1, data={"rating": "up"})])
    found = ledger.lived.settled("default", after(0), after(100))
    assert (found.asked, found.answered, found.yes) == (4, 3, 2)
    assert ledger.lived.settled("acme", after(0), after(100)).asked == 0
