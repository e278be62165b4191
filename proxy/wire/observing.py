"""``mode: observe`` and ``mode: off``: the answer leaves byte for byte; observing judges it afterwards.

Nothing changes for the customer, not even the wait: the judging happens when the answer has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from litestar import Response
from litestar.response import Stream

from proxy.wire.cxai_object import unguarded_headers
from proxy.wire.dialects.dialect import Observed, Place, WholeAnswer
from proxy.wire.errors import ProxyError, UpstreamInvalid
from proxy.wire.exchange import Exchange
from proxy.wire.provider_call import ProviderCall
from proxy.wire.upstreams.answers import UpstreamStream, events_in

LONG_ANSWER = 200_000  # bytes


async def unguarded(exchange: Exchange) -> Response[Any]:
    """Forward the answer as the provider gave it. Raises ProxyError."""
    asked = exchange.asked
    call = exchange.calling(stream=asked.streamed)
    headers = unguarded_headers(exchange.inquiry.response_id, exchange.route.mode)
    try:
        if asked.streamed:
            return RawRelay(exchange, await exchange.stream(call), call).response(headers)
        received = await exchange.whole(call)
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
        self._broke_off: str | None = "interrupted"  # why, until it is whole

    def response(self, headers: dict[str, str]) -> Response[Any]:
        return Stream(
            self._pieces(),
            media_type=self._stream.content_type,
            headers={**self._stream.headers, **headers},
        )

    async def _pieces(self) -> AsyncIterator[bytes]:
        """Raises where the provider's answer breaks off, which cuts the client's connection too."""
        try:
            async for piece in self._stream.raw():
                self._call.arrived()
                if len(self._passed) <= self._stream.max_bytes:
                    self._passed += piece
                yield piece
            # What is longer was not kept to its end, so it cannot be judged to its end.
            self._broke_off = UpstreamInvalid.code if len(self._passed) > self._stream.max_bytes else None
        except ProxyError as error:
            self._broke_off = error.reason
            self._call.failed(error)
            raise
        finally:
            self._leave()

    def _leave(self) -> None:
        content, background = bytes(self._passed), self._exchange.services.background
        background.start(self._stream.close())
        if len(content) < LONG_ANSWER:
            self._settle(self._read(content))
        else:
            background.start(self._settle_in_thread(content))

    async def _settle_in_thread(self, content: bytes) -> None:
        """Reading a long answer takes its time, in which other customers' go on."""
        self._settle(await asyncio.to_thread(self._read, content))

    def _read(self, content: bytes) -> WholeAnswer | Observed:
        if self._stream.has_events:
            return self._exchange.dialect.observed(events_in(content))
        return _whole(self._exchange, content)

    def _settle(self, answer: WholeAnswer | Observed) -> None:
        if isinstance(answer, Observed):
            self._broke_off = self._broke_off or answer.broke_off
        self._call.answered(answer.summary)
        self._call.end()
        _observe_later(self._exchange, answer.places, self._broke_off)


def _whole(exchange: Exchange, content: bytes) -> WholeAnswer | Observed:
    """The answer read; what cannot be read is passed on all the same, and nothing of it is judged."""
    try:
        return exchange.dialect.whole(content)
    except UpstreamInvalid:
        return Observed()


def _observe_later(exchange: Exchange, places: Sequence[Place], broke_off: str | None = None) -> None:
    if exchange.route.mode == "observe":
        exchange.services.background.start(_observe(exchange, places, broke_off))


async def _observe(exchange: Exchange, places: Sequence[Place], broke_off: str | None) -> None:
    """What is there of an answer that ``broke_off``, for that reason, is judged, and called unverified."""
    exchange = await exchange.looked_ahead()
    answer = exchange.guard()
    if exchange.inquiry.stopping is not None:
        await answer.unasked(())
    await exchange.settle(answer, places)
    if broke_off is not None:
        answer.mark_unverified(broke_off)
    await exchange.record(answer)
