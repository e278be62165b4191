"""Several upstreams that are asked as one: the next where one fails, as long as nothing has left to the client.

    choose ─▶ ask ─▶ its answer
      ▲        └──▶ failed: is it worth another call? ─▶ not: the error
      └── wait ◀──────────────────────────┘ yes

One upstream is a list of one: there is no other way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import count
from typing import TypeVar

import httpx
import structlog

from proxy.telemetry.metrics import Metrics
from proxy.wire.errors import (
    ProxyError,
    UnknownModel,
    UpstreamsUnavailable,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from proxy.wire.provider_call import ProviderCall
from proxy.wire.upstreams.answers import (
    ANSWERED_BY,
    EVENT_STREAM,
    UpstreamAnswer,
    UpstreamStream,
    passed_back,
)
from proxy.wire.upstreams.places import Place
from proxy.wire.upstreams.retrying import Tries, may_be_retried
from proxy.wire.upstreams.upstream import ModelRequest, Upstream

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class Upstreams:
    """``upstreams`` by their priority, the first one first. For one event loop.

    Those that are reserved for candidates are ``reserved``, and asked by way of ``only``.
    """

    def __init__(self, upstreams: Sequence[Upstream], metrics: Metrics) -> None:
        ordered = sorted(upstreams, key=lambda one: one.options.priority)
        self.upstreams = [one for one in ordered if not one.options.reserved]
        self.reserved = [one for one in ordered if one.options.reserved]
        self._metrics = metrics
        self._turns = count(1)

    @property
    def first(self) -> Place:
        return self.upstreams[0].place

    async def whole(self, request: ModelRequest, call: ProviderCall, *, timeout_s: float) -> UpstreamAnswer:
        """Ask and read the whole answer, within ``timeout_s`` with all that is tried. Raises ProxyError."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        by, answer = await self._asked(request, call, Upstream.whole, deadline)
        answer.headers[ANSWERED_BY] = by.name
        return answer

    async def stream(self, request: ModelRequest, call: ProviderCall, *, timeout_s: float) -> UpstreamStream:
        """Ask and return once the status is known; the caller closes the stream. Raises ProxyError."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        by, response = await self._asked(request, call, Upstream.begin, deadline)
        headers = {**passed_back(response.headers), ANSWERED_BY: by.name}
        content_type = response.headers.get("content-type", EVENT_STREAM)
        return UpstreamStream(response, headers, content_type, by.max_answer_bytes, deadline)

    async def forward(
        self, method: str, path: str, headers: Mapping[str, str], content: AsyncIterator[bytes] | None
    ) -> tuple[str, httpx.Response]:
        """Ask with a body that is sent as it comes, and say who answered; the caller reads and closes the answer.

        The next is asked only where one cannot be reached: then nothing of the body was sent. Raises ProxyError.
        """
        failed: ProxyError | None = None
        for upstream in self.upstreams:
            if upstream.breaker.wait_s() > 0:
                continue
            try:
                with upstream.breaker.call(upstream.counts_against) as outcome:
                    response = await upstream.forward(method, path, headers, content)
                    outcome.failed = response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
                return upstream.name, response
            except ProxyError as error:
                error.headers[ANSWERED_BY] = upstream.name
                if not _never_connected(error):
                    raise
                failed = error
        raise failed or _unavailable(self.upstreams)

    def only(self, name: str) -> Upstreams | None:
        """The one of this name, as if there were no other; None where there is none. Closed with all others."""
        named = next((one for one in (*self.upstreams, *self.reserved) if one.name == name), None)
        if named is None:
            return None
        alone = Upstreams([], self._metrics)
        alone.upstreams = [named]
        return alone

    async def close(self) -> None:
        for upstream in (*self.upstreams, *self.reserved):
            await upstream.close()

    async def _asked(
        self,
        request: ModelRequest,
        call: ProviderCall,
        ask: Callable[[Upstream, ModelRequest], Awaitable[Result]],
        deadline: float,
    ) -> tuple[Upstream, Result]:
        """The answer of the first upstream that gives one by ``deadline``. Raises ProxyError."""
        tries = Tries()
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    upstream = await self._next(request.model, tries, deadline)
                    tries.begun(upstream)
                    call.trying(upstream.place, tries.resends)
                    try:
                        with upstream.breaker.call(upstream.counts_against):
                            return upstream, await ask(upstream, request)
                    except ProxyError as error:
                        error.headers[ANSWERED_BY] = upstream.name
                        if not may_be_retried(error):
                            raise
                        tries.failed(upstream, error, asyncio.get_running_loop().time())
        except TimeoutError:
            raise UpstreamTimeout("total_timeout_s") from None

    async def _next(self, model: str, tries: Tries, deadline: float) -> Upstream:
        """The upstream to ask now, waited for. Raises what the last one said where there is none by ``deadline``."""
        now = asyncio.get_running_loop().time
        while True:
            upstream = self._soonest(model, tries)
            at = tries.at(upstream)
            if tries.error is not None and at >= deadline:
                raise tries.error
            if at <= now():
                break
            await asyncio.sleep(at - now())
        if tries.error is not None:
            self._note_retry(tries.error, upstream)
        upstream.turn = next(self._turns)
        return upstream

    def _soonest(self, model: str, tries: Tries) -> Upstream:
        """The upstream that may be asked first; of several the one that was not asked yet, by priority and turn."""
        taking = [one for one in self.upstreams if one.takes(model)]
        if not taking:
            raise UnknownModel(model)
        asked = [one for one in taking if tries.may_ask(one) and one.breaker.wait_s() <= 0]
        if not asked:
            raise tries.error or _unavailable(taking)
        return min(asked, key=lambda one: (tries.at(one), one.options.priority, one.turn))

    def _note_retry(self, error: ProxyError, to: Upstream) -> None:
        by, why = error.headers[ANSWERED_BY], error.code or error.type
        self._metrics.upstream_retry(by, why)
        log.warning(
            "a provider failed; it is tried again", upstream=by, code=why, status=error.status, next=to.name
        )


def _unavailable(upstreams: Sequence[Upstream]) -> UpstreamsUnavailable:
    return UpstreamsUnavailable(min(one.breaker.wait_s() for one in upstreams))


def _never_connected(error: ProxyError) -> bool:
    if isinstance(error, UpstreamTimeout):
        return error.phase == "connect_timeout_s"
    return isinstance(error, UpstreamUnreachable) and isinstance(error.__cause__, httpx.ConnectError)
