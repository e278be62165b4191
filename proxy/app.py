"""The Litestar application: everything is made here once, handed to the doors, and closed in order at the end."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.types import Scope

from proxy.access.live import LiveKeys
from proxy.access.opening import check_exposure, make_first_key
from proxy.actions.ahead import Ahead
from proxy.context.forgetting import FactRetention
from proxy.context.gathering import ContextReader
from proxy.context.sources.source import Surroundings
from proxy.context.system_documents import SystemDocuments
from proxy.corpus.live import LiveCorpus
from proxy.grounding.text.language import read_model
from proxy.guard import Guard
from proxy.ledger.ledger import LEDGER_S, Ledger, LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.models.embedder import Embedder
from proxy.rules.audit import PolicyAudit
from proxy.rules.live import LivePolicies
from proxy.settings import Settings
from proxy.telemetry.loop import watch_loop
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import Telemetry
from proxy.verifiers.calibrated import calibrated
from proxy.verifiers.parts import Parts
from proxy.verifiers.pool import JudgePool
from proxy.verifiers.registry import open_verifier, threads_that_wait
from proxy.wire.admission import Admission
from proxy.wire.check import guard_check
from proxy.wire.contacts import report_contacts
from proxy.wire.cxai_object import unverified_headers
from proxy.wire.dialects.registry import DIALECTS
from proxy.wire.door import door
from proxy.wire.doorkeeper import Doorkeeper, caller_of, may_enter
from proxy.wire.draining import Draining
from proxy.wire.errors import ProxyError, error_object
from proxy.wire.kept_responses import KEPT_RESPONSES
from proxy.wire.operations import healthz, metrics, readyz
from proxy.wire.overdue import watch_open_cases
from proxy.wire.passthrough import passing_doors, unknown_path
from proxy.wire.policies import POLICY_DOORS
from proxy.wire.prompt_bodies import PromptBodies
from proxy.wire.services import Background, Services, Tenants
from proxy.wire.timeline import customer_timeline
from proxy.wire.tracing import traced
from proxy.wire.upstreams.opening import open_upstreams
from proxy.wire.upstreams.options import UpstreamOptions
from proxy.wire.upstreams.several import Upstreams

log = structlog.get_logger(__name__)
RETENTION_EVERY_S = 3600.0
READ_LANGUAGES_AFTER_S = 3.0
STATUS_TYPES = {401: "authentication_error", 429: "rate_limit_error"}
STATUS_CODES = {405: "method_not_allowed", 413: "body_too_large"}


def create_app(settings: Settings) -> Litestar:
    """The application. What it opens at start-up (ledger, corpus) raises there, with a message for people."""
    closing = ExitStack()
    ledger = Ledger.open(settings.database_url, store_text=settings.store_text)
    keys = open_keys(settings, ledger)
    tenants = open_tenants(settings, ledger, closing)
    services = tenants[DEFAULT_TENANT]
    passing = passing_doors(settings.pass_through)

    def services_of(scope: Scope) -> Services:
        """Those of the caller's tenant, and no other's."""
        return tenants[caller_of(scope).tenant]

    def not_found(request: Request[Any, Any, State], _: NotFoundException) -> Response[bytes]:
        return proxy_error(request, unknown_path(settings.pass_through))

    app = Litestar(
        route_handlers=[
            *map(door, DIALECTS),
            guard_check,
            report_contacts,
            customer_timeline,
            *KEPT_RESPONSES,
            *POLICY_DOORS,
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
        lifespan=[lambda _: running(tenants, keys, settings, closing)],
        request_max_body_size=settings.max_body_bytes,
        state=State({"services": services, "tenants": tenants}),
        openapi_config=None,
        logging_config=None,
    )
    admission = Admission(
        PromptBodies(app.asgi_handler),
        services.metrics,
        places=settings.max_requests,
        wait_s=settings.max_wait_s,
    )
    app.asgi_handler = Doorkeeper(admission, keys, tenants.keys(), services.metrics)
    doors = [path for dialect in DIALECTS for path in dialect.paths]
    return traced(app, services, [*doors, *(path for each in passing for path in each.paths)])


def open_keys(settings: Settings, ledger: Ledger) -> LiveKeys:
    """The keys as they are. Raises AccessError where anybody could ask over the network, and nobody chose that."""
    if settings.first_key == "auto":
        make_first_key(ledger.api_keys)
    keys = LiveKeys(ledger.api_keys, settings.require_keys)
    keys.load()
    check_exposure(host=settings.host, required=keys.required, decided=settings.require_keys is not None)
    return keys


def open_tenants(settings: Settings, ledger: Ledger, closing: ExitStack) -> dict[str, Services]:
    """The services of each tenant by name; ``closing`` is for what only the verifier knows of."""
    embedder = Embedder.load()
    services = open_services(settings, ledger, embedder, closing)
    tenants = {name: open_tenant(name, settings, services, embedder) for name in settings.tenants}
    return {DEFAULT_TENANT: services, **tenants}


def open_tenant(name: str, top: Settings, shared: Services, embedder: Embedder) -> Services:
    """A tenant's own corpus, policies and upstream, and a guard that knows no other corpus; it shares all else.

    An upstream that is not its own is shared with its breaker; one of its own is called ``tenant/upstream``.
    """
    settings = top.of_tenant(name)
    own = [
        one.model_copy(update={"name": f"{name}/{one.name}"})
        for one in settings.upstream_options()
        if top.tenants[name].has_own_upstream
    ]
    corpus = open_corpus(settings, embedder, shared.ledger)
    reader = open_reader(settings, shared.ledger, shared.metrics, tenant=name)
    return replace(
        shared,
        tenant=name,
        ahead=replace(shared.ahead, reader=reader),
        guard=replace(shared.guard, current_corpus=lambda: corpus.current),
        upstream=opened_upstreams(settings, own, shared.metrics) if own else shared.upstream,
        policies=opened_policies(settings, shared.ledger, name),
        corpus=corpus,
    )


def open_services(settings: Settings, ledger: Ledger, embedder: Embedder, closing: ExitStack) -> Services:
    """What the doors work with where no tenant is named; other tenants share all of it but what is their own."""
    corpus = open_corpus(settings, embedder, ledger)
    telemetry = Telemetry.from_environment(
        content=settings.trace_content, trust_incoming=settings.trust_traceparent
    )
    counted = Metrics()
    parts = Parts(embedder.embed, settings.provider(), closing, counted, ledger)
    verifier = open_verifier(settings.verifier, settings.cascade, parts)
    waiting = threads_that_wait(settings.verifier) + threads_that_wait(settings.cascade)
    guard = Guard(
        current_corpus=lambda: corpus.current,
        verifier=calibrated(verifier, settings.calibration),
        judges=JudgePool(threads=settings.judge_threads + waiting, queue=settings.judge_queue),
        telemetry=telemetry,
        metrics=counted,
        ledger=ledger,
        system_documents=SystemDocuments(embedder),
        embed=embedder.embed,
    )
    counted.judge_queue(lambda: guard.judges.pending)
    return Services(
        guard=guard,
        upstream=opened_upstreams(settings, settings.upstream_options(), counted),
        policies=opened_policies(settings, ledger, DEFAULT_TENANT),
        corpus=corpus,
        ledger=ledger,
        telemetry=telemetry,
        metrics=counted,
        background=Background(),
        draining=Draining(delay_s=settings.drain_delay_s, drain_s=settings.drain_s),
        ahead=Ahead(open_reader(settings, ledger, counted), embedder.embed, ledger, counted),
        total_timeout_s=settings.total_timeout_s,
        keep_alive_s=settings.keep_alive_s,
    )


def open_corpus(settings: Settings, embedder: Embedder, ledger: Ledger) -> LiveCorpus:
    corpus = LiveCorpus(settings.corpus, embedder, ledger, cache=settings.embedding_cache)
    corpus.load()
    return corpus


def open_reader(
    settings: Settings, ledger: Ledger, counted: Metrics, tenant: str = DEFAULT_TENANT
) -> ContextReader:
    """What reads a tenant's context; it opens the sources at its first request."""
    return ContextReader(Surroundings(settings.policies, os.environ, ledger, tenant), counted)


def opened_upstreams(settings: Settings, options: Sequence[UpstreamOptions], counted: Metrics) -> Upstreams:
    return open_upstreams(
        options,
        counted,
        connect_timeout_s=settings.connect_timeout_s,
        read_timeout_s=settings.read_timeout_s,
        max_answer_bytes=settings.max_answer_bytes,
        own_key=settings.provider_key(),
    )


def opened_policies(settings: Settings, ledger: Ledger, tenant: str) -> LivePolicies:
    """The policies, with an audit of what comes into force."""
    audit = PolicyAudit(ledger.policy_changes, tenant, settings.policies)
    return LivePolicies(settings.policies, note=audit.note)


@asynccontextmanager
async def running(
    tenants: Tenants, keys: LiveKeys, settings: Settings, closing: ExitStack
) -> AsyncIterator[None]:
    """Watch files and keys and keep the retention while serving; then finish what has begun, and close."""
    services = tenants[DEFAULT_TENANT]
    gc.collect()
    gc.freeze()  # all that was made until now stays (see proxy/corpus/lasting.py)
    watching = [
        asyncio.create_task(read_languages()),
        asyncio.create_task(keys.run()),
        asyncio.create_task(keep_retention(services.ledger, settings.retention_days)),
        asyncio.create_task(watch_open_cases(services.ledger, services.metrics, settings.open_case_hours)),
        asyncio.create_task(forget_facts(tenants)),
        *(asyncio.create_task(one.corpus.run()) for one in tenants.values()),
        *(asyncio.create_task(one.policies.run()) for one in tenants.values()),
        asyncio.create_task(watch_loop(services.metrics)),
    ]
    try:
        with services.draining.at_sigterm():
            yield
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        # What was cut short just now is still to be recorded.
        await services.background.drain(max(services.draining.left_s(), LEDGER_S))
        for one in tenants.values():
            await one.ahead.reader.close()
        for upstream in {id(one.upstream): one.upstream for one in tenants.values()}.values():
            await upstream.close()
        closing.close()
        services.guard.judges.close()
        await asyncio.to_thread(services.telemetry.shutdown)
        with suppress(LedgerError):
            await keys.note_uses()
        services.ledger.close()
        gc.unfreeze()


async def read_languages() -> None:
    """Most sentences do without the model of languages, and reading it takes half a second: not while starting."""
    await asyncio.sleep(READ_LANGUAGES_AFTER_S)
    await asyncio.to_thread(read_model)


async def keep_retention(ledger: Ledger, days: int) -> None:
    """Delete what is older than the retention, once an hour."""
    while days > 0:
        with suppress(LedgerError):
            gone = await asyncio.to_thread(ledger.purge, datetime.now(UTC) - timedelta(days=days))
            log.info("retention", deleted=gone, days=days)
        await asyncio.sleep(RETENTION_EVERY_S)


async def forget_facts(tenants: Tenants) -> None:
    """Forget, once an hour, what was read of customers and is kept for fewer days than its decisions."""
    kept = {name: FactRetention(one.ledger, name) for name, one in tenants.items()}
    while True:
        for name, retention in kept.items():
            options = tenants[name].policies.current.context
            with suppress(LedgerError):
                forgotten = await asyncio.to_thread(retention.keep, options, datetime.now(UTC))
                log.info("facts forgotten", tenant=name, decisions=forgotten)
        await asyncio.sleep(RETENTION_EVERY_S)


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
