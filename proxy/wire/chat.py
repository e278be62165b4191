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
from proxy.wire.chat_request import parse_chat_request
from proxy.wire.cxai_object import cxai_object, decision_headers, pending_headers
from proxy.wire.errors import ProxyError, UpstreamTimeout
from proxy.wire.exchange import Exchange, begin
from proxy.wire.observing import unguarded
from proxy.wire.provider_call import ProviderCall, finish_reasons
from proxy.wire.services import Services
from proxy.wire.streaming import DONE, StreamGuard, completion_as_chunks, event, failure_event
from proxy.wire.upstream import UpstreamAnswer, UpstreamStream

JsonObject = dict[str, Any]
EVENT_STREAM = "text/event-stream"
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


@post("/v1/chat/completions", status_code=200, include_in_schema=False)
async def chat_completions(
    request: Request[Any, Any, State], services: NamedDependency[Services]
) -> Response[Any]:
    received = parse_chat_request(await request.body())
    headers = {name.lower(): value for name, value in request.headers.items()}
    exchange = begin(services, received, headers, request.scope["state"]["trace"])
    if exchange.route.mode != "enforce":
        return await unguarded(exchange)
    if received.streamed and exchange.route.delivery == "gated":
        return await guarded_stream(exchange)
    return await guarded_answer(exchange)


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
        try:
            async with asyncio.timeout(exchange.services.total_timeout_s):
                answer = await exchange.services.upstream.whole(raw, exchange.headers, call.trace_headers())
        except TimeoutError:
            raise UpstreamTimeout("The model provider did not finish its answer in time.") from None
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

    choices = [
        await guard_choice(answer, position, choice, ask_again)
        for position, choice in enumerate(completion["choices"])
    ]
    if not any(gate.model_text for gate in answer.gates.values()):
        answer.mark_unverified("no_text")
    usage = {key: value for key, value in answer.usage.items() if key != "reask"}
    return {**completion, "choices": choices, **({"usage": usage} if "usage" in completion else {})}


async def guard_choice(answer: AnswerGuard, position: int, choice: JsonObject, ask_again: Any) -> JsonObject:
    message = choice["message"]
    text = message.get("content")
    if not text:
        return choice
    index = choice.get("index", position)
    # A message that calls tools is not asked for again: the calls would be lost.
    gate = await answer.settle_whole(index, text, None if message.get("tool_calls") else ask_again)
    if not gate.changed and gate.model_text == text:
        return choice
    message = {**message, "content": gate.delivered or None}
    if gate.refusal is not None:
        message["refusal"] = gate.refusal
    if gate.closed is not None:
        message.pop("tool_calls", None)
    reason = "stop" if gate.closed is not None else choice.get("finish_reason")
    kept = {key: value for key, value in choice.items() if key != "logprobs"}
    return {**kept, "message": message, "finish_reason": reason}


def _add_usage(answer: AnswerGuard, more: JsonObject) -> None:
    """What asking again cost counts in ``usage``, and is itemised under ``reask``."""
    itemised = answer.usage.setdefault("reask", {})
    for key in ("prompt_tokens", "completion_tokens", "total_tokens"):
        if isinstance(more.get(key), int):
            answer.usage[key] = answer.usage.get(key, 0) + more[key]
            itemised[key] = itemised.get(key, 0) + more[key]


async def guarded_stream(exchange: Exchange) -> Response[Any]:
    """A stream in which each sentence leaves once it is judged."""
    call = exchange.calling(stream=True)
    try:
        stream = await exchange.services.upstream.stream(
            exchange.received.raw, exchange.headers, call.trace_headers()
        )
    except ProxyError as error:
        call.failed(error)
        call.end()
        raise
    headers = {**stream.headers, **pending_headers(exchange.inquiry.response_id), **STREAM_HEADERS}
    return Stream(_gated(exchange, stream, call), media_type=EVENT_STREAM, headers=headers)


async def _gated(exchange: Exchange, stream: UpstreamStream, call: ProviderCall) -> AsyncIterator[bytes]:
    """Relay, then record, then end. However the stream ends, its record is written once."""
    answer = exchange.guard()
    guard = StreamGuard(answer)
    known: list[JsonObject] = []
    recorded = False
    try:
        async for chunk in guard.relay(_noted(stream, call, known)):
            yield event(chunk)
        async for chunk in guard.close(ended=stream.ended):
            yield event(chunk)
        if not any(gate.model_text for gate in answer.gates.values()):
            answer.mark_unverified("no_text")
        recorded = True
        await answer.record()
        for chunk in guard.last():
            yield event(chunk)
        yield DONE
    except ProxyError as error:
        answer.mark_unverified(error.code or "upstream_error")
        call.failed(error)
        yield failure_event(error)
    finally:
        call.streamed(known, {index: gate.model_text for index, gate in answer.gates.items()})
        call.end()
        # The client may be gone, and with it the right to wait here.
        exchange.services.background.start(_leave(stream, answer, recorded))


async def _leave(stream: UpstreamStream, answer: AnswerGuard, recorded: bool) -> None:
    await stream.close()
    if not recorded:
        answer.mark_unverified("interrupted")
        await answer.record()


async def _noted(
    stream: UpstreamStream, call: ProviderCall, known: list[JsonObject]
) -> AsyncIterator[JsonObject]:
    """The chunks; those from which the call's span learns something are ``known``."""
    async for chunk in stream.chunks():
        if not known:
            call.first_chunk()
        if not known or chunk.get("usage") or finish_reasons(chunk):
            known.append(chunk)
        yield chunk
