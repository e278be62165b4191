"""Opens what the doors work with: ledger, keys, and each tenant's corpus, policies, guard and providers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from proxy.access.live import LiveKeys
from proxy.access.opening import check_exposure, make_first_key
from proxy.actions.ahead import Ahead
from proxy.context.gathering import ContextReader, CustomerContext
from proxy.context.sources.source import Surroundings
from proxy.context.system_documents import SystemDocuments
from proxy.corpus.live import LiveCorpus
from proxy.guard import Guard
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.models.ahead import ShippedModels
from proxy.models.embedder import Embedder
from proxy.opening_candidate import open_candidate
from proxy.recovery.detecting.tracing import traced_by
from proxy.review.overload import LiveOverload
from proxy.rules.audit import PolicyAudit
from proxy.rules.live import LivePolicies
from proxy.settings import Settings
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import Telemetry
from proxy.verifiers.calibrated import calibrated
from proxy.verifiers.parts import Parts
from proxy.verifiers.pool import JudgePool
from proxy.verifiers.registry import open_verifier, threads_that_wait
from proxy.wire.candidate.live import LiveCandidate
from proxy.wire.desk.tracing import steps_traced_by
from proxy.wire.draining import Draining
from proxy.wire.services import Background, Services
from proxy.wire.upstreams.opening import open_upstreams
from proxy.wire.upstreams.options import UpstreamOptions
from proxy.wire.upstreams.several import Upstreams


def open_keys(settings: Settings, ledger: Ledger) -> LiveKeys:
    """The keys as they are. Raises AccessError where anybody could ask over the network, and nobody chose that."""
    if settings.first_key == "auto":
        make_first_key(ledger.api_keys)
    keys = LiveKeys(ledger.api_keys, settings.require_keys)
    keys.load()
    check_exposure(host=settings.host, required=keys.required, decided=settings.require_keys is not None)
    return keys


def open_tenants(
    settings: Settings,
    ledger: Ledger,
    models: ShippedModels,
    closing: ExitStack,
    context: CustomerContext | None = None,
) -> dict[str, Services]:
    """The services of each tenant by name; ``closing`` is for what only the verifier knows of.

    ``context`` stands in the place of the sources where no tenant is named.
    """
    services = open_services(settings, ledger, models, closing, context)
    tenants = {name: open_tenant(name, settings, services, models.embedder()) for name in settings.tenants}
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
        guard=replace(
            shared.guard,
            current_corpus=lambda: corpus.current,
            overload=opened_overload(settings, shared.ledger, name),
        ),
        upstream=opened_upstreams(settings, own, shared.metrics) if own else shared.upstream,
        policies=opened_policies(settings, shared.ledger, name),
        corpus=corpus,
        candidate=LiveCandidate(partial(open_candidate, settings)),
    )


def open_services(
    settings: Settings,
    ledger: Ledger,
    models: ShippedModels,
    closing: ExitStack,
    context: CustomerContext | None = None,
) -> Services:
    """What the doors work with where no tenant is named; other tenants share all of it but what is their own."""
    telemetry = Telemetry.from_environment(
        content=settings.trace_content, trust_incoming=settings.trust_traceparent
    )
    ledger.tell_of_failures(traced_by(telemetry))
    ledger.tell_of_steps(steps_traced_by(telemetry, ledger))
    counted = Metrics()
    embedder = models.embedder()
    corpus = open_corpus(settings, embedder, ledger)
    parts = Parts(embedder.embed, settings.provider(), closing, counted, ledger, models.entailment)
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
        overload=opened_overload(settings, ledger, DEFAULT_TENANT),
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
        ahead=Ahead(context or open_reader(settings, ledger, counted), embedder.embed, ledger, counted),
        candidate=LiveCandidate(partial(open_candidate, settings)),
        total_timeout_s=settings.total_timeout_s,
        keep_alive_s=settings.keep_alive_s,
        shared_ids=settings.shared_customer_ids,
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


def opened_overload(settings: Settings, ledger: Ledger, tenant: str) -> LiveOverload | None:
    """What keeps cases from people who could not get to them; None where nobody said how many people there are."""
    return LiveOverload(ledger, settings.review, tenant) if settings.review.people else None


def opened_policies(settings: Settings, ledger: Ledger, tenant: str) -> LivePolicies:
    """The policies, with an audit of what comes into force."""
    audit = PolicyAudit(ledger.policy_changes, tenant, settings.policies)
    return LivePolicies(settings.policies, note=audit.note)
