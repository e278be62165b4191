"""A chatbot asks how its customer's case stands: told to that customer alone, with waits that were measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from conftest import RunningProxy, StartProxy

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Routing, Taken
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord

REF = "CX-2222-3333"


def opened(ledger: Ledger, ref: str, at: datetime | None = None, customer: str = "c-1") -> None:
    at = at or datetime.now(UTC)
    record = EscalationRecord(ref, f"r {ref}", f"t {ref}", "why", at, customer_id=customer, question="Where?")
    ledger.escalate(record, routing=Routing("fares"))


def status(proxy: RunningProxy, ref: str = REF, customer: str | None = "c-1") -> httpx.Response:
    headers = {"x-cxai-customer-id": customer} if customer else {}
    return httpx.get(f"{proxy.url}/v1/escalations/{ref}/status", headers=headers, timeout=30)


def test_it_is_told_to_the_cases_customer_and_to_nobody_else(proxy: RunningProxy) -> None:
    with proxy.ledger() as ledger:
        opened(ledger, REF)
        assert status(proxy).json() | {"opened_at": ""} == {
            "object": "escalation.status", "ref": REF, "status": "waiting", "who": None, "opened_at": "",
            "expected_wait": None, "answer_comes_at_next_turn": False,
        }  # fmt: skip
        ledger.desk.claim(REF, actor="maria@example.com", name="Maria")
        assert (status(proxy).json()["status"], status(proxy).json()["who"]) == ("in_progress", "Maria")
        assert "maria@example.com" not in status(proxy).text
        ledger.desk.answer(REF, NewAnswer("Yes.", True), actor="maria@example.com")
        told = status(proxy).json()
        assert told["status"] == "answered" and told["answer_comes_at_next_turn"]
    others = [status(proxy, customer="c-2"), status(proxy, "CX-9999-9999"), status(proxy, "nonsense")]
    assert len({one.text for one in others}) == 1 and {one.status_code for one in others} == {404}
    assert status(proxy, customer=None).status_code == 400


def test_who_asks_too_often_waits(proxy: RunningProxy) -> None:
    answers = [status(proxy, "CX-9999-9999", "c-often")]
    while (
        answers[-1].status_code == 404 and len(answers) < 200
    ):  # on a slow machine it may ask again meanwhile
        answers.append(status(proxy, "CX-9999-9999", "c-often"))
    assert len(answers) > 30 and answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert status(proxy, "CX-9999-9999", "c-seldom").status_code == 404


def answered_before(ledger: Ledger, count: int, minutes: float) -> None:
    for number in range(count):
        ref = f"CX-{number:04}"
        at = datetime.now(UTC) - timedelta(days=3) + timedelta(hours=2 * number)
        opened(ledger, ref, at, customer=f"old-{number}")
        after = at + timedelta(minutes=minutes)
        ledger.desk.claim(ref, actor="ana", lease_s=1e6, now=at)
        ledger.desk.take(Taken(ref, Step.ANSWER, "ana", answer=NewAnswer("Yes.", True)), after)


def test_a_wait_is_told_once_enough_answers_tell_it(start_proxy: StartProxy, tmp_path: Path) -> None:
    proxy = start_proxy()
    with proxy.ledger() as ledger:
        opened(ledger, REF)
        answered_before(ledger, 19, 40)
        assert status(proxy).json()["expected_wait"] is None
        answered_before_more(ledger)
        wait: dict[str, Any] = status(proxy).json()["expected_wait"]
    assert wait["n"] == 20 and wait["median_s"] == wait["high_s"] == 2400
    assert wait["text"] == "An answer usually takes about 40 minutes (in 8 of 10 cases 40 minutes)."


def answered_before_more(ledger: Ledger) -> None:
    at = datetime.now(UTC) - timedelta(days=1)
    opened(ledger, "CX-more", at, customer="old")
    ledger.desk.claim("CX-more", actor="ana", lease_s=1e6, now=at)
    answer = NewAnswer("Yes.", True)
    ledger.desk.take(Taken("CX-more", Step.ANSWER, "ana", answer=answer), at + timedelta(minutes=40))
