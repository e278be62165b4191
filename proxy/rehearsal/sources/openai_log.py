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

from proxy.rehearsal.sources.source import Exchange, Given, answer_of, json_lines, moment_of, said_by
from proxy.rehearsal.suite.model import JsonObject


def openai_log(given: Given) -> Iterator[Exchange]:
    going_on: dict[str, str] = {}  # the conversation of each thread so far
    for file in given.files:
        for place, line in json_lines(file):
            if isinstance(line.get("messages"), list):
                yield from _whole(line, place)
            elif isinstance(line.get("request"), dict):
                yield from _request(line, place, given, going_on)
            else:
                given.left_out["a line with neither messages nor a request"] += 1


def _whole(line: JsonObject, place: str) -> Iterator[Exchange]:
    messages = [one for one in line["messages"] if isinstance(one, dict)]
    for number, message in enumerate(messages):
        answer = answer_of(message) if message.get("role") == "assistant" else None
        if answer is not None:
            told = line.get("id")
            yield Exchange(
                str(told) if told is not None else place,
                messages[:number],
                answer,
                at=moment_of(line.get("at"), place),
                customer=_text(line.get("user")),
                model=_text(line.get("model")),
            )


def _request(line: JsonObject, place: str, given: Given, going_on: dict[str, str]) -> Iterator[Exchange]:
    request, response = line["request"], line.get("response")
    choices = response.get("choices") if isinstance(response, dict) else None
    answer = answer_of(choices[0].get("message")) if choices and isinstance(choices[0], dict) else None
    messages = request.get("messages")
    if answer is None or not isinstance(messages, list):
        given.left_out["a request without an answer of choices"] += 1
        return
    headers = {str(name).lower(): value for name, value in (line.get("headers") or {}).items()}
    named = headers.get("x-cxai-conversation-id") or (request.get("metadata") or {}).get("conversation_id")
    conversation = str(named) if named else _gone_on(messages, going_on) or place
    going_on[_digest([*messages, answer.message()])] = conversation
    created = response.get("created") if isinstance(response, dict) else None
    yield Exchange(
        conversation,
        messages,
        answer,
        at=moment_of(line.get("at") or created, place),
        customer=_text(
            headers.get("x-cxai-customer-id") or request.get("safety_identifier") or request.get("user")
        ),
        channel=_text(headers.get("x-cxai-channel")),
        jurisdiction=_text(headers.get("x-cxai-jurisdiction")),
        audience=_text(headers.get("x-cxai-audience")),
        model=_text(request.get("model")),
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
