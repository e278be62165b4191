"""What customers lived through is counted in the database, each in its period and of its tenant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from support import failures
from support.cases import moved
from support.customers import CUSTOMER, LATER, NOON, account_answer, after, answer, case, contact, promise
from support.failures import event, failure

from proxy.ledger.answers.lived import ByHand, Incident
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Taken
from proxy.ledger.desk.told import told_id
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger

DAY = NOON, NOON + timedelta(days=1)


def test_answers_are_counted_by_whether_the_guard_acted(ledger: Ledger) -> None:
    for number, (mode, decision) in enumerate(
        [
            ("enforce", "deliver"), ("enforce", "deliver"), ("enforce", "rewrite"), ("observe", "rewrite"),
            ("immediate", "escalate"), ("off", "deliver"),
        ]
    ):  # fmt: skip
        ledger.record(answer(f"r{number}", 1, mode=mode, decision=decision))
    ledger.record(answer("late", 30))
    ledger.record(answer("theirs", 1, tenant="other"))
    assert ledger.lived.answers("default", *DAY).decided() == {
        (True, "deliver"): 2,
        (True, "rewrite"): 1,
        (False, "rewrite"): 1,
        (False, "escalate"): 1,
        (False, "deliver"): 1,
    }


def test_days_are_those_that_are_counted_day_by_day(ledger: Ledger) -> None:
    for number in range(12):
        decision, verified = ("deliver", "rewrite", "escalate")[number % 3], number % 4 > 0
        told = answer(f"r{number}", 5 * number, decision=decision, mode=("enforce", "observe")[number % 2])
        ledger.record(replace(told, verified=verified, model=f"m{number % 2}"))
    since, until = NOON - timedelta(days=1), NOON + timedelta(days=3)
    days = ledger.lived.answers("default", since, until).days()
    assert days == ledger.days("default", since, until)
    assert [one.answers for one in days] == [0, 3, 5, 4, 0]


def test_times_are_those_of_the_newest_answers(ledger: Ledger) -> None:
    for number in range(4):
        ledger.record(answer(f"r{number}", number, timings_ms={"judge": 10.0 * number, "rules": 1.0}))
    assert ledger.lived.latencies("default", *DAY, limit=2) == [31.0, 21.0]


def test_what_people_did_by_hand(ledger: Ledger) -> None:
    for ref in ("CX-2222-2222", "CX-3333-3333"):
        ledger.escalate(case(ref, 1))
    moved(ledger, "CX-2222-2222", "claimed", by="ana")
    said = NewAnswer("You are right.", verified=False, override_reason="asked the fares desk")
    ledger.desk.take(Taken("CX-2222-2222", Step.ANSWER, "ana", answer=said))
    assert ledger.lived.by_hand("default", NOON, NOON + timedelta(days=3650)) == ByHand(2, 1, 1)
    assert ledger.lived.by_hand("other", *DAY) == ByHand(0, 0, 0)


def test_customers_who_went_back_to_automation(ledger: Ledger) -> None:
    ledger.customers.report([contact("complaint", "complaint")])
    for number in range(3):
        ledger.record(account_answer(f"r{number}", 1 + number))
    ledger.customers.report([contact("note", "note", 5)])  # what is told brings the notes in line
    ledger.customers.report([contact("again", "complaint", 0.5)])
    assert ledger.lived.returned("default", *DAY) == (1, 3)


def test_promises_by_what_became_of_them(ledger: Ledger) -> None:
    for number in range(4):
        ledger.submit(
            answer(f"of p{number}", number), promised=[promise(f"PR-2222-2222-222{number + 2}", number)]
        ).result()
    ledger.customers.report([contact("kept", "promise_kept", 9, ref="PR-2222-2222-2222")])
    ledger.customers.report([contact("broken", "promise_broken", 9, ref="PR-2222-2222-2223")])
    assert ledger.lived.promises("default", *DAY, LATER) == {"kept": 1, "broken": 1, "unknown": 2}
    assert ledger.lived.promises("default", *DAY, after(5)) == {"kept": 1, "broken": 1, "open": 2}


def test_who_comes_back_and_when(ledger: Ledger) -> None:
    for number, (kind, hours) in enumerate(
        [("called", 24), ("complaint", 0.5), ("note", 24), ("written", 0.25)]
    ):
        ledger.customers.report([contact(f"k{number}", kind, hours)])
    ledger.customers.report([contact("theirs", "called", 24, tenant="other")])
    customers, at = ledger.lived.coming_back("default", after(0.5))
    assert customers == [CUSTOMER, CUSTOMER]
    assert sorted(one.replace(tzinfo=UTC) for one in at.tolist()) == [after(0.5), after(24)]


def test_incidents_tell_how_many_customers_and_answers_they_name(ledger: Ledger) -> None:
    for number in range(4):
        told = failure(
            str(number),
            occurred_at=NOON,
            incident="recall RC-1",
            customer_id=f"c-{number % 2}",
            response_id=f"r-{number}",
        )
        failure_id, _ = ledger.failures.tell(told, at("detected", 1))
    ledger.failures.add(failure_id, at("cancelled", 2))
    ledger.failures.tell(failure("no", occurred_at=NOON, incident="recall RC-1"), at("proposed", 1))
    assert ledger.lived.incidents("default", *DAY) == [Incident("recall RC-1", 4, 3, 2, 4)]


def test_which_answers_were_corrections(ledger: Ledger) -> None:
    ledger.escalate(case("CX-2222-2222", 1))
    moved(ledger, "CX-2222-2222", "claimed", by="ana")
    answer = NewAnswer("So it is.", verified=True)
    done = ledger.desk.take(Taken("CX-2222-2222", Step.ANSWER, "ana", answer=answer))
    by_the_case = told_id("CX-2222-2222", done.answer_id or 0)
    ledger.failures.tell(
        failure("by case", occurred_at=NOON, case_ref="CX-2222-2222"), at("detected", 1), at("corrected", 2)
    )
    ledger.failures.tell(
        failure("by step", occurred_at=NOON), at("detected", 1), at("corrected", 2, response_id="by the step")
    )
    asked = {by_the_case, "by the step", "no correction"}
    assert ledger.lived.corrections_among("default", asked) == {by_the_case, "by the step"}
    assert ledger.lived.corrections_among("other", asked) == set()


def test_a_persons_wrong_answer_is_no_correction_of_itself(ledger: Ledger) -> None:
    """The one that was sent after it is, whoever was told it when."""
    ref = "CX-2222-2222"
    ledger.escalate(case(ref, 0))

    def answered(hours: float) -> int:
        ledger.desk.take(Taken(ref, Step.CLAIM, "ana", lease_s=900), after(hours - 0.1))
        said = NewAnswer("So it is.", verified=True)
        return ledger.desk.take(Taken(ref, Step.ANSWER, "ana", answer=said), after(hours)).answer_id or 0

    wrong = answered(1)
    ledger.desk.take(Taken(ref, Step.DELIVER, "cxai", response_id="r-chat"), after(4))
    ledger.desk.take(Taken(ref, Step.REOPEN, "customer"), after(5))
    right = answered(6)
    own = failure(kind="wrong_human_answer", occurred_at=after(1), case_ref=ref)
    ledger.failures.tell(own, at("detected", 2), at("corrected", 7))
    names = {told_id(ref, number) for number in (wrong, right)}
    assert ledger.lived.corrections_among("default", names) == {told_id(ref, right)}


def test_new_models_and_documents_are_marked_and_not_what_the_period_began_with(ledger: Ledger) -> None:
    for number, (model, corpus) in enumerate(
        [("a", "c1"), ("a", "c1"), ("b", "c1"), ("b", "c2"), ("a", "c2")]
    ):
        ledger.record(replace(answer(f"r{number}", number, versions={"corpus": corpus}), model=model))
    found = [(one.what, one.version, one.at) for one in ledger.lived.answers("default", *DAY).new_versions()]
    assert found == [("model", "b", after(2)), ("corpus", "c2", after(3))]


def at(step: str, hours: float, **data: object) -> FailureEvent:
    """A step so many hours after noon."""
    minutes = (after(hours) - failures.BEGAN) / timedelta(minutes=1)
    return event(step, minutes, key=f"{step} {hours}", **data)
