"""A real HTTP provider on loopback that answers by script, whole or as a stream, well or badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from support.asgi import lifespan

from proxy.whole_body import whole_body

JsonObject = dict[str, Any]
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``texts`` are the choices; ``chunk_size`` cuts them for a stream; ``cut_after`` breaks the connection
    after so many events; ``status`` and ``body`` answer with an error, or with anything at all."""

    texts: Sequence[str | None] = ("",)
    tool_calls: Sequence[JsonObject] = ()
    chunk_size: int = 3
    cut_after: int | None = None
    delay_s: float = 0.0
    chunk_delay_s: float = 0.0
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    finish: bool = True
    done: bool = True


@dataclass(slots=True)
class Provider:
    """An ASGI app. ``replies`` are used in order, the last one for ever; ``requests`` is what was asked."""

    replies: list[Reply] = field(default_factory=lambda: [Reply(("Hello!",))])
    requests: list[JsonObject] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def answers(self, *texts: str | None, **details: Any) -> None:
        """From now on each request gets these choices."""
        self.replies = [Reply(texts, **details)]

    def reply_to(self, request: JsonObject) -> Reply:
        """The next reply. What was asked, and where and with which headers, is in the lists' last entries by now."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        body = await whole_body(receive)
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        self.paths.append(scope["path"] + query)
        self.headers.append({k.decode(): v.decode("latin-1") for k, v in scope["headers"]})
        request = json.loads(body) if body else {}
        self.requests.append(request)
        reply = self.reply_to(request)
        await asyncio.sleep(reply.delay_s)
        await self._reply(reply, request, send)

    async def _reply(self, reply: Reply, request: JsonObject, send: Any) -> None:
        if reply.body is not None or reply.status != 200:
            await _send(
                send, reply.status, reply.body or b"", {"content-type": "application/json", **reply.headers}
            )
        elif request.get("stream"):
            await self._stream(reply, request, send)
        else:
            body = json.dumps(completion(reply, request)).encode()
            await _send(
                send, 200, body, {"content-type": "application/json", **reply.headers}, cut=reply.cut_after
            )

    async def _stream(self, reply: Reply, request: JsonObject, send: Any) -> None:
        await _start(send, 200, {"content-type": "text/event-stream", **reply.headers})
        for count, piece in enumerate(chunks(reply, request)):
            if reply.cut_after is not None and count >= reply.cut_after:
                raise ConnectionAbortedError("the script says: cut")
            await send({"type": "http.response.body", "body": _event(piece), "more_body": True})
            await asyncio.sleep(reply.chunk_delay_s)
        end = b"data: [DONE]\n\n" if reply.done else b""
        await send({"type": "http.response.body", "body": end, "more_body": False})


def completion(reply: Reply, request: JsonObject) -> JsonObject:
    calls = {"tool_calls": list(reply.tool_calls)} if reply.tool_calls else {}
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 1,
        "model": request.get("model"),
        "system_fingerprint": "fp_test",
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": text, **calls},
                "logprobs": None,
                "finish_reason": "tool_calls" if calls else "stop",
            }
            for index, text in enumerate(reply.texts)
        ],
        "usage": USAGE,
    }


def chunks(reply: Reply, request: JsonObject) -> list[JsonObject]:
    """The choices' pieces interleaved, as providers send them for n > 1."""
    head = {
        "id": "chatcmpl-test",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": request.get("model"),
    }
    queues = [_choice_chunks(head, reply, index, text) for index, text in enumerate(reply.texts)]
    out = [queue.pop(0) for _ in range(max(map(len, queues))) for queue in queues if queue]
    if (request.get("stream_options") or {}).get("include_usage"):
        out.append({**head, "choices": [], "usage": USAGE})
    return out


def _choice_chunks(head: JsonObject, reply: Reply, index: int, text: str | None) -> list[JsonObject]:
    size = max(1, reply.chunk_size)
    pieces = [(text or "")[i : i + size] for i in range(0, len(text or ""), size)]
    deltas: list[JsonObject] = [
        {"role": "assistant", "content": ""},
        *({"content": piece} for piece in pieces),
    ]
    deltas += [{"tool_calls": [{"index": i, **call}]} for i, call in enumerate(reply.tool_calls)]
    out = [_chunk(head, index, delta, None) for delta in deltas]
    if reply.finish:
        out.append(_chunk(head, index, {}, "tool_calls" if reply.tool_calls else "stop"))
    return out


def _chunk(head: JsonObject, index: int, delta: JsonObject, finish: str | None) -> JsonObject:
    return {**head, "choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def _event(data: JsonObject) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


async def _start(send: Any, status: int, headers: dict[str, str]) -> None:
    raw = [(k.encode(), v.encode()) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _send(send: Any, status: int, body: bytes, headers: dict[str, str], cut: int | None = None) -> None:
    await _start(send, status, {**headers, "content-length": str(len(body))})
    if cut is not None:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        raise ConnectionAbortedError("the script says: cut")
    await send({"type": "http.response.body", "body": body})
