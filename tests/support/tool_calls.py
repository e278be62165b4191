"""Rules for calls of tools, calls that they stop or let pass, and what a client reads of an answer with such calls."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

import pytest
from conftest import RunningProxy

RULES = dedent("""\
    defaults:
      escalation_message: "A colleague takes over. Your reference is {ref}."
    routes:
      - {name: whole, match: {model: whole}, delivery: whole}
      - {name: watched, match: {model: watched}, mode: observe}
      - {name: immediate, match: {model: immediate}, delivery: immediate}
    rules:
      - name: refund-over-limit
        when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
        effect: stop_tool_call
        reason: Refunds above 500 need a person's approval.
      - name: no-deletion
        when: tool_call.name == "delete_account"
        effect: stop_tool_call
        then: refuse
        reason: Accounts are closed in writing only.
      - name: one-refund-at-a-time
        when: size(answer.tool_calls.filter(call, call.name == "issue_refund")) > 1
        effect: stop_tool_call
        match: {channel: voice}
        reason: One refund at a time.
""")
TRUE = "You must apply before you travel."
REFUSAL = "I'm sorry, but I can't do that for you here."
JsonObject = dict[str, Any]


def call(name: str = "issue_refund", arguments: str = '{"amount": 900}', number: int = 1) -> JsonObject:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


SMALL = call(arguments='{"amount": 20}')
LARGE = call(number=2)


def told(text: str) -> tuple[JsonObject, JsonObject]:
    """A stream's first choice put together as a whole one, and its ``cxai`` object."""
    message: JsonObject = {"content": "", "refusal": None, "tool_calls": []}
    finish, cxai = None, {}
    for line in text.splitlines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line[6:])
        cxai = event.get("cxai", cxai)
        for one in event["choices"]:
            delta = one["delta"]
            message["content"] += delta.get("content") or ""
            message["refusal"] = delta.get("refusal") or message["refusal"]
            message["tool_calls"] += [
                {key: value for key, value in made.items() if key != "index"}
                for made in delta.get("tool_calls") or ()
            ]
            finish = one["finish_reason"] or finish
    return {**message, "finish_reason": finish}, cxai


def asked(
    proxy: RunningProxy,
    *,
    stream: bool,
    model: str = "test-model",
    response_format: JsonObject | None = None,
    **headers: str,
) -> tuple[Any, JsonObject, JsonObject]:
    """The answer, its first choice, and its ``cxai`` object."""
    wanted = {"response_format": response_format} if response_format else {}
    response = proxy.ask("A refund, please", model=model, stream=stream, headers=headers, **wanted)
    assert response.status_code == 200
    if stream:
        return response, *told(response.text)
    body = response.json()
    first = body["choices"][0]
    message = {"content": "", "refusal": None, "tool_calls": [], **first["message"]}
    return (
        response,
        {**message, "content": message["content"] or "", "finish_reason": first["finish_reason"]},
        body["cxai"],
    )


both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
