"""What a person answered comes back at the customer's next turn: first, word for word, once, on whatever channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from support import responses as provided
from support.tool_calls import both_ways
from support.tool_calls import told as streamed

from proxy.ledger.desk.lifecycle import Status
from proxy.ledger.desk.records import NewAnswer, Routing
from proxy.ledger.records import Contact, EscalationRecord

REF = "CX-2222-2222"
QUESTION = "Can I still get the bereavement fare after my trip?"
PERSONS = "I am sorry, no: you must apply before you travel.\nI have sent you the form."
GENERAL = "How much may my carry-on bag weigh?"
TRUE = "You must apply before you travel."


@pytest.fixture
def patient_proxy(start_proxy: StartProxy, tmp_path: Path) -> StartProxy:
    """Starts a proxy whose context is read however busy the machine is; else it would not know whom it speaks to."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "context.yaml").write_text("budget: 10s\n", encoding="utf-8")
    return start_proxy


def answered(
    proxy: RunningProxy, ref: str = REF, customer: str = "c-1", routing: Routing | None = None
) -> None:
    record = EscalationRecord(
        ref, f"r-{ref}", f"t-{ref}", "why", datetime.now(UTC), customer_id=customer, question=QUESTION
    )
    with proxy.ledger() as ledger:
        ledger.escalate(record, routing=routing)
        ledger.desk.claim(ref, actor="maria@example.com", name="Maria")
        ledger.desk.answer(ref, NewAnswer(PERSONS, True), actor="maria@example.com")


def ask(proxy: RunningProxy, text: str, customer: str = "c-1", **more: Any) -> httpx.Response:
    headers = {"x-cxai-customer-id": customer, "x-cxai-channel": more.pop("channel", "chat")}
    return proxy.ask(text, headers=headers, **more)


def said(response: httpx.Response) -> str:
    if response.headers["content-type"].startswith("text/event-stream"):
        content: str = streamed(response.text)[0]["content"]
    else:
        content = response.json()["choices"][0]["message"]["content"]
    return content


def status(proxy: RunningProxy, ref: str = REF) -> str:
    with proxy.ledger() as ledger:
        found = ledger.desk.case(ref)
        assert found is not None
        return found.status


@both_ways
def test_it_is_told_first_once_and_labelled(patient_proxy: StartProxy, stream: bool) -> None:
    proxy = patient_proxy()
    answered(proxy)
    proxy.provider.answers(TRUE)
    response = ask(proxy, GENERAL, channel="app", stream=stream)
    told = said(response)
    assert told == f"Maria has answered your question {REF} (“{QUESTION}”):\n\n{PERSONS}\n\n{TRUE}"
    assert "maria@example.com" not in response.text
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert record.answered_by == "maria@example.com"
    assert record.owner != "maria@example.com", "what the model said is not hers"
    assert record.choices[0]["model_text"] == TRUE and record.choices[0]["delivered_text"] == told
    assert status(proxy) == "delivered"
    with proxy.ledger() as ledger:
        (answer,) = ledger.desk.answers(REF)
        assert answer.response_id == record.response_id
        (choice,) = record.choices
        persons = [one for one in choice["said_first"] if one["person"]]
        words = [choice["delivered_text"][one["start"] : one["end"]].strip() for one in persons]
        assert words == [PERSONS]
        assert ledger.desk.events(REF)[-1].note == "told on the channel app"
    assert said(ask(proxy, GENERAL, stream=stream)) == TRUE


def test_streamed_and_whole_are_the_same_also_when_the_answer_is_repaired(patient_proxy: StartProxy) -> None:
    proxy = patient_proxy()
    proxy.provider.answers(
        "You can claim the bereavement fare within 90 days after your trip. Have a nice day!"
    )
    texts = set()
    for number, stream in enumerate((False, True)):
        answered(proxy, f"CX-2222-333{number}", f"c-{number}")
        response = ask(proxy, "When do I apply for the bereavement fare?", f"c-{number}", stream=stream)
        texts.add(said(response).replace(f"333{number}", "333N"))
    assert len(texts) == 1 and PERSONS in texts.pop()


def test_claims_stand_where_the_object_says(patient_proxy: StartProxy) -> None:
    proxy = patient_proxy()
    answered(proxy)
    proxy.provider.answers(TRUE)
    body = ask(proxy, GENERAL).json()
    (claim,) = body["cxai"]["claims"]
    assert body["choices"][0]["message"]["content"][claim["start"] : claim["end"]] == claim["text"] == TRUE
    (first,) = body["cxai"]["told_first"]
    assert first["ref"] == REF and first["author"] == "human" and first["text"] == PERSONS


@both_ways
def test_who_asks_about_the_case_hears_the_person_alone(patient_proxy: StartProxy, stream: bool) -> None:
    proxy = patient_proxy()
    answered(proxy)
    response = ask(proxy, "Any news?", stream=stream)
    told = said(response)
    assert told.endswith(PERSONS) and proxy.provider.requests == [] and status(proxy) == "delivered"
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert record.answered_by == record.owner == "maria@example.com" not in response.text


def test_another_customer_hears_nothing_of_it(patient_proxy: StartProxy) -> None:
    proxy = patient_proxy()
    answered(proxy)
    proxy.provider.answers(TRUE)
    assert said(ask(proxy, GENERAL, "c-2")) == TRUE
    assert said(proxy.ask(GENERAL)) == TRUE and status(proxy) == "answered"


def test_within_json_it_is_not_told_and_waits_for_the_next_turn(patient_proxy: StartProxy) -> None:
    proxy = patient_proxy()
    answered(proxy)
    proxy.provider.answers('{"answer": "You must apply before you travel."}')
    response = ask(proxy, GENERAL, response_format={"type": "json_object"})
    assert said(response).startswith("{") and status(proxy) == "answered"
    proxy.provider.answers(TRUE)
    assert PERSONS in said(ask(proxy, GENERAL))


def test_the_responses_api_tells_it_too(patient_proxy: StartProxy) -> None:
    proxy = patient_proxy()
    answered(proxy)
    proxy.provider.replies = [provided.whole(provided.reasoning(), provided.message(TRUE))]
    headers = {"x-cxai-customer-id": "c-1"}
    body = proxy.post("/v1/responses", {"model": "m", "input": GENERAL}, headers=headers).json()
    told = body["output"][-1]["content"][0]["text"]
    assert told.startswith("Maria has answered") and told.endswith(TRUE)


@pytest.mark.parametrize(
    ("word", "becomes"),
    [
        ("Thank you, that helps!", Status.CONFIRMED),
        ("Thanks.", Status.CONFIRMED),
        (GENERAL, Status.DELIVERED),
        ("Thanks, but how much may my bag weigh?", Status.DELIVERED),
        ("This is a disgrace, I want to make a complaint about how you treat me.", Status.REOPENED),
        ("I want to speak to a person.", Status.REOPENED),
    ],
)
def test_the_customers_next_word_confirms_it_takes_it_up_again_or_neither(
    patient_proxy: StartProxy, word: str, becomes: Status
) -> None:
    proxy = patient_proxy()
    answered(proxy)
    proxy.provider.answers("You're welcome!")
    ask(proxy, "Any news?")
    assert status(proxy) == "delivered"
    response = ask(proxy, word)
    assert status(proxy) == becomes
    if becomes is Status.REOPENED:
        assert response.json()["cxai"]["escalation"]["ref"] == REF


def test_a_case_that_is_taken_up_again_has_its_service_target_anew(
    patient_proxy: StartProxy, tmp_path: Path
) -> None:
    queues = "queues: [{name: fares, answer_within: 4h}]"
    (tmp_path / "policies" / "queues.yaml").write_text(queues, encoding="utf-8")
    proxy = patient_proxy()
    answered(proxy, routing=Routing("fares"))
    ask(proxy, "Any news?")
    ask(proxy, "I want to speak to a person.")
    with proxy.ledger() as ledger:
        found = ledger.desk.case(REF)
    assert found is not None and found.status == "reopened" and found.due_at is not None
    assert timedelta(hours=3.9) < found.due_at - datetime.now(UTC) <= timedelta(hours=4)


def test_a_contact_confirms_it(patient_proxy: StartProxy) -> None:
    proxy = patient_proxy()
    answered(proxy)
    ask(proxy, "Any news?")
    with proxy.ledger() as ledger:
        now = datetime.now(UTC)
        ledger.customers.report([Contact("k", "c-1", "resolved", "voice", now, now, "crm", ref=REF)])
    assert status(proxy) == "confirmed"


def test_automation_answers_again_about_the_account_once_people_have_answered(
    patient_proxy: StartProxy,
) -> None:
    proxy = patient_proxy()
    with proxy.ledger() as ledger:
        record = EscalationRecord(
            REF, "r", "t", "why", datetime.now(UTC), customer_id="c-1", question=QUESTION
        )
        ledger.escalate(record)
        assert ask(proxy, "How much is my bill this month?").headers["x-cxai-decision"] == "escalate"
        assert ledger.standing("default", "c-1", datetime.now(UTC)).open_case
        ledger.desk.claim(REF, actor="maria")
        ledger.desk.answer(REF, NewAnswer(PERSONS, True), actor="maria")
        assert not ledger.standing("default", "c-1", datetime.now(UTC)).open_case


def test_for_customers_whom_nobody_answered_nothing_more_is_read(patient_proxy: StartProxy) -> None:
    """Counted at the database: the same statements as before there was a desk."""
    proxy = patient_proxy()
    proxy.provider.answers(TRUE)
    ask(proxy, GENERAL)
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask(proxy, GENERAL)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert not [one for one in seen if "desk_answers" in one]
    assert len([one for one in seen if "desk_cases" in one and one.startswith("SELECT")]) <= 2, seen


@pytest.mark.parametrize("asked", ["Thank you!", "That is not acceptable, I want to complain!"])
def test_a_text_that_is_only_judged_moves_no_case(patient_proxy: StartProxy, asked: str) -> None:
    proxy = patient_proxy()
    answered(proxy)
    proxy.provider.answers(TRUE)
    ask(proxy, GENERAL)
    assert status(proxy) == "delivered"
    checked = proxy.post("/v1/guard/check", {"answer": TRUE, "question": asked, "customer_id": "c-1"})
    assert checked.status_code == 200 and status(proxy) == "delivered"
    ask(proxy, asked)
    assert status(proxy) != "delivered"


@pytest.mark.parametrize("shared", ["guest", "Anonymous", "kiosk-7"])
def test_nobody_is_told_what_another_with_the_same_placeholder_asked(
    patient_proxy: StartProxy, shared: str
) -> None:
    proxy = patient_proxy(shared_customer_ids=["guest", "anonymous", "Kiosk-7"])
    answered(proxy, customer=shared)  # by a release that took it for somebody's
    proxy.provider.answers(TRUE)
    told = ask(proxy, GENERAL, customer=shared)
    assert said(told) == TRUE and PERSONS not in told.text
    assert status(proxy) == "answered"
    assert proxy.awaited_record(told.headers["x-cxai-response-id"]).customer_id is None
    asked = httpx.get(f"{proxy.url}/v1/escalations/{REF}/status", headers={"x-cxai-customer-id": shared})
    assert asked.status_code == 400 and "customer's alone" in asked.json()["error"]["message"]


def test_one_guests_open_case_keeps_automation_from_no_other(patient_proxy: StartProxy) -> None:
    proxy = patient_proxy()
    with proxy.ledger() as ledger:
        ledger.escalate(
            EscalationRecord(REF, "r", "t", "why", datetime.now(UTC), customer_id="guest", question=QUESTION)
        )
    proxy.provider.answers(TRUE)
    assert said(ask(proxy, "Where is my booking?", customer="c-9")) == said(
        ask(proxy, "Where is my booking?", customer="guest")
    )
