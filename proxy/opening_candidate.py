"""Opens a candidate: a tenant's services with what it changes, and nothing else of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from proxy.context.gathering import ContextReader
from proxy.context.sources.source import Surroundings
from proxy.corpus.live import LiveCorpus
from proxy.corpus.problems import CorpusError
from proxy.grounding.types import Verifier, VerifierError
from proxy.rules.candidate_options import CandidateOptions
from proxy.rules.live import LivePolicies
from proxy.rules.problems import PoliciesError
from proxy.settings import Settings
from proxy.threads import in_thread
from proxy.verifiers.parts import Parts
from proxy.verifiers.registry import open_verifier
from proxy.wire.candidate.live import CandidateError, Opened
from proxy.wire.services import Services


async def open_candidate(settings: Settings, services: Services, options: CandidateOptions) -> Opened:
    """``settings`` are the tenant's, ``services`` what answers its customers. Raises CandidateError."""
    closing = AsyncExitStack()
    try:
        changed = _with_upstream(services, options)
        changed = await _with_corpus(settings, changed, options, closing)
        changed = await _with_policies(settings, changed, options, closing)
        changed = await _with_verifier(settings, changed, options, closing)
    except (CandidateError, CorpusError, PoliciesError, VerifierError) as error:
        await closing.aclose()
        raise CandidateError(str(error)) from None
    return Opened(options, replace(changed, model=options.changes.model), closing.aclose)


def _with_upstream(services: Services, options: CandidateOptions) -> Services:
    if (name := options.changes.upstream) is None:
        return services
    upstream = services.upstream.only(name)
    if upstream is None:
        raise CandidateError(f'there is no upstream "{name}"; name one of the setting `upstreams`')
    return replace(services, upstream=upstream)


async def _with_corpus(
    settings: Settings, services: Services, options: CandidateOptions, closing: AsyncExitStack
) -> Services:
    if options.changes.corpus is None:
        return services
    folder = _below(settings, options.changes.corpus)
    cache, embedder = settings.embedding_cache, services.corpus.embedder
    corpus = LiveCorpus(folder, embedder, services.ledger, cache=cache)
    await in_thread(corpus.load)
    _watched(corpus.run, closing)
    guard = replace(services.guard, current_corpus=lambda: corpus.current)
    return replace(services, corpus=corpus, guard=guard)


async def _with_policies(
    settings: Settings, services: Services, options: CandidateOptions, closing: AsyncExitStack
) -> Services:
    if options.changes.policies is None:
        return services
    folder = _below(settings, options.changes.policies)
    policies = await in_thread(LivePolicies, folder)
    _watched(policies.run, closing)
    surroundings = Surroundings(folder, os.environ, services.ledger, services.tenant)
    reader = ContextReader(surroundings, services.metrics)
    closing.push_async_callback(reader.close)
    return replace(services, policies=policies, ahead=replace(services.ahead, reader=reader))


async def _with_verifier(
    settings: Settings, services: Services, options: CandidateOptions, closing: AsyncExitStack
) -> Services:
    if (chosen := options.changes.verifier) is None:
        return services
    parts = Parts(
        services.ahead.embed,
        settings.provider(),
        closing.enter_context(ExitStack()),
        services.metrics,
        services.ledger,
    )
    verifier: Verifier = await in_thread(partial(open_verifier, chosen, settings.cascade, parts))
    return replace(services, guard=replace(services.guard, verifier=verifier))


def _below(settings: Settings, folder: Path) -> Path:
    """A candidate stands in the policies folder, and its own folders are meant from there."""
    return (settings.policies or Path()) / folder


def _watched(run: Callable[[], Coroutine[Any, Any, None]], closing: AsyncExitStack) -> None:
    task = asyncio.create_task(run())

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    closing.push_async_callback(end)
