"""The same rule for the chatbot and for people, from what a real ledger has of both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.customers import answer
from support.failures import failure
from support.recorded import claim

from proxy.ledger.answers.answered import Answered
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Routing, Taken
from proxy.ledger.failures.columns import columns_of
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Contact, DecisionRecord, EscalationRecord
from proxy.recovery.measures.scorecard import Score, read_scorecard, scorecard
from proxy.rules.recovery_options import RecoveryOptions

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=30)
OPTIONS = RecoveryOptions()
QUIET = timedelta(days=14)
CLAIM = claim("Bills are due within 14 days.")


def asked(response_id: str, customer: str, at: datetime, **request: Any) -> DecisionRecord:
    choice = {"choice": 0, "claims": [CLAIM]}
    record = answer(
        response_id, customer_id=customer, request=request, choices=[choice], timings_ms={"judge": 40.0}
    )
    return DecisionRecord(**{**{name: getattr(record, name) for name in record.__slots__}, "created_at": at})


def came_back(customer: str, at: datetime, kind: str = "called") -> Contact:
    return Contact(f"{customer} {at}", customer, kind, "voice", at, NOW, "crm")


def person_answered(ledger: Ledger, ref: str, customer: str, opened: datetime, **request: Any) -> None:
    record = asked(f"for {ref}", customer, opened, **request)
    ledger.record(
        DecisionRecord(**{**{n: getattr(record, n) for n in record.__slots__}, "decision": "escalate"})
    )
    case = EscalationRecord(ref, f"for {ref}", f"turn {ref}", "why", opened, customer_id=customer)
    ledger.escalate(case, routing=Routing(topic="telecom/billing", risk="high"))
    ledger.desk.take(Taken(ref, Step.CLAIM, "ana", lease_s=60))
    ledger.desk.take(Taken(ref, Step.ANSWER, "ana", answer=NewAnswer("It is so.", verified=True)))


def test_what_was_answered_is_read_with_how_it_went_on(ledger: Ledger) -> None:
    ledger.record(asked("r1", "c-1", LONG_AGO, channel="mail"))
    ledger.record(asked("r2", "c-2", LONG_AGO, channel="chat", is_complaint=True))
    ledger.record(asked("theirs", "c-3", LONG_AGO - timedelta(days=400)))
    opened = NOW - timedelta(hours=3)
    person_answered(ledger, "CX-2222-2222", "c-4", opened, about_account=True)
    ledger.customers.report(
        [came_back("c-1", LONG_AGO + timedelta(days=2)), came_back("c-2", LONG_AGO, "note")]
    )
    found = ledger.lived.answered("default", LONG_AGO, NOW + timedelta(hours=1))
    by_ai = [one for one in found if one.author == "ai"]
    assert [(one.response_id, one.channel, one.topic, one.hard) for one in by_ai] == [
        ("r1", "mail", "telecom/billing", False),
        ("r2", "chat", "telecom/billing", True),
    ]
    assert [one.back_at for one in by_ai] == [LONG_AGO + timedelta(days=2), None]
    (by_person,) = [one for one in found if one.author == "human"]
    assert (by_person.customer_id, by_person.topic, by_person.hard) == ("c-4", "telecom/billing", True)
    assert by_person.waited >= timedelta(hours=3)
    assert by_person.response_id == by_person.reviewed_as  # no chat has told it
    assert ledger.answer(by_person.reviewed_as) is not None
    assert ledger.lived.answered("other", LONG_AGO, NOW) == []


@pytest.mark.parametrize(("mode", "counts"), [("enforce", False), ("observe", True), ("immediate", True)])
def test_what_left_although_the_guard_objected_is_the_chatbots_too(
    ledger: Ledger, mode: str, counts: bool
) -> None:
    record = asked("r1", "c-1", LONG_AGO)
    names = {name: getattr(record, name) for name in record.__slots__}
    ledger.record(DecisionRecord(**{**names, "mode": mode, "decision": "escalate"}))
    found = ledger.lived.answered("default", LONG_AGO, NOW)
    assert [one.response_id for one in found] == (["r1"] if counts else [])


def told(author: str, number: int, *, hard: bool = False, back_after_d: float | None = None) -> Answered:
    back = None if back_after_d is None else LONG_AGO + timedelta(days=back_after_d)
    waited = timedelta(seconds=1) if author == "ai" else timedelta(hours=2)
    name = f"{author}-{number}"
    return Answered(
        author, name, name, f"c-{author}-{number}", LONG_AGO, waited, "chat", "t", hard, back
    )  # fmt: skip


def scores(
    answers: list[Answered], failed: set[str] | None = None, right: dict[str, bool] | None = None
) -> dict[str, Score]:
    found = scorecard(answers, failed or set(), right or {}, columns_of([]), LONG_AGO, NOW, OPTIONS, QUIET)
    return {one.measure: one for one in found.scores}


def test_the_same_rule_for_both() -> None:
    answers = [
        told(author, number, back_after_d=3 if number < 5 else None)
        for author in ("ai", "human")
        for number in range(20)
    ]
    found = scores(answers, failed={"ai-19", "human-19"}, right={"ai-1": True, "human-1": True})
    for name, hits in (("resolution", 14), ("repeat_contact", 5)):
        assert found[name].ai.hits == found[name].human.hits == hits
        assert found[name].compared.difference == 0
    assert found["accuracy"].ai.text == "too few cases: 1 of 1"
    assert found["answered_soon"].compared.difference == -1.0
    assert found["resolution"].text.startswith("chatbot 70.0%, people 70.0%: +0.0 points (")


def test_who_comes_back_after_the_time_of_silence_was_well() -> None:
    found = scores([told("ai", number, back_after_d=15) for number in range(12)])
    assert found["repeat_contact"].ai.hits == 0
    assert found["repeat_contact"].text == "no channel, topic and difficulty in which both answered"


def test_hard_and_plain_are_told_apart() -> None:
    answers = [told("ai", number, hard=number < 10) for number in range(20)]
    answers += [
        told("human", number, hard=True, back_after_d=1 if number < 6 else None) for number in range(12)
    ]
    parts = {(one.dimension, one.of): one for one in scores(answers)["repeat_contact"].by}
    hard = parts["difficulty", "hard"]
    assert hard.human.hits == 6 and hard.difference.value == 0.5
    assert hard.difference.text.startswith("+50.0 points (+")
    assert parts["difficulty", "plain"].human.text == "no cases"


@pytest.mark.parametrize(("hours_late", "hits"), [(-1, 1), (1, 0)])
def test_recovery_is_by_who_answered(ledger: Ledger, hours_late: float, hits: int) -> None:
    for author in ("ai", "human"):
        one = failure(author, occurred_at=LONG_AGO, author=author, channel="chat", topic="t")
        put_right = LONG_AGO + OPTIONS.within.medium + timedelta(hours=hours_late)
        ledger.failures.tell(
            one,
            FailureEvent("found", "detected", LONG_AGO, "cxai", "guard"),
            FailureEvent("right", "corrected", put_right, "ana"),
        )
    found = read_scorecard(ledger, "default", LONG_AGO, NOW, {}, OPTIONS, QUIET)
    (recovery,) = [score for score in found.scores if score.measure == "recovery"]
    assert (recovery.ai.hits, recovery.human.hits, recovery.human.n) == (hits, hits, 1)
