"""A chat completion request as it came in: checked where the guard relies on it, untouched everywhere else.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from proxy.context.conversation import said_in
from proxy.wire.errors import InvalidRequest

JsonObject = dict[str, Any]


class _Message(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    role: str
    content: str | list[JsonObject] | None = None


class _StreamOptions(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    include_usage: bool | None = None


class _Body(BaseModel):
    """What the guard relies on; the provider checks the rest."""

    model_config = ConfigDict(extra="allow", strict=True)
    model: str = Field(min_length=1)
    messages: list[_Message] = Field(min_length=1)
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    n: int | None = Field(default=None, ge=1, le=128)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """``raw`` is the body as received, ``body`` the same as a JSON object."""

    raw: bytes
    body: JsonObject
    model: str
    messages: tuple[JsonObject, ...]
    streamed: bool
    usage_asked: bool

    @property
    def question(self) -> str | None:
        """The text of the customer's last message."""
        said = said_in(self.messages)
        return (said[-1] or None) if said else None

    def asking_whole(self, messages: Any = None, *, choices: int | None = None) -> bytes:
        """The same request without streaming; with other ``messages`` and ``n`` where the model is asked again."""
        body = {key: value for key, value in self.body.items() if key not in ("stream", "stream_options")}
        if messages is not None:
            body["messages"] = messages
        if choices is not None and "n" in body:
            body["n"] = choices
        return msgspec.json.encode(body)


def parse_chat_request(raw: bytes) -> ChatRequest:
    """Raises InvalidRequest that names what is wrong, where, and what to do."""
    body = parse_json_object(raw)
    try:
        checked = _Body.model_validate(body)
    except ValidationError as error:
        raise invalid(error) from None
    return ChatRequest(
        raw=raw,
        body=body,
        model=checked.model,
        messages=tuple(body["messages"]),
        streamed=bool(checked.stream),
        usage_asked=bool(checked.stream_options and checked.stream_options.include_usage),
    )


def parse_json_object(raw: bytes) -> JsonObject:
    """The body as a JSON object. Raises InvalidRequest."""
    try:
        body = msgspec.json.decode(raw)
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"The request body is not valid JSON: {error}", code="invalid_json") from None
    if not isinstance(body, dict):
        raise InvalidRequest("The request body must be a JSON object.", code="invalid_json")
    return body


def invalid(error: ValidationError) -> InvalidRequest:
    """The first finding of pydantic as an OpenAI-shaped error; values are not repeated, they may be personal."""
    finding = error.errors(include_url=False, include_input=False)[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in finding["loc"]).lstrip(
        "."
    )
    return InvalidRequest(
        f"Invalid value for {place!r}: {finding['msg']}.", param=place, code="invalid_value"
    )
