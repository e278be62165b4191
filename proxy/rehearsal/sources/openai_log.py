"""Logs in OpenAI's format, as JSON lines: ``{"request", "response", "at"?, "headers"?}``, or ``{"messages", "id"?}``.

A line of the first kind is one request. Those of one conversation are known by ``x-cxai-conversation-id`` in the
headers or ``conversation_id`` in the request's metadata; without either, a request goes on from the one whose messages
and answer it begins with. A line of the second kind is a whole conversation; each message of the assistant is an
answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from proxy.rehearsal.sources.source import (
    Exchange,
    Given,
    answer_of,
    json_lines,
    moment_of,
    parsed,
    said_by,
)
from proxy.rehearsal.suite.model import JsonObject


class _Choice(BaseModel):
    message: JsonObject | None = None


class _Response(BaseModel):
    choices: list[_Choice] | None = None
    created: float | None = None


class _Request(BaseModel):
    messages: list[JsonObject] | None = None
    metadata: JsonObject | None = None
    safety_identifier: str | None = None
    user: str | None = None
    model: str | None = None
    stream: bool | None = None


class _Line(BaseModel):
    """Of either kind; fields that are not named here are not read."""

    request: _Request | None = None
    response: _Response | None = None
    headers: JsonObject | None = None
    messages: list[JsonObject] | None = None
    id: str | int | None = None
    at: str | float | None = None
    user: str | None = None
    model: str | None = None


def openai_log(given: Given) -> Iterator[Exchange]:
    going_on: dict[str, str] = {}  # the conversation of each thread so far
    for file in given.files:
        for place, told in json_lines(file):
            line = parsed(_Line, told, place)
            if line.messages is not None:
                yield from _whole(line, line.messages, place)
            elif line.request is not None:
                yield from _request(line, line.request, place, given, going_on)
            else:
                given.left_out["a line with neither messages nor a request"] += 1


def _whole(line: _Line, messages: Sequence[JsonObject], place: str) -> Iterator[Exchange]:
    for number, message in enumerate(messages):
        answer = answer_of(message) if message.get("role") == "assistant" else None
        if answer is not None:
            yield Exchange(
                str(line.id) if line.id is not None else place,
                messages[:number],
                answer,
                at=moment_of(line.at, place),
                customer=line.user or None,
                model=line.model or None,
            )


def _request(
    line: _Line, request: _Request, place: str, given: Given, going_on: dict[str, str]
) -> Iterator[Exchange]:
    response = line.response or _Response()
    answer = answer_of(response.choices[0].message) if response.choices else None
    messages = request.messages
    if answer is None or messages is None:
        given.left_out["a request without an answer of choices"] += 1
        return
    headers = {name.lower(): value for name, value in (line.headers or {}).items()}
    named = headers.get("x-cxai-conversation-id") or (request.metadata or {}).get("conversation_id")
    conversation = str(named) if named else _gone_on(messages, going_on) or place
    going_on[_digest([*messages, answer.message()])] = conversation
    yield Exchange(
        conversation,
        messages,
        answer,
        at=moment_of(line.at or response.created, place),
        customer=_text(headers.get("x-cxai-customer-id"))
        or request.safety_identifier
        or request.user
        or None,
        channel=_text(headers.get("x-cxai-channel")),
        jurisdiction=_text(headers.get("x-cxai-jurisdiction")),
        audience=_text(headers.get("x-cxai-audience")),
        model=request.model or None,
        streamed=request.stream is True,
    )


def _gone_on(messages: Sequence[JsonObject], going_on: dict[str, str]) -> str | None:
    """The conversation whose last request and answer these messages begin with."""
    ends = [at for at, one in enumerate(messages, start=1) if one.get("role") == "assistant"]
    return next((found for at in reversed(ends) if (found := going_on.get(_digest(messages[:at])))), None)


def _digest(messages: Sequence[JsonObject]) -> str:
    said = [said_by(one) for one in messages]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
