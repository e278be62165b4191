"""`delivery: immediate`: everything leaves as it comes, and is labelled as what it is: judged, not guarded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support import responses
from support.provider import Reply

from proxy.grounding.text.segments import Segment, Segmenter

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
DONE_FOR_YOU = "I have refunded $450 to your credit card."
IMMEDIATE = "routes:\n  - name: now\n    delivery: immediate\n"


@pytest.fixture
def proxy(start_proxy: StartProxy) -> RunningProxy:
    return start_proxy(policies=IMMEDIATE)


def events(text: str) -> list[dict[str, Any]]:
    data = (line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: "))
    return [json.loads(one) for one in data if one != "[DONE]"]


def answer_of(response: httpx.Response) -> tuple[str, dict[str, Any]]:
    """The text of choice 0, and the ``cxai`` object."""
    if "event-stream" not in response.headers["content-type"]:
        body = response.json()
        return body["choices"][0]["message"]["content"], body["cxai"]
    chunks = events(response.text)
    deltas = [one["delta"] for chunk in chunks for one in chunk["choices"] if one["index"] == 0]
    return "".join(delta.get("content") or "" for delta in deltas), chunks[-1]["cxai"]


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_is_changed_and_all_that_was_found_is_told(proxy: RunningProxy, stream: bool) -> None:
    said = f"I'm sorry for your loss. {TRUE} {FALSE}"
    proxy.provider.answers(said)
    response = proxy.ask("Bereavement?", stream=stream)
    text, cxai = answer_of(response)
    assert text == said
    assert response.headers["x-cxai-delivery"] == cxai["delivery"] == "immediate"
    assert (cxai["decision"], cxai["called_for"]) == ("deliver", "rewrite")
    assert (cxai["verified"], cxai["unverified_reason"]) == (False, "not_supported")
    assert [(claim["action"], claim["called_for"]) for claim in cxai["claims"]] == [
        ("deliver", "deliver"),
        ("deliver", "deliver"),
        ("deliver", "rewrite"),
    ]
    wrong = cxai["claims"][-1]
    assert said[wrong["start"] : wrong["end"]] == wrong["text"] == FALSE
    assert wrong["verdict"] != "supported" and wrong["reason"] and wrong["evidence"]
    assert response.headers["x-cxai-decision"] == ("pending" if stream else "deliver")
    assert response.headers.get("x-cxai-called-for") == (None if stream else "rewrite")
    record = proxy.awaited_record(cxai["response_id"])
    assert (record.mode, record.decision, record.verified) == ("immediate", "rewrite", False)
    assert record.choices[0]["delivered_text"] == record.choices[0]["model_text"] == said
    metrics = httpx.get(proxy.url + "/metrics").text
    assert 'decision="rewrite",mode="immediate",route="now"' in metrics
    (listed,) = proxy.ledger().observe_report(since=datetime.now(UTC) - timedelta(hours=1), limit=10)
    assert (listed.response_id, listed.claim) == (cxai["response_id"], FALSE)


@pytest.mark.parametrize("stream", [False, True])
def test_only_what_is_supported_to_its_end_is_verified(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.answers(f"I'm sorry for your loss. {TRUE}")
    _, cxai = answer_of(proxy.ask("Bereavement?", stream=stream))
    assert (cxai["verified"], cxai["called_for"], cxai["unverified_reason"]) == (True, "deliver", None)


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_route_lets_pass_is_not_verified_for_that(start_proxy: StartProxy, stream: bool) -> None:
    remedies = "    unsupported: deliver\n    contradicted: deliver\n"
    proxy = start_proxy(policies=IMMEDIATE + remedies)
    proxy.provider.answers(FALSE)
    _, cxai = answer_of(proxy.ask("Bereavement?", stream=stream))
    assert (cxai["verified"], cxai["called_for"], cxai["unverified_reason"]) == (
        False,
        "deliver",
        "not_supported",
    )


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_person_should_have_had_is_a_case_to_follow_up(proxy: RunningProxy, stream: bool) -> None:
    said = f"{DONE_FOR_YOU} {TRUE} {FALSE}"
    proxy.provider.answers(said)
    text, cxai = answer_of(proxy.ask("Where is it?", stream=stream))
    assert text == said and len(cxai["claims"]) == 3
    assert (cxai["decision"], cxai["called_for"], cxai["verified"]) == ("deliver", "escalate", False)
    case = proxy.ledger().escalation(cxai["escalation"]["ref"])
    assert case is not None and case.blocked_text == DONE_FOR_YOU
    assert case.reason.startswith("the customer has read it: ")
    assert proxy.awaited_record(cxai["response_id"]).escalation_ref == case.ref


@pytest.mark.parametrize("stream", [False, True])
def test_what_could_not_be_checked_leaves_and_is_not_verified(proxy: RunningProxy, stream: bool) -> None:
    said = "Sie können den Trauerfalltarif bis zu neunzig Tage nach der Reise beantragen."
    proxy.provider.answers(said)
    text, cxai = answer_of(proxy.ask("Trauerfall?", stream=stream))
    assert text == said
    assert (cxai["verified"], cxai["unverified_reason"], cxai["called_for"]) == (False, "language", "refuse")


@pytest.mark.parametrize("failing", [1, 2])
def test_where_judging_itself_fails_nothing_is_verified_and_a_record_is_left(
    proxy: RunningProxy, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    pieces, cut = iter(range(1, 100)), Segmenter.feed

    def fails_once(segmenter: Segmenter, text: str) -> list[Segment]:
        if next(pieces) == failing:
            raise MemoryError
        return cut(segmenter, text)

    monkeypatch.setattr(Segmenter, "feed", fails_once)
    said = f"{FALSE} {TRUE} {TRUE}"
    proxy.provider.answers(said, chunk_size=len(said) // 2, chunk_delay_s=0.3)
    text, cxai = answer_of(proxy.ask("Bereavement?", stream=True))
    assert text == said and not cxai["verified"]
    record = proxy.awaited_record(cxai["response_id"])
    assert (record.verified, record.unverified_reason) == (False, "error")


def test_a_follow_up_that_cannot_be_recorded_refuses_nothing(proxy: RunningProxy, tmp_path: Path) -> None:
    proxy.provider.answers(DONE_FOR_YOU)
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    text, cxai = answer_of(proxy.ask("Where is it?"))
    assert text == DONE_FOR_YOU
    assert (cxai["decision"], cxai["called_for"], cxai["escalation"]) == ("deliver", "escalate", None)
    assert (cxai["verified"], cxai["unverified_reason"]) == (False, "not_supported")


def test_text_leaves_before_its_sentence_is_whole(proxy: RunningProxy) -> None:
    proxy.provider.answers(FALSE, chunk_size=len(FALSE) - 5, cut_after=2)
    response = proxy.ask("Bereavement?", stream=True)
    assert "within 90 days" in response.text
    assert events(response.text)[-1]["cxai"]["unverified_reason"] == "upstream_unreachable"


@pytest.mark.parametrize("stream", [False, True])
def test_choices_calls_and_log_probabilities_leave_as_they_are(proxy: RunningProxy, stream: bool) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    proxy.provider.replies = [Reply((FALSE, TRUE), tool_calls=(call,))]
    response = proxy.ask("Bereavement?", stream=stream, n=2)
    text, cxai = answer_of(response)
    assert text == FALSE and response.text.count('"look_up"') == 2
    assert [claim["choice"] for claim in cxai["claims"]] == [0, 1]
    assert '"finish_reason":"tool_calls"' in response.text


@pytest.mark.parametrize("stream", [False, True])
def test_json_leaves_as_it_is_and_is_judged_string_by_string(proxy: RunningProxy, stream: bool) -> None:
    said = json.dumps({"intro": TRUE, "answer": FALSE})
    proxy.provider.answers(said)
    response = proxy.ask("Bereavement?", stream=stream, response_format={"type": "json_object"})
    text, cxai = answer_of(response)
    assert text == said
    assert [claim["called_for"] for claim in cxai["claims"]] == ["deliver", "rewrite"]
    assert [said[claim["start"] : claim["end"]] for claim in cxai["claims"]] == [TRUE, FALSE]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("as_json", [False, True])
def test_the_other_dialects_do_the_same(proxy: RunningProxy, stream: bool, as_json: bool) -> None:
    wanted = {"text": {"format": {"type": "json_object"}}} if as_json else {}
    said = json.dumps({"answer": FALSE}) if as_json else f"{TRUE} {FALSE}"
    item = responses.message(said)
    proxy.provider.replies = [responses.streamed(item) if stream else responses.whole(item)]
    body = {"model": "m", "input": "Bereavement?", "stream": stream, **wanted}
    response = proxy.post("/v1/responses", body)
    ended = events(response.text)[-1]["response"] if stream else response.json()
    assert ended["output"][0]["content"][0]["text"] == said
    cxai = ended["cxai"]
    assert (cxai["delivery"], cxai["decision"], cxai["verified"]) == ("immediate", "deliver", False)
    assert cxai["called_for"] == "rewrite" and response.headers["x-cxai-delivery"] == "immediate"


@pytest.mark.parametrize("stream", [False, True])
def test_completions_do_the_same(proxy: RunningProxy, stream: bool) -> None:
    choice = {"index": 0, "text": FALSE, "finish_reason": "stop"}
    body = json.dumps({"id": "c", "object": "text_completion", "choices": [choice]})
    kind = "text/event-stream" if stream else "application/json"
    told = f"data: {body}\n\ndata: [DONE]\n\n" if stream else body
    proxy.provider.replies = [Reply(body=told.encode(), headers={"content-type": kind})]
    response = proxy.post("/v1/completions", {"model": "m", "prompt": "Bereavement?", "stream": stream})
    told_back = events(response.text) if stream else [response.json()]
    assert "".join(one["text"] for body in told_back for one in body["choices"]) == FALSE
    assert (told_back[-1]["cxai"]["called_for"], told_back[-1]["cxai"]["verified"]) == ("rewrite", False)


def test_a_customer_who_leaves_early_leaves_a_record_of_what_was_read(proxy: RunningProxy) -> None:
    proxy.provider.answers(f"{DONE_FOR_YOU} {TRUE} " * 3, chunk_size=20, chunk_delay_s=0.2)
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Bereavement?"}]}
    with httpx.stream("POST", proxy.url + "/v1/chat/completions", json=body, timeout=30) as response:
        for line in response.iter_lines():
            if "card" in line:
                break
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.mode, record.verified, record.unverified_reason) == ("immediate", False, "interrupted")
    assert (record.decision, record.choices[0]["claims"][0]["called_for"]) == ("escalate", "escalate")
    assert record.escalation_ref is not None


def test_a_check_delivers_nothing_so_that_it_says_what_is_called_for(proxy: RunningProxy) -> None:
    checked = proxy.post("/v1/guard/check", {"question": "Bereavement?", "answer": FALSE}).json()
    assert checked["decision"] == checked["claims"][0]["action"] == "rewrite"
    assert "delivery" not in checked
