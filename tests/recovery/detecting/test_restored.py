"""How failures end: people's answers correct them, customers confirm it, or do not come back; never mixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.customers import CUSTOMER, after, answer, case, contact
from support.detecting import looked, the_file

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Routing, Taken
from proxy.ledger.desk.told import told_id
from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.references import failure_reference
from proxy.ledger.texts import StoreText

REF = "CX-2222-2222"
REFUND = "How long does my refund for the cancelled flight take?"
STILL = "My refund for the flight that you cancelled has not come."


def taken(ledger: Ledger, step: Step, hours: float, by: str = "ana", **more: Any) -> int | None:
    """The number of the answer where it was one."""
    more["lease_s"] = 36_000.0
    if step is Step.ANSWER:
        more["answer"] = NewAnswer("It is on its way.", True)
    return ledger.desk.take(Taken(REF, step, by, **more), after(hours)).answer_id


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


@pytest.mark.parametrize("chat", [False, True], ids=["found while it waited", "found in the chat"])
def test_a_persons_wrong_answer_is_not_put_right_by_its_own_delivery(ledger: Ledger, chat: bool) -> None:
    """The chat's answer is dated from its question on, a moment before it told the person's."""
    ledger.escalate(case(REF, 0))
    taken(ledger, Step.CLAIM, 1)
    number = taken(ledger, Step.ANSWER, 2)
    name, at = ("r-chat", 4.99) if chat else (told_id(REF, number or 0), 2)
    wrong = Failure(
        f"wrong_human_answer:{name}",
        "wrong_human_answer",
        after(at),
        CUSTOMER,
        response_id=name,
        case_ref=REF,
    )
    ledger.failures.tell(wrong, FailureEvent("found", "detected", after(4.995), "ana", "reviewer"))
    taken(ledger, Step.DELIVER, 5, "cxai", response_id="r-chat")
    assert looked(ledger, now=after(6)) == {}
    assert the_file(ledger, "wrong_human_answer").state.status == "detected"
    taken(ledger, Step.REOPEN, 7, "customer")
    told(ledger, 10)
    assert looked(ledger, now=after(11)) == {"cases": 1}
    assert the_file(ledger, "wrong_human_answer").state.corrected_at == after(10)


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


NOT_CONTENT = [{"rating": "down"}, {"told_otherwise": True}, {"settled": "no"}]


def said(ledger: Ledger, days: float, data: dict[str, Any], text: str | None = None) -> None:
    """What a customer says of an answer so many days after the correction."""
    told = {"response_id": "r", **data}
    report = contact("said", "feedback", 24 + 24 * days, text=text, data=told, received_at=datetime.now(UTC))
    ledger.customers.report([report])


@pytest.mark.parametrize("text", ["Your agent told me otherwise.", None], ids=["words", "no words"])
@pytest.mark.parametrize("data", NOT_CONTENT, ids=lambda data: next(iter(data)))
def test_who_is_not_content_is_not_silent(ledger: Ledger, data: dict[str, Any], text: str | None) -> None:
    corrected(ledger)
    said(ledger, 5, data, text)
    far = datetime(2031, 1, 1, tzinfo=UTC)
    assert looked(ledger, since=far, now=in_days(18.9)) == {}
    assert looked(ledger, since=far, now=in_days(19.1)) == {"stayed_away": 1}
    assert the_file(ledger, "wrong_claim").state.restored_at == in_days(19)


@pytest.mark.parametrize(
    "data", [{"rating": "up"}, {"settled": "asked"}, {"rating": "down", "response_id": "seats"}]
)
def test_who_is_content_or_means_another_answer_is_silent(ledger: Ledger, data: dict[str, Any]) -> None:
    failure_id = corrected(ledger)
    choices = [{"delivered_text": "Rows 3 to 30 have windows.", "claims": []}]
    ledger.record(answer("seats", 24 + 48, question="Which seats have a window?", choices=choices))
    said(ledger, 5, data)
    looked(ledger, now=in_days(14.1))
    found = ledger.failures.file(failure_id)
    assert found is not None and found.state.restored_at == in_days(14)


@pytest.mark.parametrize(
    ("data", "status"),
    [*((data, "corrected") for data in NOT_CONTENT[:2]), (NOT_CONTENT[2], "detected")],
    ids=["rating", "told_otherwise", "settled"],
)
def test_feedback_that_is_told_late_takes_a_restoration_back(
    ledger: Ledger, data: dict[str, Any], status: str
) -> None:
    corrected(ledger)
    looked(ledger, now=in_days(15))
    said(ledger, 6, data)
    looked(ledger, now=in_days(16))
    state = the_file(ledger, "wrong_claim").state
    assert (state.status, state.restored_at) == (status, None)


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


@pytest.mark.parametrize(
    ("said", "status"), [("yes", "restored"), ("no", "detected")], ids=["confirmed", "not content"]
)
@pytest.mark.parametrize("level", StoreText)
def test_it_counts_however_little_text_is_kept(
    ledger_url: str, level: StoreText, said: str, status: str
) -> None:
    with Ledger.open(ledger_url, store_text=level) as ledger:
        data = {"settled": said, "failure": corrected(ledger)}
        ledger.customers.report([contact("1", "feedback", 30, data=data, received_at=datetime.now(UTC))])
        assert looked(ledger, now=after(40)) == {"settled": 1}
        assert the_file(ledger, "wrong_claim").state.status == status


@pytest.mark.parametrize("said", ["yes", "no"])
def test_what_was_said_before_it_was_put_right_says_nothing_of_that(ledger: Ledger, said: str) -> None:
    """Whoever was content with the wrong answer did not confirm the correction, which came later."""
    data = {"settled": said, "failure": corrected(ledger)}
    ledger.customers.report([contact("1", "feedback", 23, data=data, received_at=datetime.now(UTC))])
    assert looked(ledger, now=after(40)) == {}
    state = the_file(ledger, "wrong_claim").state
    assert (state.status, state.reopened, state.restored_at) == ("corrected", 0, None)


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


@pytest.mark.parametrize("level", StoreText)
def test_each_matter_is_counted_however_little_text_is_kept(ledger_url: str, level: StoreText) -> None:
    matters = [failure_reference("default", f"wrong_claim:{number}") for number in range(3)]
    reports = [
        contact(failure_id, "feedback", 1, data={"settled": word, "failure": failure_id})
        for failure_id, word in zip(matters, ("yes", "no", "asked"), strict=True)
    ]
    with Ledger.open(ledger_url, store_text=level) as ledger:
        ledger.customers.report(reports)
        found = ledger.lived.settled("default", after(0), after(100))
    assert (found.asked, found.answered, found.yes) == (3, 2, 1)
