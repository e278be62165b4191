"""``mode: observe`` and ``mode: off``: the answer leaves byte for byte; observing judges it afterwards.

Nothing changes for the customer, not even the wait: the judging happens when the answer has left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import structlog
from litestar import Response
from litestar.response import Stream

from proxy.wire.cxai_object import unguarded_headers
from proxy.wire.errors import ProxyError, UpstreamInvalid
from proxy.wire.exchange import Exchange
from proxy.wire.provider_call import ProviderCall
from proxy.wire.upstream import UpstreamAnswer, UpstreamStream, chunks_in

log = structlog.get_logger(__name__)
JsonObject = dict[str, Any]


async def unguarded(exchange: Exchange) -> Response[Any]:
    """Forward the answer as the provider gave it. Raises ProxyError."""
    call = exchange.calling(stream=exchange.received.streamed)
    upstream, raw = exchange.services.upstream, exchange.received.raw
    headers = unguarded_headers(exchange.inquiry.response_id, exchange.route.mode)
    try:
        if exchange.received.streamed:
            stream = await upstream.stream(raw, exchange.headers, call.trace_headers())
            pieces = _relayed(exchange, stream, call)
            return Stream(pieces, media_type="text/event-stream", headers={**stream.headers, **headers})
        answer = await upstream.whole(raw, exchange.headers, call.trace_headers())
    except ProxyError as error:
        call.failed(error)
        call.end()
        raise
    completion = _completion(answer)
    call.answered(completion)
    call.end()
    texts = {
        c.get("index", i): c["message"].get("content") or "" for i, c in enumerate(completion["choices"])
    }
    _observe_later(exchange, texts)
    return Response(answer.content, media_type=answer.content_type, headers={**answer.headers, **headers})


async def _relayed(exchange: Exchange, stream: UpstreamStream, call: ProviderCall) -> AsyncIterator[bytes]:
    passed = bytearray()
    try:
        async for piece in stream.raw():
            if not passed:
                call.first_chunk()
            passed += piece
            yield piece
    except ProxyError as error:
        # What has left cannot be taken back; the client sees the same cut that we saw.
        call.failed(error)
        log.warning("the provider's stream broke off", code=error.code)
    finally:
        chunks = chunks_in(bytes(passed))
        texts = texts_of_chunks(chunks)
        call.streamed(chunks, texts)
        call.end()
        exchange.services.background.start(stream.close())
        _observe_later(exchange, texts)


def _observe_later(exchange: Exchange, texts: dict[int, str]) -> None:
    if exchange.route.mode == "observe":
        exchange.services.background.start(_observe(exchange, texts))


async def _observe(exchange: Exchange, texts: dict[int, str]) -> None:
    answer = exchange.guard()
    for choice, text in texts.items():
        await answer.settle_whole(choice, text)
    if not any(texts.values()):
        answer.mark_unverified("no_text")
    await answer.record()


def _completion(answer: UpstreamAnswer) -> JsonObject:
    """The answer read; what is no completion is passed on all the same, and nothing of it is judged."""
    try:
        return answer.completion()
    except UpstreamInvalid:
        return {"choices": []}


def texts_of_chunks(chunks: list[JsonObject]) -> dict[int, str]:
    """The text of each choice of a stream."""
    texts: dict[int, str] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or []:
            content = (choice.get("delta") or {}).get("content")
            index = choice.get("index", 0)
            texts[index] = texts.get(index, "") + (content if isinstance(content, str) else "")
    return texts
