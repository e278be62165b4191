"""Prometheus metrics, in a registry of their own; label values that come from outside are bounded.

Every label's values are few: names of routes and stages are ours, and a model's name, which clients choose,
counts as itself once the provider has answered for it, and only for the first fifty; else it is ``other``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder

from proxy.telemetry import names
from proxy.telemetry.candidate_metrics import CandidateMetrics
from proxy.telemetry.export import proxy_version
from proxy.telemetry.genai import short_name, usage_attributes
from proxy.telemetry.recovery_gauges import RecoveryGauges
from proxy.telemetry.review_gauges import ReviewGauges
from proxy.telemetry.workers import adding_up, are_several

MAX_VALUES = 50
OTHER = "other"

REQUEST_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)
STAGE_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1)
CONFIDENCE_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1)


class BoundedLabel:
    """At most ``limit`` different values of one label; what comes later is ``other``."""

    def __init__(self, limit: int = MAX_VALUES) -> None:
        self._limit = limit
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def value(self, raw: str, *, learn: bool = True) -> str:
        """The label for a raw value; an unknown one is only remembered where ``learn`` is set."""
        text = short_name(raw)
        with self._lock:
            if text in self._seen:
                return text
            if not learn or len(self._seen) >= self._limit:
                return OTHER
            self._seen.add(text)
            return text


class Metrics:
    """One object per app; each method is one thing that happened. Durations are seconds. Thread-safe."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._build = Info(names.METRIC_BUILD, "Version of the proxy", registry=self._registry)
        self._build.info({"version": proxy_version()})
        self._watched: list[tuple[Gauge, Callable[[], int]]] = []
        self._bounds = {
            name: BoundedLabel()
            for name in (
                "endpoint route reason model status rule tool upstream tenant source queue target candidate"
            ).split()
        }
        self._queues_told: set[str] = set()
        self._waiting_told: set[str] = set()
        self._oldest_told: set[str] = set()
        self._define_answers()
        self._define_work()
        self._define_upstream()
        self._define_context()
        self._define_corpus()
        self._define_cascade()
        self.recovery = RecoveryGauges(self._told_of_all, self._bounds["tenant"].value)
        self.candidate = CandidateMetrics(self._counter, self._told_of_all, self._bound)
        self.review = ReviewGauges(self._told_of_all, self._bounds["tenant"].value)

    def request(self, endpoint: str, status_code: int, seconds: float) -> None:
        """A request answered; ``endpoint`` is the path's template, seconds until its last byte."""
        where = self._bound("endpoint", endpoint)
        self._requests.labels(where, str(status_code)).inc()
        self._request_seconds.labels(where).observe(seconds)

    def decision(
        self,
        *,
        route: str,
        mode: str,
        decision: str,
        streamed: bool,
        tenant: str = "default",
        unverified_reason: str | None = None,
        escalated: bool = False,
    ) -> None:
        """An answer decided; ``unverified_reason`` where it was not verified, ``escalated`` for a new case."""
        where = self._bound("route", route)
        self._decisions.labels(
            where, mode, decision, str(streamed).lower(), self._bound("tenant", tenant)
        ).inc()
        if unverified_reason is not None:
            self._unverified.labels(where, self._bound("reason", unverified_reason)).inc()
        if escalated:
            self._escalations.labels(where).inc()

    def rule_fired(self, *, rule: str, effect: str, mode: str, tool: str) -> None:
        """A rule fired, for a call of ``tool`` where it stops one; with ``mode: observe`` it would have acted."""
        self._rules_fired.labels(self._bound("rule", rule), effect, mode, self._bound("tool", tool)).inc()

    def overdue_cases(self, count: int) -> None:
        """How many cases have been open for too long, over all replicas."""
        self._overdue_cases.set(count)

    def cases_near_target(self, counts: Mapping[str, int]) -> None:
        """By queue: unanswered cases that are about to miss their service target, over all replicas."""
        told = dict.fromkeys(self._queues_told, 0)
        for queue, count in counts.items():
            name = self._bound("queue", queue)
            told[name] = told.get(name, 0) + count
        for name, count in told.items():
            self._near_target.labels(name).set(count)
        self._queues_told = set(told)

    def queues(self, waiting: Mapping[str, int], oldest_s: Mapping[str, float]) -> None:
        """By queue: how many cases nobody has answered, and since when the oldest waits, over all replicas."""
        for gauge, told, values in (
            (self._cases_waiting, self._waiting_told, waiting),
            (self._oldest_case, self._oldest_told, oldest_s),
        ):
            now = {self._bound("queue", queue): value for queue, value in values.items()}
            for name in told | set(now):
                gauge.labels(name).set(now.get(name, 0))
            told |= set(now)

    def demand(self, tenant: str, *, people: int, people_needed: int, wait_s: float) -> None:
        """How many people work on a tenant's cases, how many it takes, and how long a new case waits."""
        name = self._bound("tenant", tenant)
        self._people.labels(name).set(people)
        self._people_needed.labels(name).set(people_needed)
        self._case_wait.labels(name).set(wait_s)

    def notified(self, target: str, outcome: str) -> None:
        """A change of a case was ``told`` to a webhook or by mail, ``failed`` and is tried again, or ``given_up``."""
        self._notified.labels(self._bound("target", target), outcome).inc()

    def will_notify(self, target: str) -> None:
        """Count from 0 what comes of telling ``target``, so that the first time that it is given up is seen, too."""
        for outcome in ("told", "failed", "given_up"):
            self._notified.labels(self._bound("target", target), outcome)

    def verdict(self, kind: str, label: str, confidence: float | None = None) -> None:
        """A claim judged; ``confidence`` (0..1) is left out where the claim says nothing checkable."""
        self._verdicts.labels(kind, label).inc()
        if confidence is not None:
            self._claim_confidence.labels(kind).observe(confidence)

    def access_refused(self, reason: str) -> None:
        """A request that was not let in: ``missing``, ``invalid``, ``expired``, ``limit``, ..."""
        self._access_refused.labels(reason).inc()

    def stage(self, stage: str, seconds: float) -> None:
        """Time spent in one stage of one answer: ``context``, ``rules``, ``judge``, ``ledger``, ..."""
        self._stage_seconds.labels(stage).observe(seconds)

    def upstream(
        self,
        model: str,
        status: int | str,
        seconds: float,
        usage: Mapping[str, Any] | None = None,
        *,
        upstream: str = "default",
    ) -> None:
        """A call of the model; ``status`` is the HTTP status, or the error's type where there was none.

        ``upstream`` is the one that was asked last; the seconds are those of all that were.
        """
        answered = isinstance(status, int) and status < 400
        named = self._bounds["model"].value(model, learn=answered)
        place = self._bound("upstream", upstream)
        self._upstream_requests.labels(place, named, self._bound("status", str(status))).inc()
        self._upstream_seconds.labels(place, named).observe(seconds)
        for attribute, count in usage_attributes(usage).items():
            kind = {names.USAGE_INPUT: "input", names.USAGE_OUTPUT: "output"}.get(attribute)
            if kind and isinstance(count, int) and count > 0:
                self._upstream_tokens.labels(named, kind).inc(count)

    def upstream_retry(self, upstream: str, reason: str) -> None:
        """A call of ``upstream`` that failed for ``reason`` and is followed by another, there or elsewhere."""
        self._upstream_retries.labels(self._bound("upstream", upstream), self._bound("status", reason)).inc()

    def upstream_breaker(self, upstream: str, state: int) -> None:
        """An upstream's breaker as it now is: 0 closed, 1 half open, 2 open."""
        self._upstream_breaker.labels(self._bound("upstream", upstream)).set(state)

    def context_read(self, source: str, state: str) -> None:
        """What a source of context said of one fact: ``fresh``, ``stale``, ``missing`` or ``failed``."""
        self._context_reads.labels(self._bound("source", source), state).inc()

    def context_asked(self, source: str, seconds: float) -> None:
        """A source of context was asked; the seconds are those until it answered, or was given up."""
        self._context_seconds.labels(self._bound("source", source)).observe(seconds)

    def context_breaker(self, source: str, state: int) -> None:
        """A context source's breaker as it now is: 0 closed, 1 half open, 2 open."""
        self._context_breaker.labels(self._bound("source", source)).set(state)

    def first_chunk(self, model: str, seconds: float) -> None:
        """Time from sending a streamed request to the provider's first chunk."""
        self._upstream_first_chunk.labels(self._bounds["model"].value(model)).observe(seconds)

    def ready(self, is_ready: bool) -> None:
        """Whether ``/readyz`` would say so now."""
        self._ready.set(is_ready)

    def corpus(self, *, documents: int, passages: int, problems: int) -> None:
        """The corpus as it now is; ``problems`` counts the files that could not be read."""
        self._corpus_documents.set(documents)
        self._corpus_passages.set(passages)
        self._corpus_problems.set(problems)

    def judge_queue(self, depth: Callable[[], int]) -> None:
        """Let each scrape read how many claims wait for a judge."""
        self._watched.append((self._judge_queue, depth))

    def in_flight(self, count: Callable[[], int]) -> None:
        """Let each scrape read how many requests are worked on."""
        self._watched.append((self._in_flight, count))

    def shed(self) -> None:
        """A request that was sent away because there were too many."""
        self._shed.inc()

    def loop_lag(self, seconds: float) -> None:
        """How late the event loop was for something that it was to do at a certain time."""
        self._loop_lag.observe(seconds)

    def sample(self) -> None:
        """Write down what is counted elsewhere, for scrapes by way of this process or another worker."""
        for gauge, count in self._watched:
            gauge.set(count())

    def judge_rejected(self) -> None:
        """A claim that was not judged because the queue was full."""
        self._judge_rejected.inc()

    def cascade(self, outcome: str, seconds: float | None = None) -> None:
        """What became of a claim in the cascade; ``seconds`` where its judge model was asked."""
        self._cascade_claims.labels(outcome).inc()
        if seconds is not None:
            self._cascade_seconds.observe(seconds)

    def cascade_spent(self, input_tokens: int, output_tokens: int, cost: float) -> None:
        """What one question to the cascade's judge model cost, in the currency of its prices."""
        self._cascade_tokens.labels("input").inc(input_tokens)
        self._cascade_tokens.labels("output").inc(output_tokens)
        self._cascade_cost.inc(cost)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The page for ``/metrics`` and its content type, in the format that ``Accept`` asks for."""
        encode, content_type = choose_encoder(accept)
        self.sample()
        return encode(adding_up(self._build) if are_several() else self._registry), content_type

    def _bound(self, label: str, raw: str) -> str:
        return self._bounds[label].value(raw)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _gauge(
        self,
        name: str,
        text: str,
        of_all: Literal["livesum", "livemin", "livemax", "livemostrecent"],
        *labels: str,
    ) -> Gauge:
        """``of_all`` says what the workers' values are together."""
        return Gauge(name, text, labels, registry=self._registry, multiprocess_mode=of_all)

    def _told_of_all(self, name: str, text: str, *labels: str) -> Gauge:
        """What each worker and each replica tells of all of them."""
        return self._gauge(name, text, "livemax", *labels)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self._registry)

    def _define_answers(self) -> None:
        self._requests = self._counter(
            names.METRIC_REQUESTS, "Requests by endpoint and status", "endpoint", "status"
        )
        self._access_refused = self._counter(
            names.METRIC_ACCESS_REFUSED, "Requests that were not let in, by reason", "reason"
        )
        self._request_seconds = self._histogram(
            names.METRIC_REQUEST_SECONDS, "Seconds until the last byte", REQUEST_BUCKETS_S, "endpoint"
        )
        self._in_flight = self._gauge(names.METRIC_IN_FLIGHT, "Requests being worked on", "livesum")
        self._shed = self._counter(names.METRIC_SHED, "Requests sent away because there were too many")
        self._decisions = self._counter(
            names.METRIC_DECISIONS,
            "Answers by decision; in mode observe, what would have been done",
            "route",
            "mode",
            "decision",
            "streamed",
            "tenant",
        )
        self._unverified = self._counter(
            names.METRIC_UNVERIFIED, "Answers that were not verified, by reason", "route", "reason"
        )
        self._escalations = self._counter(names.METRIC_ESCALATIONS, "Cases handed over to a person", "route")
        self._overdue_cases = self._gauge(
            names.METRIC_OVERDUE_CASES,
            "Cases that are open for longer than the setting open_case_hours",
            "livemax",
        )
        self._near_target = self._gauge(
            names.METRIC_NEAR_TARGET,
            "Unanswered cases that are about to miss their queue's service target, or have missed it",
            "livemax",
            "queue",
        )
        self._cases_waiting = self._gauge(
            names.METRIC_CASES_WAITING, "Cases that nobody has answered", "livemax", "queue"
        )
        self._oldest_case = self._gauge(
            names.METRIC_OLDEST_CASE, "Seconds for which the oldest unanswered case waits", "livemax", "queue"
        )
        self._people = self._gauge(
            names.METRIC_PEOPLE, "People who work on cases (review.people)", "livemax", "tenant"
        )
        self._people_needed = self._gauge(
            names.METRIC_PEOPLE_NEEDED,
            "People that it takes to settle the waiting cases within an hour",
            "livemax",
            "tenant",
        )
        self._case_wait = self._gauge(
            names.METRIC_CASE_WAIT, "Seconds that a new case waits for a person", "livemax", "tenant"
        )
        self._notified = self._counter(
            names.METRIC_NOTIFICATIONS,
            "Changes of cases, calls for people, roll-backs and drifts told to webhooks and by mail",
            "target",
            "outcome",
        )
        self._rules_fired = self._counter(
            names.METRIC_RULES_FIRED,
            "Rules that fired; tool where it stopped a call",
            "rule",
            "effect",
            "mode",
            "tool",
        )

    def _define_work(self) -> None:
        self._verdicts = self._counter(names.METRIC_VERDICTS, "Claims by kind and verdict", "kind", "verdict")
        self._claim_confidence = self._histogram(
            names.METRIC_CLAIM_CONFIDENCE, "Confidence that a claim is supported", CONFIDENCE_BUCKETS, "kind"
        )
        self._stage_seconds = self._histogram(
            names.METRIC_STAGE_SECONDS, "Seconds per stage of an answer", STAGE_BUCKETS_S, "stage"
        )
        self._judge_queue = self._gauge(names.METRIC_JUDGE_QUEUE, "Claims waiting for a judge", "livesum")
        self._judge_rejected = self._counter(
            names.METRIC_JUDGE_REJECTED, "Claims not judged because the queue was full"
        )
        self._loop_lag = self._histogram(
            names.METRIC_LOOP_LAG, "How late the event loop came to what was due", LAG_BUCKETS_S
        )

    def _define_upstream(self) -> None:
        self._upstream_requests = self._counter(
            names.METRIC_UPSTREAM_REQUESTS, "Calls of the model by status", "upstream", "model", "status"
        )
        self._upstream_seconds = self._histogram(
            names.METRIC_UPSTREAM_SECONDS,
            "Seconds per call of the model",
            REQUEST_BUCKETS_S,
            "upstream",
            "model",
        )
        self._upstream_first_chunk = self._histogram(
            names.METRIC_UPSTREAM_FIRST_CHUNK_SECONDS,
            "Seconds to the first chunk of a stream",
            REQUEST_BUCKETS_S,
            "model",
        )
        self._upstream_tokens = self._counter(
            names.METRIC_UPSTREAM_TOKENS, "Tokens used, by type", "model", "type"
        )

        self._upstream_retries = self._counter(
            names.METRIC_UPSTREAM_RETRIES, "Failed calls that were followed by another", "upstream", "reason"
        )
        self._upstream_breaker = self._gauge(
            names.METRIC_UPSTREAM_BREAKER, "0 closed, 1 half open, 2 open", "livemax", "upstream"
        )

    def _define_context(self) -> None:
        self._context_reads = self._counter(
            names.METRIC_CONTEXT_READS, "Facts read of customers, by source and state", "source", "state"
        )
        self._context_seconds = self._histogram(
            names.METRIC_CONTEXT_SECONDS,
            "Seconds per question to a context source",
            STAGE_BUCKETS_S,
            "source",
        )
        self._context_breaker = self._gauge(
            names.METRIC_CONTEXT_BREAKER, "0 closed, 1 half open, 2 open", "livemax", "source"
        )

    def _define_corpus(self) -> None:
        def gauge(name: str, text: str) -> Gauge:
            return self._gauge(name, text, "livemostrecent")

        self._ready = self._gauge(names.METRIC_READY, "1 where /readyz says ready, else 0", "livemin")
        self._corpus_documents = gauge(names.METRIC_CORPUS_DOCUMENTS, "Documents in the corpus")
        self._corpus_passages = gauge(names.METRIC_CORPUS_PASSAGES, "Passages in the corpus")
        self._corpus_problems = gauge(names.METRIC_CORPUS_PROBLEMS, "Files that could not be read")

    def _define_cascade(self) -> None:
        self._cascade_claims = self._counter(
            names.METRIC_CASCADE_CLAIMS, "Claims by what became of them in the cascade", "outcome"
        )
        self._cascade_seconds = self._histogram(
            names.METRIC_CASCADE_SECONDS, "Seconds per question to the judge model", REQUEST_BUCKETS_S
        )
        self._cascade_tokens = self._counter(
            names.METRIC_CASCADE_TOKENS, "Tokens that the judge model used, by type", "type"
        )
        self._cascade_cost = self._counter(
            names.METRIC_CASCADE_COST, "What the judge model cost, in the currency of its prices"
        )
