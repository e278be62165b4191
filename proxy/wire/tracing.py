"""Every request to a door is one trace, from its first byte to the last one of its answer, errors too."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

import structlog
from litestar import Litestar
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.path import normalize_path

from proxy.telemetry.tracing import RequestTrace
from proxy.wire.errors import ProxyError
from proxy.wire.services import Services

log = structlog.get_logger(__name__)

PREFIX = "/v1/"
UNKNOWN_PATH = f"{PREFIX}*"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def traced(app: Litestar, services: Services, doors: Iterable[str]) -> Litestar:
    """The application, with a trace around all it does for ``/v1/`` and for ``doors``, which are paths of its routes.

    A middleware of Litestar's would not see requests whose path or method it does not know.
    """
    known = {route.path for route in app.routes if route.path.startswith(PREFIX)}
    app.asgi_handler = Tracing(app.asgi_handler, services, known.union(doors))
    return app


class Tracing:
    """Opens the SERVER span, names it in ``x-cxai-trace-id`` and in every log line, and ends it with the answer."""

    def __init__(self, app: ASGIApp, services: Services, paths: Iterable[str]) -> None:
        self._app = app
        self._services = services
        self._paths = [(_pattern(path), path) for path in paths]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = normalize_path(scope["path"])
        template = self._template(path)
        if scope["type"] != ScopeType.HTTP or template is None:
            await self._app(scope, receive, send)
            return
        method = str(scope.get("method", ""))
        # Not Headers.from_scope, which Litestar would remember: the doorkeeper has yet to take our keys out.
        trace = self._services.telemetry.request(method, template, Headers(scope["headers"]))
        scope["state"]["trace"] = trace
        endpoint = f"{method if method in _METHODS else '_OTHER'} {template}"
        await self._run(trace, endpoint, scope, receive, send)

    def _template(self, path: str) -> str | None:
        """The path as its route has it; None where it is not traced.

        Clients choose paths and methods: what nobody serves has one name, so that labels stay few.
        """
        unknown = UNKNOWN_PATH if path.startswith(PREFIX) else None
        return next((template for pattern, template in self._paths if pattern.fullmatch(path)), unknown)

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
                broken = _broken_answer(failure)
                error = type(failure).__name__ if broken is None else broken.code or broken.type
                if broken is None:
                    raise
                # An answer without its end makes the server cut the client's connection.
                log.warning("the provider's answer broke off", code=error)
            finally:
                trace.end(status, error)
                self._services.metrics.request(endpoint, status, time.perf_counter() - started)


def _broken_answer(failure: BaseException) -> ProxyError | None:
    """The provider's failure in an answer that passes as it comes, once part of it has left.

    Litestar wraps what its streams raise: in a group, as the cause of an exception of its own.
    """
    if isinstance(failure, ProxyError):
        return failure
    within = failure.exceptions if isinstance(failure, BaseExceptionGroup) else [failure.__cause__]
    return next((found for each in within if each and (found := _broken_answer(each))), None)


def _pattern(path: str) -> re.Pattern[str]:
    """What Litestar's path ``/a/{b:str}`` stands for; ``{b:path}`` is all that follows."""
    return re.compile("/".join(_part_pattern(part) for part in path.split("/")))


def _part_pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return ".+" if part.endswith(":path}") else "[^/]+"
