"""Calls of tools before the rules at ``/v1/responses``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import RunningProxy
from support import responses
from support.tool_calls import TRUE, JsonObject, both_ways


@both_ways
@pytest.mark.parametrize("texts", [(), (TRUE,)], ids=["calls alone", "beside a text"])
def test_responses_stop_calls_too(guarded: RunningProxy, stream: bool, texts: tuple[str, ...]) -> None:
    output = [*(responses.message(text) for text in texts)]
    output += [
        responses.call('{"amount": 20}', name="issue_refund"),
        responses.call('{"amount": 900}', name="issue_refund", id="fc_2", call_id="call_2"),
    ]
    guarded.provider.replies = [responses.streamed(*output) if stream else responses.whole(*output)]
    body = answered(guarded, stream, conversation=f"responses {stream} {texts}")
    ref = body["cxai"]["escalation"]["ref"]
    assert {item["type"] for item in body["output"]} == {"message"} and body["status"] == "completed"
    said = [part["text"] for item in body["output"] for part in item["content"]]
    assert said == [*texts, f"A colleague takes over. Your reference is {ref}."]
    assert [rule["rule"] for rule in body["cxai"]["rules"]] == ["refund-over-limit"]
    assert len({item["id"] for item in body["output"]}) == len(body["output"])


def answered(proxy: RunningProxy, stream: bool, conversation: str, **options: Any) -> JsonObject:
    """The response, in a stream its last event's; what the events told is the same."""
    asking = {"model": "test-model", "input": "A refund, please", "stream": stream, **options}
    reply = proxy.post("/v1/responses", asking, headers={"x-cxai-conversation-id": conversation})
    assert reply.status_code == 200 and '": 900' not in reply.text
    if not stream:
        return dict(reply.json())
    events = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: ")]
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert events[-1]["type"] == "response.completed" and done == events[-1]["response"]["output"]
    return dict(events[-1]["response"])


@both_ways
def test_a_response_of_json_for_a_program_stays_json(guarded: RunningProxy, stream: bool) -> None:
    output = [
        responses.message(json.dumps({"answer": TRUE})),
        responses.call('{"amount": 900}', name="issue_refund"),
    ]
    guarded.provider.replies = [responses.whole(*output)]  # JSON is asked for as a whole
    body = answered(guarded, stream, f"json {stream}", text={"format": {"type": "json_object"}})
    parts = [part for item in body["output"] for part in item["content"]]
    assert [part["type"] for part in parts if part.get("text") or part.get("refusal")] == [
        "output_text",
        "refusal",
    ]


@both_ways
def test_a_response_within_the_rules_leaves_as_it_came(guarded: RunningProxy, stream: bool) -> None:
    output = [responses.message(TRUE), responses.call('{"amount": 20}', name="issue_refund")]
    guarded.provider.replies = [responses.streamed(*output) if stream else responses.whole(*output)]
    body = answered(guarded, stream, "responses within")
    assert body["output"][-1] == output[-1] and "rules" not in body["cxai"]


@both_ways
def test_an_observed_response_is_offered_to_the_rules(guarded: RunningProxy, stream: bool) -> None:
    output = [responses.message(TRUE), responses.call('{"amount": 900}', name="issue_refund")]
    guarded.provider.replies = [responses.streamed(*output) if stream else responses.whole(*output)]
    reply = guarded.post("/v1/responses", {"model": "watched", "input": "A refund", "stream": stream})
    record = guarded.awaited_record(reply.headers["x-cxai-response-id"])
    assert [rule["rule"] for one in record.choices for rule in one.get("rules", ())] == ["refund-over-limit"]
