"""Every request of ``/v1/`` is one trace, from its first byte to the last one of its answer."""

from __future__ import annotations

import time

import structlog
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from proxy.telemetry.tracing import RequestTrace
from proxy.wire.services import Services


class TracingMiddleware(ASGIMiddleware):
    """Opens the SERVER span, names it in ``x-cxai-trace-id`` and in every log line, and ends it with the answer."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        path = scope["path"]
        if not path.startswith("/v1/"):
            await next_app(scope, receive, send)
            return
        services: Services = scope["litestar_app"].state.services
        method = str(scope.get("method", ""))
        trace = services.telemetry.request(method, path, Headers.from_scope(scope))
        scope["state"]["trace"] = trace
        await _traced(services, trace, scope, receive, send, next_app)


async def _traced(
    services: Services, trace: RequestTrace, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
) -> None:
    started, status = time.perf_counter(), 500

    async def send_named(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            MutableScopeHeaders.from_message(message)["x-cxai-trace-id"] = trace.trace_id
        await send(message)

    error: str | None = None
    with structlog.contextvars.bound_contextvars(trace_id=trace.trace_id, span_id=trace.span_id):
        try:
            await next_app(scope, receive, send_named)
        except BaseException as failure:
            error = type(failure).__name__
            raise
        finally:
            trace.end(status, error)
            services.metrics.request(
                f"{scope.get('method')} {scope['path']}", status, time.perf_counter() - started
            )
