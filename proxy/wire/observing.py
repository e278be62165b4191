"""``mode: observe`` and ``mode: off``: the answer leaves byte for byte; observing judges it afterwards.

Nothing changes for the customer, not even the wait: the judging happens when the answer has left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import structlog
from litestar import Response
from litestar.response import Stream

from proxy.wire.answer_shape import completion_of
from proxy.wire.cxai_object import unguarded_headers
from proxy.wire.errors import ProxyError, UpstreamInvalid
from proxy.wire.exchange import Exchange
from proxy.wire.provider_call import ProviderCall
from proxy.wire.upstream import UpstreamStream, chunks_in

log = structlog.get_logger(__name__)
JsonObject = dict[str, Any]


async def unguarded(exchange: Exchange) -> Response[Any]:
    """Forward the answer as the provider gave it. Raises ProxyError."""
    call = exchange.calling(stream=exchange.received.streamed)
    upstream, raw = exchange.services.upstream, exchange.received.raw
    headers = unguarded_headers(exchange.inquiry.response_id, exchange.route.mode)
    asked = (raw, exchange.headers, call.trace_headers())
    timeout_s = exchange.services.total_timeout_s
    try:
        if exchange.received.streamed:
            relay = RawRelay(exchange, await upstream.stream(*asked, timeout_s=timeout_s), call)
            return relay.response(headers)
        answer = await upstream.whole(*asked, timeout_s=timeout_s)
    except ProxyError as error:
        call.failed(error)
        call.end()
        raise
    completion = _completion(answer.content)
    call.answered(completion)
    call.end()
    _observe_later(exchange, _texts(completion))
    return Response(answer.content, media_type=answer.content_type, headers={**answer.headers, **headers})


class RawRelay:
    """A stream that leaves byte for byte; what has passed is looked at afterwards."""

    def __init__(self, exchange: Exchange, stream: UpstreamStream, call: ProviderCall) -> None:
        self._exchange = exchange
        self._stream = stream
        self._call = call
        self._passed = bytearray()

    def response(self, headers: dict[str, str]) -> Response[Any]:
        return Stream(
            self._pieces(),
            media_type=self._stream.content_type,
            headers={**self._stream.headers, **headers},
        )

    async def _pieces(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._stream.raw():
                if not self._passed:
                    self._call.first_chunk()
                if len(self._passed) <= self._stream.max_bytes:
                    self._passed += piece
                yield piece
        except ProxyError as error:
            # What has left cannot be taken back; the client sees the same cut that we saw.
            self._call.failed(error)
            log.warning("the provider's stream broke off", code=error.code)
        finally:
            self._leave()

    def _leave(self) -> None:
        content = bytes(self._passed)
        chunks = chunks_in(content) if self._stream.has_events else []
        texts = texts_of_chunks(chunks) if self._stream.has_events else _texts(_completion(content))
        self._call.streamed(chunks, texts)
        self._call.end()
        self._exchange.services.background.start(self._stream.close())
        _observe_later(self._exchange, texts)


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


def _completion(content: bytes) -> JsonObject:
    """The answer read; what is no completion is passed on all the same, and nothing of it is judged."""
    try:
        return completion_of(content)
    except UpstreamInvalid:
        return {"choices": []}


def _texts(completion: JsonObject) -> dict[int, str]:
    return {choice["index"]: choice["message"]["content"] or "" for choice in completion["choices"]}


def texts_of_chunks(chunks: list[JsonObject]) -> dict[int, str]:
    """The text of each choice of a stream."""
    texts: dict[int, str] = {}
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        texts[choice["index"]] = texts.get(choice["index"], "") + (choice["delta"].get("content") or "")
    return texts
