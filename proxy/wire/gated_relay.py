"""A guarded stream from its first event to its end: relayed, recorded once, and closed, however it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import structlog

from proxy.wire.errors import ProxyError
from proxy.wire.exchange import Exchange
from proxy.wire.provider_call import ProviderCall, finish_reasons
from proxy.wire.streaming import DONE, StreamGuard, event, failure_event
from proxy.wire.upstream import UpstreamStream

log = structlog.get_logger(__name__)
JsonObject = dict[str, Any]


class GatedRelay:
    """One stream; ``events`` is what the client reads."""

    def __init__(self, exchange: Exchange, stream: UpstreamStream, call: ProviderCall) -> None:
        self._exchange = exchange
        self._stream = stream
        self._call = call
        self._answer = exchange.guard()
        self._guard = StreamGuard(self._answer, usage_asked=exchange.received.usage_asked)
        self._known: list[JsonObject] = []
        self._recorded = False

    async def events(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._guarded():
                yield event(chunk)
            yield DONE
        except ProxyError as error:
            self._answer.mark_unverified(type(error).code or "upstream_error")
            self._call.failed(error)
            yield failure_event(error)
        except Exception:
            log.exception("a guarded stream failed", response_id=self._exchange.inquiry.response_id)
            self._answer.mark_unverified("error")
            yield failure_event(ProxyError("The proxy failed to finish this answer.", code="internal_error"))
        finally:
            self._leave()

    async def _guarded(self) -> AsyncIterator[JsonObject]:
        """Relay, then record, then end: the record is durable before the last chunk leaves."""
        async for chunk in self._guard.relay(self._noted()):
            yield chunk
        async for chunk in self._guard.close(ended=self._stream.ended):
            yield chunk
        if not any(gate.model_text for gate in self._answer.gates.values()):
            self._answer.mark_unverified("no_text")
        self._recorded = True
        await self._answer.record()
        for chunk in self._guard.last():
            yield chunk

    async def _noted(self) -> AsyncIterator[JsonObject]:
        """The chunks; those from which the call's span learns something are ``known``."""
        async for chunk in self._stream.chunks():
            if not self._known:
                self._call.first_chunk()
            if not self._known or chunk.get("usage") or finish_reasons(chunk):
                self._known.append(chunk)
            yield chunk

    def _leave(self) -> None:
        """The client may be gone, and with it the right to wait: what is left to do goes on without it."""
        self._call.streamed(
            self._known, {index: gate.model_text for index, gate in self._answer.gates.items()}
        )
        self._call.end()
        self._exchange.services.background.start(self._finish())

    async def _finish(self) -> None:
        await self._stream.close()
        if not self._recorded:
            self._answer.mark_unverified("interrupted")
            await self._answer.record()
