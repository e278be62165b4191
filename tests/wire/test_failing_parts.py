"""When a part of the proxy fails, the customer gets an honest answer, and nothing is called verified."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.judged import StartJudged, Stubborn, cxai_of, said
from support.provider import Reply

from proxy.grounding.types import VerifierError

TRUE = "You must apply before you travel."
ACTION = "I have refunded $450 to your credit card."
FALSE = "You can claim the bereavement fare within 90 days after your trip."


def fails(_: str) -> None:
    raise VerifierError("the model is broken")


def unverified(response: httpx.Response, reason: str) -> None:
    cxai = cxai_of(response)
    assert (cxai["verified"], cxai["unverified_reason"]) == (False, reason)
    assert response.headers.get("x-cxai-verified") != "yes"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("policy", ["open", "closed", "escalate"])
@pytest.mark.parametrize("reason", ["error", "timeout"])
def test_a_verifier_that_fails_verifies_nothing(
    start_judged: StartJudged, policy: str, reason: str, stream: bool
) -> None:
    route = f"    on_unverified: {policy}\n    judge_s: 0.3\n"
    judged = start_judged(Stubborn(fails if reason == "error" else lambda _: time.sleep(0.6)), route=route)
    judged.proxy.provider.answers(f"Hello! {FALSE}")
    response = judged.proxy.ask("Bereavement?", stream=stream)
    unverified(response, reason)
    assert said(response).startswith("Hello!")
    assert (FALSE in said(response)) == (policy == "open")
    assert (cxai_of(response)["escalation"] is not None) == (policy == "escalate")
    record = judged.proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None and record.unverified_reason == reason


FORBIDDING = """    on_unverified: open
rules:
  - {name: no-refunds, when: "true", effect: forbid_topic, then: refuse, topic: refunds, reason: Not by chat.}
"""


@pytest.mark.parametrize("stream", [False, True])
def test_where_a_topic_is_forbidden_what_could_not_be_judged_does_not_leave(
    start_judged: StartJudged, stream: bool
) -> None:
    judged = start_judged(Stubborn(fails), route=FORBIDDING)
    judged.proxy.provider.answers(f"Hello! {FALSE}")
    response = judged.proxy.ask("Bereavement?", stream=stream)
    unverified(response, "error")
    assert said(response).startswith("Hello!") and FALSE not in said(response)
    record = judged.proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None and record.decision == "refuse"
    reason = record.choices[0]["claims"][-1]["reason"]
    assert reason == 'rule "no-refunds": the rule could not be evaluated: error'


def test_a_full_queue_verifies_nothing_and_empties_again(start_judged: StartJudged) -> None:
    gate = threading.Event()
    judged = start_judged(Stubborn(lambda _: bool(gate.wait(5)) and None), judge_queue=2, judge_threads=1)
    judged.proxy.provider.answers(FALSE)
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(judged.proxy.ask("Bereavement?"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while len(answers) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    for answer in list(answers):
        unverified(answer, "busy")
        assert FALSE not in said(answer)
    assert len(answers) == 2
    gate.set()
    for thread in threads:
        thread.join()
    assert cxai_of(judged.proxy.ask("Bereavement?"))["verified"]


def test_a_long_answer_does_not_fill_the_queue(start_judged: StartJudged) -> None:
    judged = start_judged(Stubborn(lambda _: None), judge_queue=8)
    judged.proxy.provider.answers(f"{FALSE} " * 60)
    cxai = cxai_of(judged.proxy.ask("Bereavement?"))
    assert cxai["verified"] and len(cxai["claims"]) == 60


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("asked", ["Where is my money?", "I want to talk to a human."])
@pytest.mark.parametrize("text", [TRUE, ACTION])
def test_a_ledger_that_is_gone_is_told(
    start_judged: StartJudged, tmp_path: Path, text: str, asked: str, stream: bool
) -> None:
    judged = start_judged()
    judged.proxy.provider.answers(text)
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    response = judged.proxy.ask(asked, stream=stream)
    unverified(response, "ledger")
    assert cxai_of(response)["escalation"] is None and "CX-" not in response.text
    assert said(response) == TRUE or "could not pass your question on" in said(response)
    assert "$450" not in response.text and "Traceback" not in response.text
    assert httpx.get(judged.proxy.url + "/readyz").status_code == 503


def open_connections(judged: Any) -> list[Any]:
    """Of the proxy to the provider."""
    clients = judged.services.upstream.upstreams[0].client.clients
    return [one for client in clients for one in client._transport._pool.connections]


def leave_early(proxy: RunningProxy, *, after: int) -> str:
    """Read so many events of a stream and hang up; returns the answer's id."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "stream": True}
    with httpx.stream("POST", proxy.url + "/v1/chat/completions", json=body, timeout=10) as response:
        for count, _ in enumerate(response.iter_lines()):
            if count >= after:
                break
        return response.headers["x-cxai-response-id"]


def test_a_client_that_leaves_is_recorded_once_and_the_provider_is_let_go(start_judged: StartJudged) -> None:
    judged = start_judged()
    judged.proxy.provider.answers(f"{TRUE} " * 200, chunk_delay_s=0.01)
    records = [judged.proxy.awaited_record(leave_early(judged.proxy, after=after)) for after in (0, 5, 40)]
    judged.settled()
    assert [record.unverified_reason for record in records] == ["interrupted"] * 3
    assert all(TRUE * 3 not in record.choices[0]["delivered_text"] for record in records if record.choices)
    assert not open_connections(judged)  # each was closed: none is left open, none is waiting


def test_a_client_that_is_gone_before_the_first_byte_leaves_nothing_open(start_judged: StartJudged) -> None:
    judged = start_judged()
    judged.proxy.provider.replies = [Reply((f"{TRUE} " * 50,), delay_s=0.5, chunk_delay_s=0.01)]
    body = {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "stream": True}
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(judged.proxy.url + "/v1/chat/completions", json=body, timeout=0.2)
    time.sleep(0.8)
    judged.settled()
    assert not open_connections(judged)
    with judged.proxy.ledger() as ledger:
        assert [record.unverified_reason for record in ledger.answers()] == ["interrupted"] * 2


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_a_response_that_nobody_waits_for_is_closed_and_recorded(
    start_judged: StartJudged, mode: str
) -> None:
    judged = start_judged(route=f"    mode: {mode}\n")
    judged.proxy.provider.answers(f"{TRUE} " * 20, chunk_delay_s=0.05)
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "B?"}], "stream": True})
    incoming = [{"type": "http.request", "body": body.encode(), "more_body": False}]

    async def receive() -> dict[str, Any]:
        # As uvicorn does for a client that has left: at once, without giving way.
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(_: dict[str, Any]) -> None:
        return None

    async def called() -> None:
        path = "/v1/chat/completions"
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
        }
        here = ("127.0.0.1", 1)
        rest = {"root_path": "", "scheme": "http", "http_version": "1.1", "server": here, "client": here}
        headers = [(b"host", b"127.0.0.1")]
        await judged.app({**scope, **rest, "headers": headers}, receive, send)
        while judged.services.background.tasks:
            await asyncio.sleep(0.01)

    asyncio.run(called())
    assert not open_connections(judged)
    with judged.proxy.ledger() as ledger:
        (record,) = ledger.answers()
        assert not record.verified


def test_a_case_that_is_being_opened_outlives_the_client(start_judged: StartJudged) -> None:
    judged = start_judged()
    judged.proxy.provider.answers(
        f"{TRUE} {ACTION} " + "Thank you. " * 50, chunk_size=40, chunk_delay_s=0.002
    )
    for after in range(2, 9):
        leave_early(judged.proxy, after=after)
    judged.settled()
    with judged.proxy.ledger() as ledger:
        refs = {case.ref for case in ledger.escalations()}
        assert all(record.escalation_ref in refs for record in ledger.answers(decision="escalate"))
        assert ledger.answers()  # the writer still writes
    judged.proxy.provider.answers(TRUE)
    assert cxai_of(judged.proxy.ask("Bereavement?"))["verified"]


def test_a_stream_may_not_go_on_for_ever(start_proxy: StartProxy) -> None:
    proxy = start_proxy(total_timeout_s=0.5)
    proxy.provider.answers(f"{TRUE} " * 100, chunk_delay_s=0.02)
    response = proxy.ask("Bereavement?", stream=True)
    last = [line for line in response.text.split("\n") if line.startswith("data: ")][-1]
    assert json.loads(last[6:])["error"]["code"] == "upstream_timeout"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("model_s", "total_s"), [(0.5, 300.0), (60, 0.5)])
def test_the_models_answer_has_its_time_limit(
    start_proxy: StartProxy, stream: bool, model_s: float, total_s: float
) -> None:
    proxy = start_proxy(policies=f"defaults: {{model_s: {model_s}}}", total_timeout_s=total_s)
    proxy.provider.answers(TRUE, delay_s=0 if stream else 4, chunk_delay_s=0.3)
    response = proxy.ask("Bereavement?", stream=stream)
    if not stream:
        assert (response.status_code, response.json()["error"]["code"]) == (504, "upstream_timeout")
        assert response.headers["x-cxai-unverified-reason"] == "upstream_timeout"
        return
    last = json.loads([line[6:] for line in response.text.split("\n") if line.startswith("data: ")][-1])
    assert last["error"]["code"] == last["cxai"]["unverified_reason"] == "upstream_timeout"


@pytest.mark.parametrize("mode", ["observe", '"off"'])
def test_where_nothing_is_enforced_the_routes_limit_changes_nothing(
    start_proxy: StartProxy, mode: str
) -> None:
    proxy = start_proxy(policies=f"defaults: {{model_s: 0.2, mode: {mode}}}")
    proxy.provider.answers(TRUE, delay_s=1)
    assert said(proxy.ask("Bereavement?")) == TRUE


def test_rewriting_has_one_time_limit_however_often_the_model_is_asked(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="defaults: {delivery: whole, rewrite_s: 1.5, reask: {times: 3}}")
    proxy.provider.replies = [Reply((FALSE,)), Reply((FALSE,), delay_s=1)]
    response = proxy.ask("Bereavement?")
    assert "after travel has been completed" in said(response) and "90 days" not in said(response)
    assert cxai_of(response)["decision"] == "rewrite"
    assert 1 <= cxai_of(response)["reask"]["times"] <= 2


def test_100_streams_at_once_come_out_as_one(start_proxy: StartProxy) -> None:
    patient = "routes:\n  - {name: all, judge_s: 60}"  # time for all of them, on any machine
    proxy = start_proxy(policies=patient)
    proxy.provider.answers(f"{TRUE} {FALSE}", chunk_size=9)

    async def all_at_once() -> Sequence[httpx.Response]:
        body = {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "stream": True}
        async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None)) as client:
            url = proxy.url + "/v1/chat/completions"
            return await asyncio.gather(*(client.post(url, json=body) for _ in range(100)))

    responses = asyncio.run(all_at_once())
    assert {said(response) for response in responses} == {said(responses[0])}
    assert all(FALSE not in response.text for response in responses)
    assert all(cxai_of(response)["verified"] for response in responses)


@pytest.mark.parametrize("stream", [False, True])
def test_a_step_that_breaks_is_told_and_nothing_is_called_verified(
    start_judged: StartJudged, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> str:
        raise RuntimeError("no words")

    monkeypatch.setattr("proxy.actions.gate.rewritten", broken)
    judged = start_judged()
    judged.proxy.provider.answers(f"{TRUE} {FALSE}")
    response = judged.proxy.ask("Bereavement?", stream=stream)
    assert FALSE not in response.text and "no words" not in response.text
    if not stream:
        assert response.status_code == 500 and response.json()["error"]["code"] == "internal_error"
        assert response.headers["x-cxai-verified"] == "no"
        assert response.headers["x-cxai-unverified-reason"] == "error"
        return
    last = json.loads([line[6:] for line in response.text.split("\n") if line.startswith("data: ")][-1])
    assert last["error"]["code"] == "internal_error"
    assert (last["cxai"]["verified"], last["cxai"]["unverified_reason"]) == (False, "error")
    record = judged.proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None and (record.verified, record.unverified_reason) == (False, "error")
