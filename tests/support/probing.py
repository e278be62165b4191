"""The guard with any verifier and corpus, put to probes as ``cxai corpus probe`` does it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from opentelemetry._logs import NoOpLogger
from opentelemetry.trace import NoOpTracer
from support.builtin_verifier import embedder

from proxy.authoring.probe.choosing import make_probes
from proxy.authoring.probe.making import Probe
from proxy.authoring.probe.trying import ProbeReport, try_probes
from proxy.corpus.corpus import Corpus
from proxy.corpus.reading import ReadDocument
from proxy.grounding.types import Verifier
from proxy.guard import Guard
from proxy.rules.policies import Policies, policies_of
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import Telemetry
from proxy.verifiers.pool import JudgePool

TODAY = datetime(2026, 11, 25, tzinfo=UTC)


def probes_in(read: Sequence[ReadDocument], *, seed: int = 1, limit: int | None = None) -> list[Probe]:
    passages = [passage for item in read for passage in item.passages]
    return make_probes([item.document for item in read], passages, TODAY, seed=seed, limit=limit)


def tried(probes: Sequence[Probe], corpus: Corpus, verifier: Verifier) -> ProbeReport:
    guard = Guard(
        current_corpus=lambda: corpus,
        verifier=verifier,
        judges=JudgePool(threads=2, queue=sys.maxsize),
        telemetry=Telemetry(NoOpTracer(), NoOpLogger("cxai"), content=False),
        metrics=Metrics(),
    )
    return asyncio.run(try_probes(guard, _patient(), probes, TODAY))


def corpus_of(read: Sequence[ReadDocument]) -> Corpus:
    return Corpus(read, embedder())


def _patient() -> Policies:
    policies = policies_of(())
    waiting = {"judge_s": 600.0, "retrieval_s": 600.0}
    return replace(policies, routes=tuple(route.model_copy(update=waiting) for route in policies.routes))
