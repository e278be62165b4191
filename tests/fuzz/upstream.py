"""The provider that is fuzzed with: a real HTTP server that answers well, or with any bytes at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from support import responses
from support.asgi import lifespan
from support.provider import Reply, chunks, completion

from proxy.whole_body import whole_body

JsonObject = dict[str, Any]
DONE = "[DONE]"
ASIDES = ("calls", "reasoning", "refusal", "logprobs")
CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}


@dataclass(frozen=True, slots=True)
class Script:
    """An answer byte by byte; ``cut`` breaks the connection after the pieces."""

    pieces: Sequence[bytes]
    status: int = 200
    content_type: str = "application/json"
    cut: bool = False
    headers: Sequence[tuple[bytes, bytes]] = ()


@dataclass(slots=True)
class Upstream:
    """An ASGI app. It answers with ``texts``, in the dialect of the path, unless there is a ``script``."""

    texts: Sequence[str] = ("",)
    script: Script | None = None
    seen: list[JsonObject] = field(default_factory=list)

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        request = json.loads(await whole_body(receive))
        self.seen.append(request)
        script = self.script or script_of(scope["path"], self.texts, streamed=bool(request.get("stream")))
        headers = [(b"content-type", script.content_type.encode("latin-1")), *script.headers]
        await send({"type": "http.response.start", "status": script.status, "headers": headers})
        for piece in script.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)
        if script.cut:
            raise ConnectionAbortedError("the script says: cut")
        await send({"type": "http.response.body", "body": b""})


def script_of(path: str, texts: Sequence[str], *, streamed: bool) -> Script:
    """A good answer."""
    if streamed:
        events = events_of(path, texts, chunk_size=7)
        return Script([sse(event) for event in events], content_type="text/event-stream")
    return Script([json.dumps(whole_of(path, texts)).encode()])


def whole_of(path: str, texts: Sequence[str], asides: Sequence[str] = ()) -> JsonObject:
    """``asides`` are what stands beside the texts: of ``ASIDES``."""
    if path.endswith("/responses"):
        return responses.response(*_items(texts, asides))
    if path.endswith("/chat/completions"):
        body = completion(Reply(texts, tool_calls=[CALL] if "calls" in asides else ()), {"model": "m"})
        for choice, text in zip(body["choices"], texts, strict=True):
            choice["message"] |= _message_asides(asides)
            choice["logprobs"] = {"content": _tokens(text)} if "logprobs" in asides else None
        return body
    choices = [{"index": i, "text": text, "finish_reason": "stop"} for i, text in enumerate(texts)]
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m", "choices": choices}


def events_of(path: str, texts: Sequence[str], chunk_size: int, asides: Sequence[str] = ()) -> list[Any]:
    if path.endswith("/responses"):
        items = _items(texts, asides)
        return list(responses.events(items, chunk_size, responses.response(*items)))
    calls = [CALL] if "calls" in asides and path.endswith("/chat/completions") else ()
    reply = Reply(texts, chunk_size=chunk_size, tool_calls=calls)
    told = chunks(reply, {"stream_options": {"include_usage": True}})
    for choice in (choice for chunk in told for choice in chunk["choices"]):
        if path.endswith("/chat/completions"):
            choice["delta"] |= _message_asides(asides)
            if "logprobs" in asides:
                choice["logprobs"] = {"content": _tokens(choice["delta"].get("content") or "")}
        else:
            choice["text"] = choice.pop("delta").get("content") or ""
    return [*told, DONE]


def _message_asides(asides: Sequence[str]) -> JsonObject:
    reasoning = {"reasoning_content": responses.SECRET, "reasoning": responses.SECRET}
    return (reasoning if "reasoning" in asides else {}) | (
        {"refusal": responses.SECRET} if "refusal" in asides else {}
    )


def _tokens(text: str) -> list[JsonObject]:
    return [
        {"token": text[at : at + 4], "logprob": -0.5, "top_logprobs": []} for at in range(0, len(text), 4)
    ]


def _items(texts: Sequence[str], asides: Sequence[str]) -> list[JsonObject]:
    refusal = responses.SECRET if "refusal" in asides else ""
    items = [responses.message(text, refusal=refusal, id=f"msg_{n}") for n, text in enumerate(texts)]
    before = [responses.reasoning()] if "reasoning" in asides else []
    return [*before, *items, *([responses.call()] if "calls" in asides else [])]


def sse(event: Any) -> bytes:
    data = event if isinstance(event, str) else json.dumps(event)
    return f"data: {data}\n\n".encode(errors="surrogatepass")
