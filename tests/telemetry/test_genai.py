"""OpenAI bodies as attributes: whatever a client or provider sends, attributes are well typed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.telemetry.genai import messages_json, request_attributes, short_name, usage_attributes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "messages",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "seed",
    "stop",
    "n",
    "response_format",
    "reasoning_effort",
    "reasoning",
    "text",
    "max_output_tokens",
]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.booleans())
def test_any_request_body_gives_attributes_that_opentelemetry_takes(
    body: dict[str, Any], content: bool
) -> None:
    for value in request_attributes(body, content=content).values():
        listed = value if isinstance(value, list) else [value]
        assert all(isinstance(one, (str, bool, int, float)) for one in listed)


@given(JSON)
def test_any_usage_gives_counts_or_nothing(usage: Any) -> None:
    assert all(isinstance(count, int) for count in usage_attributes(usage).values())


@given(JSON)
def test_any_messages_give_valid_json(messages: Any) -> None:
    assert isinstance(json.loads(messages_json(messages)), list)


def test_newer_names_of_a_parameter_go_before_older_ones() -> None:
    found = request_attributes({"max_tokens": 1, "max_completion_tokens": 2}, content=False)
    assert found == {"gen_ai.request.max_tokens": 2}


def test_a_parameter_has_one_name_whatever_the_dialect_calls_it() -> None:
    chat = {
        **{"max_completion_tokens": 9, "temperature": 0.5, "top_p": 0.9, "service_tier": "flex"},
        **{"reasoning_effort": "low", "response_format": {"type": "json_schema", "json_schema": {}}},
    }
    responses = {
        **{"max_output_tokens": 9, "temperature": 0.5, "top_p": 0.9, "service_tier": "flex"},
        **{"reasoning": {"effort": "low"}, "text": {"format": {"type": "json_schema", "schema": {}}}},
    }
    found = request_attributes(chat, content=False)
    assert found == request_attributes(responses, content=False)
    assert found == {
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.reasoning.level": "low",
        "openai.request.service_tier": "flex",
        "gen_ai.output.type": "json",
    }


@pytest.mark.parametrize(("n", "there"), [(1, False), (3, True), (True, False), ("3", False)])
def test_the_number_of_choices_counts_where_it_is_not_one(n: object, there: bool) -> None:
    assert ("gen_ai.request.choice.count" in request_attributes({"n": n}, content=False)) is there


def test_tool_calls_and_their_results_follow_the_message_schema() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": '{"id": 7}'}}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "paid"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "and?"}, {"type": "image_url", "image_url": {}}],
        },
    ]
    assert json.loads(messages_json(messages)) == [
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "lookup", "arguments": '{"id": 7}'}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "paid"}]},
        {"role": "user", "parts": [{"type": "text", "content": "and?"}, {"type": "image_url"}]},
    ]


@given(st.text())
def test_names_from_outside_are_short_and_printable(text: str) -> None:
    name = short_name(text)
    assert len(name) <= 128
    assert name.isprintable()
