"""A chat completion request as it came in: checked where the guard relies on it, untouched everywhere else.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from proxy.actions.json_gate import JsonOutput
from proxy.guard import Messages
from proxy.telemetry import names
from proxy.wire.dialects.dialect import Asked
from proxy.wire.request_body import StreamOptions, json_output_of, not_streamed, read_request

JsonObject = dict[str, Any]


class _Message(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    role: str
    content: str | list[JsonObject] | None = None


class _Body(BaseModel):
    """What the guard relies on; the provider checks the rest."""

    model_config = ConfigDict(extra="allow", strict=True)
    model: str = Field(min_length=1)
    messages: list[_Message] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=None, ge=1, le=128)


def chat_request(raw: bytes, body: JsonObject) -> Asked:
    """``body`` is ``raw`` as JSON. Raises InvalidRequest that names what is wrong, where, and what to do."""
    checked = read_request(body, _Body)
    return Asked(
        raw=raw,
        body=body,
        model=checked.model,
        messages=tuple(body["messages"]),
        path="/chat/completions",
        api=names.API_CHAT,
        streamed=bool(checked.stream),
        usage_asked=bool(checked.stream_options and checked.stream_options.include_usage),
        json_output=_json_output(body.get("response_format")),
        choices_each=checked.n or 1,
    )


def _json_output(response_format: Any) -> JsonOutput | None:
    wanted = response_format if isinstance(response_format, dict) else {}
    return json_output_of(wanted, described=wanted.get("json_schema"))


def instructed(asked: Asked, text: str) -> Asked:
    """The request with a system message before all others."""
    messages = ({"role": "system", "content": text}, *asked.messages)
    body = {**asked.body, "messages": list(messages)}
    return replace(asked, raw=msgspec.json.encode(body), body=body, messages=messages)


def asking_whole(asked: Asked, messages: Messages | None = None) -> bytes:
    """The same request without streaming; with other ``messages``, and for one choice, where they are given."""
    body = not_streamed(asked.body)
    if messages is not None:
        body["messages"] = messages
        if "n" in body:
            body["n"] = 1
    return msgspec.json.encode(body)
