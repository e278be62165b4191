"""A response that is streamed and one that is whole are the same, however the provider cuts its events."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from conftest import RunningProxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import responses as provided
from support.provider import Reply

JsonObject = dict[str, Any]
TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
ESCALATING = "Your refund of $450 has been paid to your card."
SENTENCES = [
    TRUE,
    FALSE,
    ESCALATING,
    "I'm sorry for your loss.",
    "Das ist ein deutscher Satz über Ihre Reise. ",
    "",
]


def ask(proxy: RunningProxy, *, stream: bool, conversation: str = "", **body: Any) -> httpx.Response:
    asked = {"model": "test-model", "input": "What about bereavement fares?", "stream": stream, **body}
    headers = {"x-cxai-conversation-id": conversation} if conversation else {}
    return proxy.post("/v1/responses", asked, headers=headers)


def told(text: str) -> list[JsonObject]:
    """The events of a stream, in which each one's name is its type and the numbers go up by one."""
    blocks = [block.split("\n") for block in text.removesuffix("\n\n").split("\n\n")]
    events = [json.loads(data.removeprefix("data: ")) for _, data in blocks]
    assert [name.removeprefix("event: ") for name, _ in blocks] == [event["type"] for event in events]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


def rebuilt(events: list[JsonObject]) -> list[JsonObject]:
    """The output as a client puts it together from the deltas alone; ``done`` events must say the same."""
    output: list[JsonObject] = []
    for event in events:
        kind, item = (
            event["type"],
            output[event["output_index"]] if event.get("output_index", 99) < len(output) else {},
        )
        if kind == "response.output_item.added":
            assert event["output_index"] == len(output)
            output.append(json.loads(json.dumps(event["item"])))
        elif kind == "response.content_part.added":
            assert event["content_index"] == len(item["content"])
            item["content"].append(dict(event["part"]))
        elif kind == "response.output_text.delta":
            item["content"][event["content_index"]]["text"] += event["delta"]
        elif kind == "response.refusal.delta":
            item["content"][event["content_index"]]["refusal"] += event["delta"]
        elif kind == "response.function_call_arguments.delta":
            item["arguments"] += event["delta"]
        elif kind == "response.output_text.done":
            assert item["content"][event["content_index"]]["text"] == event["text"]
        elif kind == "response.function_call_arguments.done":
            assert item["arguments"] == event["arguments"]
        elif kind == "response.output_item.done":
            assert {**item, "status": event["item"]["status"]} == event["item"]
            item["status"] = event["item"]["status"]
    return output


def comparable(response: JsonObject) -> JsonObject:
    """Without what names the answer, and without the numbers of cases."""
    cxai = {key: value for key, value in response["cxai"].items() if key != "response_id"}
    return {**response, "id": "", "cxai": cxai}


MESSAGES = st.builds(
    lambda parts, refuses: provided.message(
        *([" ".join(parts)] if parts else []), refusal="No." if refuses else ""
    ),
    st.lists(st.sampled_from(SENTENCES), max_size=3),
    st.booleans(),
)


def as_json(message: JsonObject) -> JsonObject:
    parts = [
        {**part, "text": json.dumps({"advice": part["text"]})} if "text" in part else part
        for part in message["content"]
    ]
    return {**message, "content": parts}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    messages=st.lists(MESSAGES, max_size=3),
    calls=st.booleans(),
    reasons=st.booleans(),
    asked_for_json=st.booleans(),
    end=st.sampled_from(["completed", "incomplete", "failed"]),
    chunk_size=st.integers(min_value=1, max_value=60),
)
def test_a_stream_equals_the_whole_response(
    proxy: RunningProxy,
    messages: list[JsonObject],
    calls: bool,
    reasons: bool,
    asked_for_json: bool,
    end: str,
    chunk_size: int,
) -> None:
    output = [provided.reasoning()] if reasons else []
    said = map(as_json, messages) if asked_for_json else messages
    output += [{**message, "id": f"msg_{number}"} for number, message in enumerate(said)]
    output += [provided.call()] if calls else []
    details = {"incomplete_details": {"reason": "max_output_tokens"}} if end == "incomplete" else {}
    conversation = f"r {hash(json.dumps(messages))}"
    proxy.provider.replies = [provided.whole(*output, status=end, **details)]
    body = {"text": {"format": {"type": "json_object"}}} if asked_for_json else {}
    whole = ask(proxy, stream=False, conversation=conversation, **body).json()
    if not asked_for_json:  # which the provider is asked for as a whole
        proxy.provider.replies = [provided.streamed(*output, status=end, chunk_size=chunk_size, **details)]
    answer = ask(proxy, stream=True, conversation=conversation, **body)
    events = told(answer.text)
    assert events[-1]["type"] == f"response.{events[-1]['response']['status']}"
    assert comparable(events[-1]["response"]) == comparable(whole)
    assert rebuilt(events) == whole["output"]
    assert provided.SECRET not in answer.text and provided.SECRET not in json.dumps(whole)


def test_a_sentence_leaves_before_the_response_is_over(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.streamed(provided.message(f"{TRUE} " * 3))]
    events = told(ask(proxy, stream=True).text)
    assert len([event for event in events if event["type"] == "response.output_text.delta"]) >= 3


def test_the_events_come_in_the_order_of_the_reference(proxy: RunningProxy) -> None:
    proxy.provider.replies = [
        provided.streamed(provided.reasoning(), provided.message(TRUE), provided.call())
    ]
    kinds = [event["type"].removeprefix("response.") for event in told(ask(proxy, stream=True).text)]
    assert kinds == [
        *("created", "in_progress"),
        *("output_item.added", "content_part.added", "output_text.delta"),
        *("output_text.done", "content_part.done", "output_item.done"),
        *(
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
        ),
        "completed",
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_no_call_leaves_beside_a_message_that_is_handed_over(proxy: RunningProxy, stream: bool) -> None:
    output = [provided.call(), provided.message(ESCALATING), provided.message(TRUE, id="msg_2")]
    proxy.provider.replies = [provided.streamed(*output) if stream else provided.whole(*output)]
    answer = ask(proxy, stream=stream)
    body = told(answer.text)[-1]["response"] if stream else answer.json()
    (item,) = body["output"]
    assert body["cxai"]["escalation"]["ref"] in item["content"][0]["text"]
    assert "look_up" not in answer.text and TRUE not in answer.text and body["status"] == "completed"


def test_a_provider_that_tells_only_the_end_is_read_from_it(proxy: RunningProxy) -> None:
    ended = provided.response(provided.message(f"{TRUE} {FALSE}"), provided.call())
    proxy.provider.replies = [provided.raw_stream([{"type": "response.completed", "response": ended}])]
    answer = ask(proxy, stream=True)
    events = told(answer.text)
    assert "90 days" not in answer.text
    assert rebuilt(events) == events[-1]["response"]["output"] and len(events[-1]["response"]["output"]) == 2


def test_a_text_that_only_its_done_event_tells_is_judged(proxy: RunningProxy) -> None:
    output = [provided.message(FALSE)]
    told_late = [
        e for e in provided.events(output, 9, provided.response(*output)) if "text.d" not in e["type"]
    ]
    proxy.provider.replies = [provided.raw_stream(told_late)]
    answer = ask(proxy, stream=True)
    assert "90 days" not in answer.text and "after travel has been completed" in answer.text


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (provided.streamed(provided.message(f"{TRUE} You can"), cut_after=12), "upstream_unreachable"),
        (
            provided.raw_stream([{"type": "error", "code": "rate_limited", "message": "Slow down."}]),
            "rate_limited",
        ),
        (
            Reply(body=b"data: nonsense\n\n", headers={"content-type": "text/event-stream"}),
            "upstream_invalid_response",
        ),
        (
            provided.raw_stream(
                [
                    {
                        "type": "response.output_item.added",
                        "output_index": n,
                        "item": provided.message(id=f"msg_{n}"),
                    }
                    for n in range(2)
                ]
            ),
            "upstream_invalid_response",
        ),
    ],
)
def test_a_stream_that_fails_ends_with_an_error_event(proxy: RunningProxy, reply: Reply, code: str) -> None:
    proxy.provider.replies = [reply]
    last = told(ask(proxy, stream=True).text)[-1]
    assert (last["type"], last["code"], last["error"]["code"]) == ("error", code, code)
