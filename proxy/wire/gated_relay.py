"""A guarded stream from its first event to its end: relayed, recorded once, and closed, however it ends.

    provider -> events read ahead, their sentences judged -> gates, in order -> client

Each step waits for the one behind it, so that a client who reads slowly holds the provider back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import structlog

from proxy.wire.cxai_object import cxai_object_of
from proxy.wire.errors import ProxyError
from proxy.wire.exchange import Exchange
from proxy.wire.keep_alive import kept_alive
from proxy.wire.pausing import Pauses
from proxy.wire.provider_call import ProviderCall
from proxy.wire.read_ahead import ReadAhead
from proxy.wire.upstreams.answers import UpstreamStream

log = structlog.get_logger(__name__)

AHEAD = 65_536  # characters of events: some twenty sentences of a provider that sends a word at a time


class GatedRelay:
    """One stream; ``events`` is what the client reads."""

    def __init__(self, exchange: Exchange, stream: UpstreamStream, call: ProviderCall) -> None:
        self._exchange = exchange
        self._stream = stream
        self._call = call
        self._answer = exchange.guard()
        self._guard = exchange.dialect.stream_guard(self._answer, exchange.asked)
        self._ahead = ReadAhead(AHEAD)
        self._ends = stream.deadline - exchange.model_s + exchange.services.total_timeout_s
        self._reading: asyncio.Task[None] | None = None
        self._recording: asyncio.Task[None] | None = None

    async def events(self) -> AsyncIterator[bytes]:
        """What the client reads, with comments while a sentence is held."""
        try:
            async with aclosing(kept_alive(self._relayed(), self._exchange.services.keep_alive_s)) as events:
                async for event in events:
                    yield event
        finally:
            self._leave()

    async def _relayed(self) -> AsyncGenerator[bytes, None]:
        """Relay, then record, then end: the record is durable before the last event leaves."""
        try:
            async for event in self._guard.relay(self._provided()):
                yield event
            await self._record()
            end = list(self._guard.last(await cxai_object_of(self._answer)))
            await self._exchange.left_streamed(self._guard)
            for event in end:
                yield event
        except ProxyError as error:
            self._call.failed(error)
            yield await self._failed(error, error.reason)
        except Exception:
            log.exception("a guarded stream failed", response_id=self._exchange.inquiry.response_id)
            failure = ProxyError("The proxy failed to finish this answer.", code="internal_error")
            yield await self._failed(failure, "error")

    async def _failed(self, error: ProxyError, reason: str) -> bytes:
        """Record what had left until then, then end: the error event says what became of the answer, too.

        Where the record is durable already it holds: the event says what it says.
        """
        if self._recording is None:
            self._answer.mark_unverified(reason)
        await self._record()
        return self._guard.failure(error, await cxai_object_of(self._answer))

    async def _record(self) -> None:
        """Once; a client that leaves meanwhile does not undo it."""
        if self._recording is None:
            self._recording = asyncio.create_task(self._exchange.record(self._answer))
        await asyncio.shield(self._recording)

    async def _provided(self) -> AsyncIterator[str]:
        self._reading = asyncio.create_task(self._read_ahead())
        async for event in self._ahead.events():
            yield event

    async def _read_ahead(self) -> None:
        """Read events while those before them are judged; what ends the stream takes its turn behind them."""
        ended: Exception | None = None
        pauses = Pauses()  # of a provider that sends faster than we read there is always one more
        try:
            async for event in self._stream.events():
                await pauses.due()
                self._call.arrived()
                for choice, text in self._guard.texts(event):
                    self._answer.expect(choice, text)
                await self._put(event)
        except Exception as error:
            ended = error
        self._ahead.end(ended)

    async def _put(self, event: str) -> None:
        """While a client reads slowly, the model's time (``model_s``) stands still; the request's goes on."""
        clock = asyncio.get_running_loop().time
        waits_from = clock()
        await self._ahead.put(event)
        self._stream.deadline = min(self._stream.deadline + clock() - waits_from, self._ends)

    def _leave(self) -> None:
        """The client may be gone, and with it the right to wait: what is left to do goes on without it."""
        self._answer.lookahead.stop()
        self._call.answered(self._guard.summary())
        self._call.end()
        self._exchange.services.background.start(self._finish())

    async def _finish(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])  # a connection that is being read cannot be closed cleanly
        await self._stream.close()
        if self._recording is None:
            self._answer.mark_unverified("interrupted")
        await self._record()
