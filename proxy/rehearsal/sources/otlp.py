"""OTLP exports as JSON lines (the collector's file exporter): spans that carry ``gen_ai.*`` messages.

The messages are there where tracing keeps content (``gen_ai.input.messages`` and ``gen_ai.output.messages``, the
GenAI semantic conventions of OpenTelemetry); spans of models without them are left out, and counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from proxy.rehearsal.sources.source import Exchange, Given, answer_of, json_lines, parsed
from proxy.rehearsal.suite.model import JsonObject
from proxy.telemetry import names


class _Value(BaseModel):
    """The kinds of values that are read here."""

    string: str | None = Field(default=None, alias="stringValue")
    boolean: bool | None = Field(default=None, alias="boolValue")
    integer: int | None = Field(default=None, alias="intValue")
    double: float | None = Field(default=None, alias="doubleValue")

    @property
    def told(self) -> Any:
        each = (self.string, self.boolean, self.integer, self.double)
        return next((one for one in each if one is not None), None)


class _Attribute(BaseModel):
    key: str
    value: _Value = _Value()


class _Span(BaseModel):
    trace_id: str | None = Field(default=None, alias="traceId")
    started: int = Field(default=0, alias="startTimeUnixNano")
    attributes: list[_Attribute] = []

    @property
    def told(self) -> dict[str, Any]:
        return {one.key: one.value.told for one in self.attributes}


class _Scope(BaseModel):
    spans: list[_Span] = []


class _Resource(BaseModel):
    scopes: list[_Scope] = Field(default=[], alias="scopeSpans")


class _Exported(BaseModel):
    resources: list[_Resource] = Field(default=[], alias="resourceSpans")


def otlp(given: Given) -> Iterator[Exchange]:
    found = [
        span
        for file in given.files
        for place, line in json_lines(file)
        for resource in parsed(_Exported, line, place).resources
        for scope in resource.scopes
        for span in scope.spans
    ]
    for span in sorted(found, key=lambda one: one.started):
        told = span.told
        if names.REQUEST_MODEL not in told:
            continue  # not a call of a model
        exchange = _exchange(span, told)
        if exchange is None:
            given.left_out["a span of a model's call that carries no messages"] += 1
        else:
            yield exchange


def _exchange(span: _Span, told: Mapping[str, Any]) -> Exchange | None:
    asked, answered = _messages(told.get(names.INPUT_MESSAGES)), _messages(told.get(names.OUTPUT_MESSAGES))
    answer = next((found for one in answered if (found := answer_of(one))), None)
    if not asked or answer is None:
        return None
    return Exchange(
        str(told.get(names.CONVERSATION_ID) or span.trace_id),
        asked,
        answer,
        at=datetime.fromtimestamp(span.started / 1e9, UTC),
        model=told[names.REQUEST_MODEL],
    )


def _messages(value: Any) -> list[JsonObject]:
    try:
        listed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return []
    return [_message(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _message(told: JsonObject) -> JsonObject:
    """A message of the GenAI schema (role and parts) in OpenAI's shape."""
    parts = [part for part in told.get("parts") or () if isinstance(part, dict)]
    text = "".join(str(part["content"]) for part in parts if part.get("type") == "text" and "content" in part)
    message: JsonObject = {"role": told.get("role", "user"), "content": text or None}
    if calls := [_call(part) for part in parts if part.get("type") == "tool_call"]:
        message["tool_calls"] = calls
    for part in parts:
        if part.get("type") == "tool_call_response":
            returned = part.get("response", part.get("result"))
            text = returned if isinstance(returned, str) else json.dumps(returned, ensure_ascii=False)
            message |= {"role": "tool", "tool_call_id": part.get("id"), "content": text}
    return message


def _call(part: JsonObject) -> JsonObject:
    arguments = part.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
    return {
        "id": part.get("id"),
        "type": "function",
        "function": {"name": part.get("name"), "arguments": text},
    }
