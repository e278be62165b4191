"""``mode: observe`` and ``mode: off``: the answer leaves byte for byte; observing judges it afterwards.

Nothing changes for the customer, not even the wait: the judging happens when the answer has left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog
from litestar import Response
from litestar.response import Stream

from proxy.wire.cxai_object import unguarded_headers
from proxy.wire.dialects.dialect import Observed, Place, WholeAnswer
from proxy.wire.errors import ProxyError, UpstreamInvalid
from proxy.wire.exchange import Exchange
from proxy.wire.provider_call import ProviderCall
from proxy.wire.upstream import UpstreamStream, events_in

log = structlog.get_logger(__name__)


async def unguarded(exchange: Exchange) -> Response[Any]:
    """Forward the answer as the provider gave it. Raises ProxyError."""
    upstream, asked = exchange.services.upstream, exchange.asked
    call = exchange.calling(stream=asked.streamed)
    headers = unguarded_headers(exchange.inquiry.response_id, exchange.route.mode)
    request = (asked.path, asked.raw, exchange.headers, call.trace_headers())
    timeout_s = exchange.services.total_timeout_s
    try:
        if asked.streamed:
            relay = RawRelay(exchange, await upstream.stream(*request, timeout_s=timeout_s), call)
            return relay.response(headers)
        received = await upstream.whole(*request, timeout_s=timeout_s)
    except ProxyError as error:
        call.failed(error)
        call.end()
        raise
    answer = _whole(exchange, received.content)
    call.answered(answer.summary)
    call.end()
    _observe_later(exchange, answer.places)
    return Response(
        received.content, media_type=received.content_type, headers={**received.headers, **headers}
    )


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
        content, exchange = bytes(self._passed), self._exchange
        if self._stream.has_events:
            answer: WholeAnswer | Observed = exchange.dialect.observed(events_in(content))
        else:
            answer = _whole(exchange, content)
        self._call.answered(answer.summary)
        self._call.end()
        exchange.services.background.start(self._stream.close())
        _observe_later(exchange, answer.places)


def _whole(exchange: Exchange, content: bytes) -> WholeAnswer | Observed:
    """The answer read; what cannot be read is passed on all the same, and nothing of it is judged."""
    try:
        return exchange.dialect.whole(content)
    except UpstreamInvalid:
        return Observed()


def _observe_later(exchange: Exchange, places: Sequence[Place]) -> None:
    if exchange.route.mode == "observe":
        exchange.services.background.start(_observe(exchange, places))


async def _observe(exchange: Exchange, places: Sequence[Place]) -> None:
    answer = exchange.guard()
    await exchange.settle(answer, places)
    await answer.record()
