"""Whatever a provider answers at ``/responses``, nothing that was not judged leaves, and the stream has an end."""

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
ASKED = {"model": "test-model", "input": "Bereavement?"}

WORDS = st.sampled_from(
    [
        *(
            "message",
            "output_text",
            "refusal",
            "reasoning",
            "completed",
            "incomplete",
            "in_progress",
            "assistant",
        ),
        FALSE,
    ]
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-3, 300), WORDS)
KEYS = st.sampled_from(
    [
        *(
            "id",
            "type",
            "role",
            "status",
            "content",
            "text",
            "refusal",
            "delta",
            "output",
            "output_text",
            "summary",
        ),
        *(
            "usage",
            "model",
            "incomplete_details",
            "reasoning",
            "metadata",
            "logprobs",
            "annotations",
            "phase",
            "cxai",
        ),
        *(
            "output_index",
            "item",
            "item_id",
            "part",
            "response",
            "instructions",
            "tools",
            "input_tokens",
            "aside",
        ),
    ]
)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=8
)
PARTS = st.lists(
    st.fixed_dictionaries({"type": WORDS, "text": PLAIN, "refusal": PLAIN}) | ANYTHING, max_size=3
)
ITEMS = st.fixed_dictionaries(
    {"type": WORDS, "content": PARTS | ANYTHING}, optional={"id": PLAIN, "phase": PLAIN}
)
RESPONSES = st.builds(
    lambda output, beside: {**beside, "output": output},
    st.lists(ITEMS | ANYTHING, max_size=4) | ANYTHING,
    st.dictionaries(KEYS, ANYTHING, max_size=6),
)
KINDS = st.sampled_from(
    [
        *(
            "created",
            "in_progress",
            "output_item.added",
            "output_item.done",
            "output_text.delta",
            "output_text.done",
        ),
        *("content_part.added", "content_part.done", "refusal.delta", "reasoning_text.delta", "surprise"),
        *("completed", "incomplete", "failed"),
    ]
)
EVENTS = st.builds(
    lambda kind, index, item, response, beside: {
        **beside,
        **{"type": f"response.{kind}", "output_index": index, "item": item, "response": response},
    },
    KINDS,
    st.integers(0, 2) | PLAIN,
    ITEMS | ANYTHING,
    RESPONSES | PLAIN,
    st.dictionaries(KEYS, PLAIN, max_size=4),
)


def ask(proxy: RunningProxy, reply: Reply, **options: Any) -> httpx.Response:
    proxy.provider.replies = [reply]
    return proxy.post("/v1/responses", {**ASKED, **options})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=RESPONSES)
def test_whatever_is_answered_nothing_unjudged_leaves(proxy: RunningProxy, answer: JsonObject) -> None:
    response = ask(proxy, Reply(body=json.dumps(answer).encode()))
    assert response.status_code in (200, 502)
    assert "90 days" not in response.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(EVENTS, max_size=8))
def test_whatever_is_streamed_nothing_unjudged_leaves(proxy: RunningProxy, events: list[JsonObject]) -> None:
    response = ask(proxy, provided.raw_stream(events), stream=True)
    last = json.loads(response.text.rstrip("\n").rsplit("data: ", 1)[-1])
    assert last["type"] in ("response.completed", "response.incomplete", "response.failed", "error")
    assert last.get("code") != "internal_error"
    assert "90 days" not in response.text


@pytest.mark.parametrize(
    "item",
    [
        7,
        {"type": 5},
        {"type": "message", "role": "user", "content": 5},
        {"role": "user", "content": ["text"]},
    ],
)
def test_an_item_that_is_none_is_named(proxy: RunningProxy, item: Any) -> None:
    response = ask(proxy, provided.whole(provided.message(TRUE)), input=[item])
    error = response.json()["error"]
    assert response.status_code == 400 and error["param"].startswith("input")


@pytest.mark.parametrize(
    "item",
    [
        {"type": "function_call", "name": None, "arguments": 5, "call_id": []},
        {"type": "function_call_output", "call_id": {}, "output": [{"type": "input_text", "text": 5}, 7]},
        {"type": "function_call_output", "output": None},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text"}, {"type": "input_image", "text": 3}],
        },
        {"type": "something_new", "content": "x"},
        {},
    ],
)
def test_an_item_that_says_nothing_stops_no_answer(proxy: RunningProxy, item: JsonObject) -> None:
    response = ask(proxy, provided.whole(provided.message(TRUE)), input=[item])
    assert response.json()["output"][0]["content"][0]["text"] == TRUE
    assert proxy.provider.requests[-1]["input"] == [item]
