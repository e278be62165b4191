"""The Litestar application: everything is made here once, handed to the doors, and closed in order at the end."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.types import Scope

from proxy.console.ahead import read_ahead
from proxy.console.door import ConsoleDoor
from proxy.console.headers import ConsoleHeaders
from proxy.context.gathering import CustomerContext
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.models.ahead import ShippedModels
from proxy.opening import open_keys, open_tenants
from proxy.running import running
from proxy.settings import Settings
from proxy.verifiers.registry import tiers_of
from proxy.wire.admission import Admission
from proxy.wire.check import guard_check
from proxy.wire.contacts import report_contacts
from proxy.wire.cxai_object import unverified_headers
from proxy.wire.desk.every import ESCALATION_DOORS
from proxy.wire.dialects.registry import DIALECTS
from proxy.wire.door import door
from proxy.wire.doorkeeper import Doorkeeper, caller_of, may_enter
from proxy.wire.errors import ProxyError, error_object
from proxy.wire.feedback import give_feedback
from proxy.wire.kept_responses import KEPT_RESPONSES
from proxy.wire.notify.ways import Ways
from proxy.wire.operations import healthz, metrics, readyz
from proxy.wire.passthrough import passing_doors, unknown_path
from proxy.wire.policies import POLICY_DOORS
from proxy.wire.prompt_bodies import PromptBodies
from proxy.wire.services import Services
from proxy.wire.timeline import customer_timeline
from proxy.wire.tracing import traced

log = structlog.get_logger(__name__)
STATUS_TYPES = {401: "authentication_error", 429: "rate_limit_error"}
STATUS_CODES = {405: "method_not_allowed", 413: "body_too_large"}


def create_app(
    settings: Settings,
    context: CustomerContext | None = None,
    models: ShippedModels | None = None,
    *,
    rehearsed: bool = False,
) -> Litestar:
    """The application. What it opens at start-up (ledger, corpus) raises there, with a message for people.

    ``context`` says what is known of customers, in the place of the sources that are declared. ``models`` are those of
    the settings' verifier, where somebody has begun to read them. ``rehearsed``: all answers are by what runs, and no
    candidate gets a copy or a share of them.
    """
    closing = ExitStack()
    models = models or ShippedModels(*tiers_of(settings.verifier))
    ledger = Ledger.open(settings.database_url, store_text=settings.store_text)
    keys = open_keys(settings, ledger)
    tenants = open_tenants(settings, ledger, models, closing, context)
    services = tenants[DEFAULT_TENANT]
    passing = passing_doors(settings.pass_through)
    secure = settings.tls_cert is not None or settings.console.is_secure

    def services_of(scope: Scope) -> Services:
        """Those of the caller's tenant, and no other's."""
        return tenants[caller_of(scope).tenant]

    def not_found(request: Request[Any, Any, State], _: NotFoundException) -> Response[Any]:
        return proxy_error(request, unknown_path(settings.pass_through))

    def pages() -> Litestar:
        from proxy.console.app import console_app  # much to load: see ConsoleDoor

        ways = Ways(settings.notify, settings.recall)
        return console_app(
            tenants,
            settings.console,
            settings.review,
            ways,
            secure=secure,
            database_url=settings.database_url,
        )

    app = Litestar(
        route_handlers=[
            *map(door, DIALECTS),
            guard_check,
            report_contacts,
            give_feedback,
            customer_timeline,
            *KEPT_RESPONSES,
            *POLICY_DOORS,
            *ESCALATION_DOORS,
            *passing,
            healthz,
            readyz,
            metrics,
        ],
        guards=[may_enter],
        dependencies={
            "services": Provide(services_of, sync_to_thread=False),
            "tenants": Provide(lambda: tenants, sync_to_thread=False),
        },
        exception_handlers={
            ProxyError: proxy_error,
            NotFoundException: not_found,
            HTTPException: http_error,
            Exception: internal_error,
        },
        lifespan=[
            lambda _: running(
                tenants,
                keys,
                settings,
                closing,
                partial(read_ahead, console, ledger.people),
                rehearsed=rehearsed,
            )
        ],
        request_max_body_size=settings.max_body_bytes,
        state=State({"services": services, "tenants": tenants}),
        openapi_config=None,
        logging_config=None,
    )
    console = ConsoleDoor(app.asgi_handler, pages)
    closing.callback(console.close)
    admission = Admission(
        PromptBodies(console),
        services.metrics,
        places=settings.max_requests,
        wait_s=settings.max_wait_s,
    )
    doorkeeper = Doorkeeper(admission, keys, tenants.keys(), services.metrics)
    app.asgi_handler = ConsoleHeaders(doorkeeper, secure=secure)
    doors = [path for dialect in DIALECTS for path in dialect.paths]
    return traced(app, services, [*doors, *(path for each in passing for path in each.paths)])


def proxy_error(request: Request[Any, Any, State], error: ProxyError) -> Response[bytes]:
    """What went wrong between client and provider; a provider that fails is the operator's business too."""
    if error.status >= 500:
        log.warning("the provider failed", code=error.code, status=error.status, cause=_cause(error))
    headers = {**error.headers, **_unverified(request, error.code or error.type)}
    return Response(error.body(), status_code=error.status, media_type="application/json", headers=headers)


def _unverified(request: Request[Any, Any, State], reason: str) -> dict[str, str]:
    """The headers of an error; the request's trace, where it has one, says the same."""
    trace = request.scope["state"].get("trace")
    if trace is not None:
        trace.unverified(reason)
    return unverified_headers(reason)


def _cause(error: BaseException) -> str | None:
    """The kind of the underlying exception; its text may hold addresses and keys."""
    return type(error.__cause__).__name__ if error.__cause__ else None


def http_error(request: Request[Any, Any, State], error: HTTPException) -> Response[dict[str, Any]]:
    """Litestar's own errors (wrong method, body too large) in OpenAI's shape, with the methods that are allowed."""
    if error.status_code >= 500:
        return internal_error(request, error)
    kind = STATUS_TYPES.get(error.status_code, "invalid_request_error")
    code = STATUS_CODES.get(error.status_code)
    headers = {**(error.headers or {}), **_unverified(request, code or kind)}
    body = error_object(error.detail, kind, code=code)
    return Response(body, status_code=error.status_code, headers=headers)


def internal_error(request: Request[Any, Any, State], error: Exception) -> Response[dict[str, Any]]:
    """A mistake of ours: the log has the trace, the client gets a sentence."""
    log.error("request failed", exc_info=error)
    message = (
        "The proxy failed to handle this request. Nothing was verified. The trace id is in x-cxai-trace-id."
    )
    body = error_object(message, "server_error", code="internal_error")
    return Response(body, status_code=500, headers=_unverified(request, "error"))
