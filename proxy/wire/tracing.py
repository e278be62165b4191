"""Every request of ``/v1/`` is one trace, from its first byte to the last one of its answer, errors too."""

from __future__ import annotations

import time

import structlog
from litestar import Litestar
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.path import normalize_path

from proxy.telemetry.tracing import RequestTrace
from proxy.wire.services import Services

UNKNOWN_PATH = "/v1/*"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def traced(app: Litestar, services: Services) -> Litestar:
    """The application, with a trace around all it does for ``/v1/``.

    A middleware of Litestar's would not see requests whose path or method it does not know.
    """
    app.asgi_handler = Tracing(app.asgi_handler, services, frozenset(route.path for route in app.routes))
    return app


class Tracing:
    """Opens the SERVER span, names it in ``x-cxai-trace-id`` and in every log line, and ends it with the answer."""

    def __init__(self, app: ASGIApp, services: Services, paths: frozenset[str]) -> None:
        self._app = app
        self._services = services
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = normalize_path(scope["path"])
        if scope["type"] != ScopeType.HTTP or not path.startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        # Clients choose paths and methods: what nobody serves has one name, so that labels stay few.
        template = path if path in self._paths else UNKNOWN_PATH
        method = str(scope.get("method", ""))
        trace = self._services.telemetry.request(method, template, Headers.from_scope(scope))
        scope["state"]["trace"] = trace
        endpoint = f"{method if method in _METHODS else '_OTHER'} {template}"
        await self._run(trace, endpoint, scope, receive, send)

    async def _run(
        self, trace: RequestTrace, endpoint: str, scope: Scope, receive: Receive, send: Send
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
                await self._app(scope, receive, send_named)
            except BaseException as failure:
                error = type(failure).__name__
                raise
            finally:
                trace.end(status, error)
                self._services.metrics.request(endpoint, status, time.perf_counter() - started)
