"""The door ``POST /v1/chat/completions``: stream or not, guarded, observed or only forwarded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Stream

from proxy.guard import AnswerGuard, Messages
from proxy.telemetry.tracing import RequestTrace
from proxy.wire.answer_shape import CALLS
from proxy.wire.chat_request import parse_chat_request
from proxy.wire.cxai_object import cxai_object, decision_headers, pending_headers
from proxy.wire.errors import ProxyError
from proxy.wire.exchange import Exchange, begin, headers_of
from proxy.wire.gated_relay import GatedRelay
from proxy.wire.observing import unguarded
from proxy.wire.services import Services
from proxy.wire.streaming import DONE, completion_as_chunks, event
from proxy.wire.upstream import EVENT_STREAM, UpstreamAnswer

JsonObject = dict[str, Any]
LONG_BODY = 200_000  # bytes
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


@post("/v1/chat/completions", status_code=200, include_in_schema=False)
async def chat_completions(
    request: Request[Any, Any, State], services: NamedDependency[Services]
) -> Response[Any]:
    headers = headers_of(request)
    exchange = await _begun(services, await request.body(), headers, request.scope["state"]["trace"])
    received = exchange.received
    if exchange.route.mode != "enforce":
        return await unguarded(exchange)
    if received.streamed and exchange.route.delivery == "gated":
        return await guarded_stream(exchange)
    return await guarded_answer(exchange)


async def _begun(services: Services, raw: bytes, headers: dict[str, str], trace: RequestTrace) -> Exchange:
    """A long conversation is read in a thread, so that other customers' answers go on meanwhile."""

    def begun() -> Exchange:
        return begin(services, parse_chat_request(raw), headers, trace)

    return begun() if len(raw) < LONG_BODY else await asyncio.to_thread(begun)


async def guarded_answer(exchange: Exchange) -> Response[Any]:
    """An answer that is whole before any of it leaves, told as a stream where the client asked for one."""
    upstream = await ask(exchange)
    answer = exchange.guard()
    completion = await guard_completion(exchange, answer, upstream.completion())
    await answer.record()
    completion["cxai"] = cxai_object(answer)
    headers = {**upstream.headers, **decision_headers(answer)}
    if not exchange.received.streamed:
        return Response(msgspec.json.encode(completion), media_type="application/json", headers=headers)
    chunks = completion_as_chunks(completion, usage_asked=exchange.received.usage_asked)
    return Stream(_told(chunks), media_type=EVENT_STREAM, headers={**headers, **STREAM_HEADERS})


async def _told(chunks: Sequence[JsonObject]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield event(chunk)
    yield DONE


async def ask(exchange: Exchange, messages: Messages | None = None) -> UpstreamAnswer:
    """Ask the provider for a whole answer. Raises ProxyError."""
    received = exchange.received
    raw = received.raw
    if messages is not None or received.streamed:
        raw = received.asking_whole(messages, choices=None if messages is None else 1)
    with exchange.calling(stream=False) as call:
        answer = await exchange.services.upstream.whole(
            raw, exchange.headers, call.trace_headers(), timeout_s=exchange.services.total_timeout_s
        )
        call.answered(answer.completion())
    return answer


async def guard_completion(exchange: Exchange, answer: AnswerGuard, completion: JsonObject) -> JsonObject:
    """The completion with every choice's text as it may be delivered."""
    answer.usage.update(completion.get("usage") or {})

    async def ask_again(messages: Messages) -> str | None:
        try:
            again = (await ask(exchange, messages)).completion()
        except ProxyError:
            return None
        _add_usage(answer, again.get("usage") or {})
        return next((choice["message"].get("content") for choice in again["choices"]), None)

    choices = [await guard_choice(answer, choice, ask_again) for choice in completion["choices"]]
    if not any(gate.model_text for gate in answer.gates.values()):
        answer.mark_unverified("no_text")
    usage = {key: value for key, value in answer.usage.items() if key != "reask"}
    return {**completion, "choices": choices, **({"usage": usage} if "usage" in completion else {})}


async def guard_choice(answer: AnswerGuard, choice: JsonObject, ask_again: Any) -> JsonObject:
    message = choice["message"]
    text = message["content"]
    if not text:
        return choice
    # A message that calls tools is not asked for again: the calls would be lost.
    has_calls = any(message.get(key) for key in CALLS)
    gate = await answer.settle_whole(choice["index"], text, None if has_calls else ask_again)
    if gate.closed is None:
        return {**choice, "message": {**message, "content": gate.delivered or None}}
    left = {key: value for key, value in message.items() if key not in CALLS}
    return {
        **choice,
        "message": {**left, "content": gate.delivered or None, "refusal": gate.refusal},
        "finish_reason": "stop",
    }


def _add_usage(answer: AnswerGuard, more: JsonObject) -> None:
    """What asking again cost counts in ``usage``, and is itemised under ``reask``."""
    itemised = answer.usage.setdefault("reask", {})
    for key in ("prompt_tokens", "completion_tokens", "total_tokens"):
        counted = answer.usage.get(key, 0)
        if isinstance(more.get(key), int) and isinstance(counted, int):
            answer.usage[key] = counted + more[key]
            itemised[key] = itemised.get(key, 0) + more[key]


async def guarded_stream(exchange: Exchange) -> Response[Any]:
    """A stream in which each sentence leaves once it is judged."""
    call = exchange.calling(stream=True)
    try:
        stream = await exchange.services.upstream.stream(
            exchange.received.raw,
            exchange.headers,
            call.trace_headers(),
            timeout_s=exchange.services.total_timeout_s,
        )
        await stream.expect_events()
    except ProxyError as error:
        call.failed(error)
        call.end()
        raise
    headers = {**stream.headers, **pending_headers(exchange.inquiry.response_id), **STREAM_HEADERS}
    return Stream(GatedRelay(exchange, stream, call).events(), media_type=EVENT_STREAM, headers=headers)
