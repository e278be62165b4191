"""A request of ``POST /v1/responses``: checked where the guard relies on it, and its items as chat messages.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from proxy.actions.json_gate import JsonOutput
from proxy.guard import Messages
from proxy.ledger.records import Turn
from proxy.rules.policies import Route
from proxy.telemetry import names
from proxy.wire.dialects.dialect import Asked
from proxy.wire.errors import InvalidRequest
from proxy.wire.request_body import json_output_of, not_streamed, parse_json_object, read_request

JsonObject = dict[str, Any]

_TEXT_PARTS = ("input_text", "output_text", "text")
_CALLS = {"function_call": ("function", "arguments"), "custom_tool_call": ("custom", "input")}
_CALL_OUTPUTS = ("function_call_output", "custom_tool_call_output")


class _Item(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    type: str | None = None
    role: str | None = None
    content: str | list[JsonObject] | None = None


class _Body(BaseModel):
    """What the guard relies on; the provider checks the rest."""

    model_config = ConfigDict(extra="allow", strict=True)
    model: str = Field(min_length=1)
    input: str | list[_Item] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    conversation: str | JsonObject | None = None
    background: bool | None = None
    store: bool | None = None
    stream: bool | None = None
    include: list[str] | None = None


def parse_responses_request(raw: bytes) -> Asked:
    """Raises InvalidRequest that names what is wrong, where, and what to do."""
    body = parse_json_object(raw)
    checked = read_request(body, _Body)
    if checked.background:
        raise InvalidRequest(
            "An answer in the background would be fetched from the provider before it is guarded; "
            "leave out `background`.",
            param="background",
            code="unsupported_value",
        )
    return Asked(
        raw=raw,
        body=body,
        model=checked.model,
        messages=_conversation(body),
        path="/responses",
        api=names.API_RESPONSES,
        streamed=bool(checked.stream),
        usage_asked=True,
        follows=checked.previous_response_id,
        json_output=_json_output(body),
    )


def going_on(asked: Asked, turns: Sequence[Turn], route: Route, *, keeps: bool) -> Asked:
    """The request after these turns, and with ``store: false`` where the provider may not keep the answer.

    Where nothing is enforced the provider's answer is what the customer gets, so it may keep it.
    """
    body = dict(asked.body)
    if turns:
        del body["previous_response_id"]
        body["input"] = [*turn_items(turns), *input_items(asked.body)]
    enforced = route.mode == "enforce"
    if enforced:
        _refuse_conversation(asked.body)
    if enforced and route.store != "allow":
        _refuse_references(asked.body)
        body["store"] = False
    kept = enforced and keeps and asked.body.get("store") is not False
    return replace(
        asked,
        raw=asked.raw if body == asked.body else msgspec.json.encode(body),
        body=body,
        messages=_conversation(body),
        turn=tuple(input_items(asked.body)) if kept else None,
    )


def instructed(asked: Asked, text: str) -> Asked:
    """The request with these instructions before its own."""
    own = asked.body.get("instructions")
    body = {**asked.body, "instructions": f"{text}\n\n{own}" if own else text}
    return replace(asked, raw=msgspec.json.encode(body), body=body, messages=_conversation(body))


def _json_output(body: Mapping[str, Any]) -> JsonOutput | None:
    text = body.get("text")
    wanted = text.get("format") if isinstance(text, Mapping) else None
    return json_output_of(wanted, described=wanted) if isinstance(wanted, Mapping) else None


def asking_whole(asked: Asked, messages: Messages | None = None) -> bytes:
    """The same request without streaming; what ``messages`` add to its own stands behind its items."""
    body = not_streamed(asked.body)
    if messages is not None:
        body["input"] = [*input_items(body), *messages[len(asked.messages) :]]
    return msgspec.json.encode(body)


def input_items(body: Mapping[str, Any]) -> list[JsonObject]:
    """The request's own input as a list of items."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return list(given or ())


def turn_items(turns: Iterable[Turn]) -> Iterator[JsonObject]:
    """What was asked and what was delivered, turn by turn, without ids.

    An id would make the provider ask for the reasoning that belonged to it, which nobody has kept.
    """
    for turn in turns:
        yield from turn.input
        for item in turn.response["output"]:
            yield _said(item) if item["type"] == "message" else {k: v for k, v in item.items() if k != "id"}


def _said(message: Mapping[str, Any]) -> JsonObject:
    """A delivered message as input: with its content as one text, which every provider takes."""
    said = " ".join(part.get("text") or part.get("refusal") or "" for part in message["content"])
    phase = {"phase": message["phase"]} if "phase" in message else {}
    return {"type": "message", "role": "assistant", "content": said, **phase}


def _refuse_conversation(body: Mapping[str, Any]) -> None:
    if body.get("conversation") is not None:
        raise InvalidRequest(
            "A conversation at the provider would go on from unguarded text; use `previous_response_id`, "
            "or send the whole conversation in `input`.",
            param="conversation",
            code="unsupported_value",
        )


def _refuse_references(body: Mapping[str, Any]) -> None:
    for place, item in enumerate(input_items(body)):
        if item.get("type") == "item_reference":
            raise InvalidRequest(
                "The provider keeps no items here, so none can be referred to; send the item itself.",
                param=f"input[{place}]",
                code="unsupported_value",
            )


def _conversation(body: Mapping[str, Any]) -> tuple[JsonObject, ...]:
    instructions = body.get("instructions")
    system = [{"role": "system", "content": instructions}] if instructions else []
    return (*system, *chat_messages(input_items(body)))


def chat_messages(items: Iterable[Mapping[str, Any]]) -> Iterator[JsonObject]:
    """Items as chat messages: messages, calls of tools, and what the tools returned; others say nothing here."""
    for item in items:
        kind = item.get("type") or "message"
        if kind == "message":
            yield {"role": item.get("role"), "content": _chat_content(item.get("content"))}
        elif kind in _CALLS:
            yield {"role": "assistant", "content": None, "tool_calls": [_chat_call(item)]}
        elif kind in _CALL_OUTPUTS:
            call, output = item.get("call_id"), _chat_content(item.get("output"))
            yield {"role": "tool", "tool_call_id": call, "content": output}


def _chat_content(content: Any) -> Any:
    """Text parts under chat's name; what else there is (images, files) under its own."""
    if not isinstance(content, list):
        return content
    parts = [part for part in content if isinstance(part, Mapping)]
    return [
        {"type": "text", "text": part.get("text")} if part.get("type") in _TEXT_PARTS else dict(part)
        for part in parts
    ]


def _chat_call(item: Mapping[str, Any]) -> JsonObject:
    kind, arguments = _CALLS[item["type"]]
    named = {"name": item.get("name"), "arguments": item.get(arguments)}
    return {"id": item.get("call_id"), "type": kind, kind: named}
