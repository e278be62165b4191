"""The servers behind the proxy, which misbehave as they are told: a model provider, and a judge model's endpoint.

Both speak OpenAI's dialect, https://platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from proxy.whole_body import whole_body

JsonObject = dict[str, Any]
Then = Literal["ends", "breaks off", "stalls", "reports an error", "sends garbage", "never ends"]

PIECE = 7  # characters of a streamed piece
MOST_S = 60.0  # no misbehaviour lasts longer
DRIP_S = 0.05


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: ``text``, ``calls`` of tools beside it, and what happens then; or a ``status`` with any ``body``."""

    text: str = ""
    then: Then = "ends"
    calls: Sequence[JsonObject] = ()
    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Provider:
    """An ASGI application. ``replies`` are given in order, the last one for ever; ``left`` counts who hung up."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [Reply()]
        self.left = 0

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        request = json.loads(await whole_body(receive) or b"{}")
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        answering = asyncio.create_task(self._answer(reply, request, send))
        leaving = asyncio.create_task(_left(receive))
        await asyncio.wait((answering, leaving), timeout=MOST_S, return_when=asyncio.FIRST_COMPLETED)
        self.left += not answering.done()
        leaving.cancel()
        answering.cancel()
        # An answer that is not whole by then makes the server close the connection.
        await asyncio.gather(answering, leaving, return_exceptions=True)

    async def _answer(self, reply: Reply, request: JsonObject, send: Any) -> None:
        if reply.body is not None:
            await _plain(send, reply, reply.body)
        elif request.get("stream"):
            await _streamed(send, reply, request)
        else:
            await _plain(send, reply, json.dumps(_completion(reply, request)).encode())


async def _plain(send: Any, reply: Reply, body: bytes) -> None:
    if reply.then == "stalls":
        await asyncio.sleep(MOST_S)
    headers = {"content-type": "application/json", **reply.headers}
    if reply.then != "never ends":
        headers["content-length"] = str(len(body))
    await _start(send, reply.status, headers)
    if reply.then == "breaks off":
        await _send(send, body[: len(body) // 2])
        raise ConnectionAbortedError
    await _send(send, body, more=reply.then == "never ends")
    while reply.then == "never ends":
        await _send(send, b" ")
        await asyncio.sleep(DRIP_S)


async def _streamed(send: Any, reply: Reply, request: JsonObject) -> None:
    await _start(send, reply.status, {"content-type": "text/event-stream", **reply.headers})
    async for event in _events(reply, request):
        await _send(send, b"data: " + event + b"\n\n")
    if reply.then == "breaks off":
        raise ConnectionAbortedError
    await _send(send, b"", more=False)


async def _events(reply: Reply, request: JsonObject) -> AsyncIterator[bytes]:
    yield _chunk(request, {"role": "assistant", "content": ""})
    while True:
        for start in range(0, len(reply.text), PIECE):
            yield _chunk(request, {"content": reply.text[start : start + PIECE]})
        if reply.then != "never ends":
            break
        await asyncio.sleep(DRIP_S)
        yield _chunk(request, {"content": " "})
    match reply.then:
        case "ends":
            for number, call in enumerate(reply.calls):
                for piece in _call_pieces(call):
                    yield _chunk(request, {"tool_calls": [{"index": number, **piece}]})
            yield _chunk(request, {}, "tool_calls" if reply.calls else "stop")
            yield b"[DONE]"
        case "stalls":
            await asyncio.sleep(MOST_S)
        case "reports an error":
            yield error("overloaded")
        case "sends garbage":
            yield b'{"choices": [{"delta": {"content": "half a chu'


def error(code: str) -> bytes:
    """An error of the provider's own, as OpenAI shapes it."""
    message = {"message": "Please try again later.", "type": "server_error", "code": code}
    return json.dumps({"error": message}).encode()


def _chunk(request: JsonObject, delta: JsonObject, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-drill", "object": "chat.completion.chunk", "created": 1}
    return json.dumps({**head, "model": request.get("model"), "choices": [choice]}).encode()


def _call_pieces(call: JsonObject) -> Iterator[JsonObject]:
    function = call["function"]
    yield {**call, "function": {**function, "arguments": ""}}
    for start in range(0, len(function["arguments"]), PIECE):
        yield {"function": {"arguments": function["arguments"][start : start + PIECE]}}


def _completion(reply: Reply, request: JsonObject) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": reply.text}
    if reply.calls:
        message["tool_calls"] = list(reply.calls)
    finish = "tool_calls" if reply.calls else "stop"
    choice = {"index": 0, "message": message, "finish_reason": finish}
    head = {"id": "chatcmpl-drill", "object": "chat.completion", "created": 1}
    return {**head, "model": request.get("model"), "choices": [choice]}


class Judge:
    """The endpoint of a judge model that finds every claim supported by the first passage, after ``takes_s``.

    ``reply`` takes the place of that answer.
    """

    def __init__(self) -> None:
        self.reply: Reply | None = None
        self.takes_s = 0.0

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        request = json.loads(await whole_body(receive))
        await asyncio.sleep(self.takes_s)
        reply = self.reply or Reply(_opinion(request))
        if reply.then == "stalls":
            await _left(receive)
            return
        body = reply.body if reply.body is not None else json.dumps(_completion(reply, request)).encode()
        await _plain(send, reply, body)


def _opinion(request: JsonObject) -> str:
    """Supported, by the whole text of the first passage (proxy/verifiers/judge_prompt.py has the request's form)."""
    first = json.loads(request["messages"][-1]["content"])["passages"][0]
    return json.dumps({"verdict": "supported", "confidence": 0.95, "quote": first["text"], "passage": 1})


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: Any, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _send(send: Any, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
