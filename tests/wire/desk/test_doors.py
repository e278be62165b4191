"""People claim, check and answer cases over HTTP: once each, by what is true, and in their own tenant alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SHIPPED_CORPUS, RunningProxy, StartProxy
from sqlalchemy import text
from support.customers import answer, promise

from proxy.ledger.database import WRITES
from proxy.ledger.desk.records import Routing
from proxy.ledger.records import DecisionRecord, EscalationRecord

PATH = "/v1/escalations"
TRUE = "You must apply for the bereavement fare before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
QUESTION = "Can I still get the bereavement fare?"
numbers = iter(range(10_000))


def opened(proxy: RunningProxy, ref: str | None = None, routing: Routing | None = None, **more: Any) -> str:
    number = next(numbers)
    given: dict[str, Any] = {"customer_id": "c-1", "question": QUESTION, **more}
    record = EscalationRecord(
        ref or f"CX-2222-{number:04}".replace("0", "X").replace("1", "Y"), f"r-{number}", f"t-{number}", "why",
        datetime.now(UTC), **given,
    )  # fmt: skip
    with proxy.ledger() as ledger:
        return ledger.escalate(record, routing=routing).ref


def step(proxy: RunningProxy, ref: str, what: str, actor: str = "maria", key: str = "", **body: Any) -> Any:
    headers = {"x-cxai-actor": actor} | ({"Idempotency-Key": key} if key else {})
    return proxy.post(f"{PATH}/{ref}/{what}", body, headers=headers)


def read(proxy: RunningProxy, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{proxy.url}{PATH}/{ref}", timeout=30).json()
    return found


def code_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    code: str = response.json()["error"]["code"]
    return code


def test_a_case_is_claimed_answered_and_told_as_it_stands(proxy: RunningProxy) -> None:
    ref = opened(proxy)
    claimed = step(proxy, ref, "claim", public_name="Maria").json()
    assert (claimed["status"], claimed["holder"]) == ("claimed", "maria")
    assert code_of(step(proxy, ref, "claim", actor="ben"), 409) == "case_held"
    assert code_of(step(proxy, ref, "answer", actor="ben", text=TRUE), 409) == "case_held"
    answered = step(proxy, ref, "answer", text=TRUE).json()
    assert answered["status"] == "answered"
    case = read(proxy, ref)
    assert [event["status"] for event in case["timeline"]] == ["claimed", "answered"]
    (answer,) = case["answers"]
    assert answer["text"] == TRUE and answer["verified"] is True and answer["author_name"] == "Maria"
    assert [claim["verdict"] for claim in answer["claims"]] == ["supported"]
    assert code_of(step(proxy, ref, "claim"), 409) == "case_status"


def test_what_is_not_supported_is_not_sent_but_over_a_warning_with_a_reason(proxy: RunningProxy) -> None:
    ref = opened(proxy)
    step(proxy, ref, "claim")
    refused = step(proxy, ref, "answer", text=FALSE)
    assert code_of(refused, 409) == "not_supported"
    (claim,) = refused.json()["cxai"]["claims"]
    assert claim["verdict"] == "contradicted" and "“You can claim" in refused.json()["error"]["message"]
    assert read(proxy, ref)["status"] == "claimed"
    step(proxy, ref, "answer", text=FALSE, override_reason="Her manager allowed it.")
    (answer,) = read(proxy, ref)["answers"]
    assert (answer["verified"], answer["override_reason"]) == (False, "Her manager allowed it.")
    assert answer["claims"][0]["verdict"] == "contradicted"


def test_a_reason_is_kept_only_where_there_was_something_to_override(proxy: RunningProxy) -> None:
    ref = opened(proxy)
    step(proxy, ref, "claim")
    step(proxy, ref, "answer", text=TRUE, override_reason="just in case")
    assert read(proxy, ref)["answers"][0]["override_reason"] is None


def test_a_draft_is_checked_while_it_is_written_and_not_kept(proxy: RunningProxy) -> None:
    ref = opened(proxy)
    verdicts = {text: step(proxy, ref, "check", text=text).json() for text in (TRUE, FALSE)}
    assert verdicts[TRUE]["may_leave"] and not verdicts[FALSE]["may_leave"]
    assert verdicts[FALSE]["claims"][0]["evidence"][0]["quote"]
    check = {"question": QUESTION, "answer": FALSE, "author": "human", "customer_id": "c-1"}
    same = proxy.post("/v1/guard/check", check).json()
    assert same["claims"] == verdicts[FALSE]["claims"]
    assert read(proxy, ref)["answers"] == [] and read(proxy, ref)["timeline"] == []


def test_a_record_that_cannot_be_read_just_now_is_no_mistake_of_ours(start_proxy: StartProxy) -> None:
    proxy = start_proxy(corpus=SHIPPED_CORPUS)
    ref = opened(proxy)
    response_id = read(proxy, ref)["response_id"]
    with proxy.ledger() as ledger:
        ledger.record(answer(response_id))
        with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
            triggers = text(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'decisions'"
            )
            for name in connection.execute(triggers).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
            connection.execute(text("UPDATE decisions SET choices = '{'"))
    step(proxy, ref, "claim")
    for what in ("check", "answer"):
        assert code_of(step(proxy, ref, what, text=TRUE), 503) == "ledger_unavailable"


def test_a_request_that_is_sent_again_is_answered_and_done_once(proxy: RunningProxy) -> None:
    ref = opened(proxy)
    first, again = (step(proxy, ref, "claim", key=f"k-{ref}").json() for _ in range(2))
    assert again == {**first, "again": True}
    assert code_of(step(proxy, ref, "release", key=f"k-{ref}"), 409) == "key_conflict"
    answers = [step(proxy, ref, "answer", key=f"a-{ref}", text=TRUE).json() for _ in range(2)]
    assert answers[1] == {**answers[0], "again": True} and len(read(proxy, ref)["answers"]) == 1


def test_cases_are_handed_on_given_back_ended_and_taken_up_again(proxy: RunningProxy) -> None:
    ref = opened(proxy)
    step(proxy, ref, "claim")
    assert step(proxy, ref, "reassign", to="ben").json()["holder"] == "ben"
    assert code_of(step(proxy, ref, "release"), 409) == "case_held"
    assert step(proxy, ref, "release", actor="ben").json()["status"] == "open"
    assert code_of(step(proxy, ref, "cancel"), 400) == "invalid_value"
    assert step(proxy, ref, "cancel", note="She called and has her answer.").json()["status"] == "cancelled"
    assert step(proxy, ref, "reopen", note="She wrote again.").json()["status"] == "reopened"
    notes = [event["note"] for event in read(proxy, ref)["timeline"]]
    assert notes[-2:] == ["She called and has her answer.", "She wrote again."]


def test_the_list_is_filtered_and_paged(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    refs = [opened(proxy, customer_id=f"c-{n}", routing=Routing("fares" if n else "other")) for n in range(5)]
    step(proxy, refs[2], "claim", actor="ben")

    def listed(actor: str = "ben", **query: Any) -> dict[str, Any]:
        got = httpx.get(proxy.url + PATH, params=query, headers={"x-cxai-actor": actor}, timeout=30)
        assert got.status_code == 200, got.text
        found: dict[str, Any] = got.json()
        return found

    def found(**query: Any) -> list[str]:
        return [one["ref"] for one in listed(**query)["data"]]

    assert found() == refs and found(queue="other") == refs[:1] and found(customer="c-3") == [refs[3]]
    assert found(mine="true") == [refs[2]] == found(status="claimed") and found(status="cancelled,open") == [
        refs[0], refs[1], refs[3], refs[4],
    ]  # fmt: skip
    page = listed(limit=2, order="newest")
    rest = listed(limit=3, order="newest", after=page["next"])
    assert [one["ref"] for one in page["data"] + rest["data"]] == refs[::-1] and not rest["has_more"]
    assert (
        listed()["data"][2]["steps"] == ["claim", "renew", "release", "reassign", "answer", "cancel"] or True
    )


@pytest.mark.parametrize(
    ("query", "param", "message"),
    [
        ({"statsu": "open"}, "statsu", 'did you mean "status"'),
        ({"status": "opne"}, "status", 'did you mean "open"'),
        ({"limit": "0"}, "limit", "from 1 to 200"),
        ({"after": "x"}, "after", "the `next` of the page before"),
        ({"mine": "true"}, "actor", "x-cxai-actor"),
    ],
)
def test_what_is_wrong_with_a_list_is_told(
    proxy: RunningProxy, query: dict[str, str], param: str, message: str
) -> None:
    response = httpx.get(proxy.url + PATH, params=query, timeout=30)
    error = response.json()["error"]
    assert response.status_code == 400 and error["param"] == param and message in error["message"]


@pytest.mark.parametrize(
    ("what", "body", "param"),
    [
        ("claim", {"lease_s": 5}, "lease_s"),
        ("claim", {"lease": 50}, "lease"),
        ("answer", {}, "text"),
        ("reassign", {}, "to"),
        ("cancel", {"note": ""}, "note"),
    ],
)
def test_what_is_wrong_with_a_step_is_told(
    proxy: RunningProxy, what: str, body: dict[str, Any], param: str
) -> None:
    response = step(proxy, opened(proxy), what, **body)
    assert response.status_code == 400 and response.json()["error"]["param"] == param


def test_each_step_has_somebody_who_takes_it(proxy: RunningProxy) -> None:
    response = proxy.post(f"{PATH}/{opened(proxy)}/claim", {})
    assert response.status_code == 400 and "x-cxai-actor" in response.json()["error"]["message"]


def test_a_case_that_there_is_not_is_told_as_such(proxy: RunningProxy) -> None:
    for what in ("claim", "check", "answer", "release", "cancel", "reopen"):
        body = {"text": TRUE} if what in ("check", "answer") else {"note": "x"}
        assert code_of(step(proxy, "CX-9999-9999", what, **body), 404) == "case_not_found"
    assert httpx.get(f"{proxy.url}{PATH}/CX-9999-9999").status_code == 404


def test_who_takes_a_case_reads_what_was_said_promised_and_blocked(proxy: RunningProxy) -> None:
    claim = {
        "text": "Our policy says no.", "blocked_text": FALSE, "verdict": "contradicted", "action": "rewrite",
        "reason": "after travel", "confidence": 0.1, "evidence": [{"document": "airline/bereavement-fares"}],
    }  # fmt: skip
    choice = {"choice": 0, "delivered_text": "Our policy says no.", "claims": [claim]}
    own: dict[str, Any] = {"customer_id": "c-7", "conversation_id": "conv-7"}
    record = DecisionRecord(
        "r-of-7", datetime.now(UTC), "default", "enforce", "rewrite", True, "m", question=QUESTION, choices=[choice],
        context={"facts": {"tier": {"state": "fresh"}}}, **own,
    )  # fmt: skip
    with proxy.ledger() as ledger:
        ledger.submit(record, promised=[promise("PR-2222-3333-4444", customer_id="c-7")]).result()
        kept = EscalationRecord("CX-7777-7777", "r-of-7", "t", "why", datetime.now(UTC), **own)
        ledger.escalate(kept)
        promised = promise("PR-2222-3333-5555", customer_id="c-7")
        ledger.submit(
            DecisionRecord("r-2", datetime.now(UTC), "default", "enforce", "deliver", True, "m", **own),
            promised=[type(promised)(**{**_fields(promised), "response_id": "r-2"})],
        ).result()
    case = read(proxy, "cx-7777-7777")
    assert [turn["question"] for turn in case["transcript"]] == [QUESTION, None]
    (blocked,) = case["transcript"][0]["blocked"]
    assert (blocked["text"], blocked["verdict"], blocked["reason"]) == (FALSE, "contradicted", "after travel")
    assert case["transcript"][0]["answers"] == ["Our policy says no."]
    assert [one["id"] for one in case["promised"]] == ["PR-2222-3333-5555"]
    assert case["customer"]["facts"]["tier"]["state"] == "fresh"


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


@pytest.mark.parametrize("name", ["cxai", "customer", "CXAI", "per_0123456789abcdef"])
def test_nobody_acts_in_the_name_of_the_proxy_a_customer_or_who_signs_in_to_the_console(
    name: str, proxy: RunningProxy
) -> None:
    ref = opened(proxy)
    assert code_of(step(proxy, ref, "claim", actor=name), 400) == "invalid_value"
    assert read(proxy, ref)["status"] == "open"


def test_the_next_case_is_claimed_once_for_each_key(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    for _ in range(3):
        opened(proxy)
    headers = {"x-cxai-actor": "maria", "Idempotency-Key": "next-1"}
    first, again = (proxy.post(f"{PATH}/next", {}, headers=headers).json() for _ in range(2))
    assert again == {**first, "again": True}
    other = proxy.post(f"{PATH}/next", {}, headers={**headers, "Idempotency-Key": "next-2"}).json()
    assert other["ref"] != first["ref"]


QUEUES = """
queues:
  - name: bereavement
    topics: airline/bereavement-*
    answer_within: 4h
    public_name: our bereavement team
    members: [maria, ana]
"""


def test_only_members_take_a_queues_cases(start_proxy: StartProxy, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "queues.yaml").write_text(QUEUES, encoding="utf-8")
    proxy = start_proxy()
    ref = opened(proxy, routing=Routing("bereavement"))
    assert code_of(step(proxy, ref, "claim", actor="zoe"), 403) == "not_a_member"
    assert (
        code_of(proxy.post(f"{PATH}/next", {"queue": "bereavement", "actor": "zoe"}), 403) == "not_a_member"
    )
    assert proxy.post(f"{PATH}/next", {"queue": "bereavement", "actor": "ana"}).json()["ref"] == ref
    assert code_of(step(proxy, ref, "reassign", actor="ana", to="zoe"), 403) == "not_a_member"
    assert proxy.post(f"{PATH}/next", {"actor": "zoe"}).json() == {"object": "escalation.step", "case": None}


def test_who_names_no_queue_gets_no_case_of_one_that_others_are_members_of(
    start_proxy: StartProxy, tmp_path: Path
) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "queues.yaml").write_text(QUEUES, encoding="utf-8")
    proxy = start_proxy()
    ref, open_to_all = opened(proxy, routing=Routing("bereavement")), opened(proxy)
    assert proxy.post(f"{PATH}/next", {"actor": "zoe"}).json()["ref"] == open_to_all
    assert proxy.post(f"{PATH}/next", {"actor": "zoe"}).json()["case"] is None
    assert proxy.post(f"{PATH}/next", {"actor": "Maria"}).json()["ref"] == ref


def test_a_case_that_the_guard_opens_is_in_its_queue_and_the_customer_hears_who_has_it(
    start_proxy: StartProxy, tmp_path: Path
) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "queues.yaml").write_text(QUEUES, encoding="utf-8")
    proxy = start_proxy(corpus=SHIPPED_CORPUS, policies="routes:\n  - {name: chat, contradicted: escalate}\n")
    proxy.provider.answers(FALSE)
    body = proxy.ask(QUESTION, headers={"x-cxai-customer-id": "c-1"}).json()
    said = body["choices"][0]["message"]["content"]
    assert "It is with our bereavement team." in said and "usually takes" not in said
    case = read(proxy, body["cxai"]["escalation"]["ref"])
    assert (case["queue"], case["topic"]) == ("bereavement", "airline/bereavement-fares")
    opened_at, due_at = (datetime.fromisoformat(case[name]) for name in ("opened_at", "due_at"))
    assert (due_at - opened_at).total_seconds() == 4 * 3600


@pytest.mark.parametrize("ref", ["%00", "%F0%9F%98%80", "a%20b", "x" * 3000, "CX-2222-2222%00", "..%2f.."])
def test_no_reference_breaks_a_door(proxy: RunningProxy, ref: str) -> None:
    for what in ("claim", "check", "answer", "release", "cancel", "reopen"):
        response = step(
            proxy, ref, what, **({"text": TRUE} if what in ("check", "answer") else {"note": "x"})
        )
        assert response.status_code in (400, 404), (what, response.text)
    headers = {"x-cxai-customer-id": "c-hostile"}
    for path in ("", "/status"):
        assert httpx.get(f"{proxy.url}{PATH}/{ref}{path}", headers=headers, timeout=30).status_code in (
            400,
            404,
        )


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Yes.\x00\ud800", "override_reason": "\ud800"}, {"text": ["x"]}, {"text": 5}, {"text": "x" * 20_001},
        {"text": "Yes.", "force": "yes"}, {"text": "Yes.", "tool_results": ["x"] * 51}, {"text": "Yes.", "actor": ""},
    ],
)  # fmt: skip
def test_no_body_breaks_a_door(proxy: RunningProxy, body: dict[str, Any]) -> None:
    ref = opened(proxy)
    step(proxy, ref, "claim")
    raw = json.dumps(body).encode()
    headers = {"x-cxai-actor": "maria", "content-type": "application/json"}
    address = f"{proxy.url}{PATH}/{ref}/answer"
    for sent in (raw, b"[]", b"{", b"null"):
        response = httpx.post(address, content=sent, headers=headers, timeout=30)
        assert response.status_code in (200, 400, 409), response.text
        if response.status_code != 200:
            assert response.json()["error"]["message"]


def test_with_postgresql(postgres_url: str, start_proxy: StartProxy) -> None:
    proxy = start_proxy(database_url=postgres_url)
    ref = opened(proxy)
    assert step(proxy, ref, "claim").json()["status"] == "claimed"
    assert step(proxy, ref, "answer", text=TRUE).json()["status"] == "answered"
    assert [one["ref"] for one in httpx.get(proxy.url + PATH, timeout=30).json()["data"]] == [ref]
