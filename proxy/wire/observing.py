"""``mode: observe`` and ``mode: off``: the answer leaves byte for byte; observing judges it afterwards.

Nothing changes for the customer, not even the wait: the judging happens when the answer has left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import structlog
from litestar import Response
from litestar.response import Stream

from proxy.telemetry.spans import ChatSpan
from proxy.wire.cxai_object import unguarded_headers
from proxy.wire.errors import ProxyError, UpstreamInvalid
from proxy.wire.exchange import Exchange
from proxy.wire.upstream import UpstreamAnswer, UpstreamStream, chunks_in

log = structlog.get_logger(__name__)
JsonObject = dict[str, Any]


async def unguarded(exchange: Exchange) -> Response[Any]:
    """Forward the answer as the provider gave it. Raises ProxyError."""
    span = exchange.chat_span(stream=exchange.received.streamed)
    upstream, raw = exchange.services.upstream, exchange.received.raw
    headers = unguarded_headers(exchange.inquiry.response_id, exchange.route.mode)
    try:
        if exchange.received.streamed:
            stream = await upstream.stream(raw, exchange.upstream_headers(span))
            pieces = _relayed(exchange, stream, span)
            return Stream(pieces, media_type="text/event-stream", headers={**stream.headers, **headers})
        answer = await upstream.whole(raw, exchange.upstream_headers(span))
    except ProxyError as error:
        span.failed(error.code or error.type)
        span.end()
        raise
    span.end()
    _observe_later(exchange, _texts_of_answer(answer))
    return Response(answer.content, media_type=answer.content_type, headers={**answer.headers, **headers})


async def _relayed(exchange: Exchange, stream: UpstreamStream, span: ChatSpan) -> AsyncIterator[bytes]:
    passed = bytearray()
    try:
        async for piece in stream.raw():
            passed += piece
            yield piece
    except ProxyError as error:
        # What has left cannot be taken back; the client sees the same cut that we saw.
        span.failed(error.code or error.type)
        log.warning("the provider's stream broke off", code=error.code)
    finally:
        span.end()
        exchange.services.background.start(stream.close())
        _observe_later(exchange, texts_of_chunks(chunks_in(bytes(passed))))


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


def _texts_of_answer(answer: UpstreamAnswer) -> dict[int, str]:
    try:
        choices = answer.completion()["choices"]
    except UpstreamInvalid:
        return {}
    return {c.get("index", i): c["message"].get("content") or "" for i, c in enumerate(choices)}


def texts_of_chunks(chunks: list[JsonObject]) -> dict[int, str]:
    """The text of each choice of a stream."""
    texts: dict[int, str] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or []:
            content = (choice.get("delta") or {}).get("content")
            index = choice.get("index", 0)
            texts[index] = texts.get(index, "") + (content if isinstance(content, str) else "")
    return texts
