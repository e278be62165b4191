"""A provider on loopback that answers each turn as its model did when it was recorded, whole or as a stream."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

from proxy.rehearsal.operators.operator import Trouble
from proxy.rehearsal.suite.model import Answer, JsonObject
from proxy.whole_body import whole_body

ASKED_FOR = "x-rehearsal-turn"  # names the turn whose answer is asked for; passes the proxy
NOT_EXPECTED = "This provider only knows answers that were recorded, and none of this turn."
TRY_LATER = "Please try again later."
NO_TROUBLE = Trouble()
_WORD = re.compile(r"\S+\s*|\s+")  # the pieces of a stream


class RecordedModel:
    """An ASGI application that takes ``POST /v1/chat/completions``; asked again, it says the same again."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[Answer, Trouble]] = {}

    def expect(self, turn: str, answer: Answer, trouble: Trouble = NO_TROUBLE) -> None:
        self._answers[turn] = answer, trouble

    def forget(self, turn: str) -> None:
        del self._answers[turn]

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        is_streamed = json.loads(await whole_body(receive) or b"{}").get("stream") is True
        turn = dict(scope["headers"]).get(ASKED_FOR.encode(), b"").decode()
        if turn not in self._answers:
            await _send(send, 404, _error("not_recorded", NOT_EXPECTED))
            return
        answer, trouble = self._answers[turn]
        await asyncio.sleep(trouble.waits_s)
        if trouble.status is not None:
            await _send(send, trouble.status, _error("busy", TRY_LATER))
        elif is_streamed:
            await _stream(send, list(_events(answer)), trouble.whole)
        else:
            await _send(send, 200, _completion(answer), trouble.whole)


async def _send(send: Any, status: int, body: bytes, whole: float = 1.0) -> None:
    """The body, or as much of it as comes before the connection is cut."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if whole < 1.0:
        await send({"type": "http.response.body", "body": body[: int(whole * len(body))], "more_body": True})
        raise ConnectionAbortedError  # the server cuts the connection of an answer without an end
    await send({"type": "http.response.body", "body": body})


async def _stream(send: Any, events: list[bytes], whole: float) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for event in events if whole >= 1.0 else events[: int(whole * len(events))]:
        await send({"type": "http.response.body", "body": b"data: " + event + b"\n\n", "more_body": True})
    if whole < 1.0:
        raise ConnectionAbortedError
    await send({"type": "http.response.body", "body": b""})


def _completion(answer: Answer) -> bytes:
    choice = {"index": 0, "message": answer.message(), "finish_reason": _finish(answer)}
    return _json("chat.completion", choice)


def _events(answer: Answer) -> Iterator[bytes]:
    """As OpenAI streams, a word at a time: https://platform.openai.com/docs/api-reference/chat-streaming"""
    yield _chunk({"role": "assistant", "content": "" if answer.content else None})
    for word in _WORD.findall(answer.content or ""):
        yield _chunk({"content": word})
    for number, call in enumerate(answer.tool_calls):
        yield _chunk({"tool_calls": [{"index": number, **call}]})
    yield _chunk({}, _finish(answer))
    yield b"[DONE]"


def _chunk(delta: JsonObject, finish: str | None = None) -> bytes:
    return _json("chat.completion.chunk", {"index": 0, "delta": delta, "finish_reason": finish})


def _json(kind: str, choice: JsonObject) -> bytes:
    head = {"id": "chatcmpl-recorded", "object": kind, "created": 1, "model": "recorded"}
    return json.dumps({**head, "choices": [choice]}).encode()


def _finish(answer: Answer) -> str:
    return "tool_calls" if answer.tool_calls else "stop"


def _error(code: str, message: str) -> bytes:
    error = {"message": message, "type": "invalid_request_error", "code": code}
    return json.dumps({"error": error}).encode()
