"""The metrics of what is tried on live traffic, and of whether that is still what was rehearsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from prometheus_client import Counter, Gauge

from proxy.telemetry import names

Copied = Literal["answered", "failed", "late", "dropped"]


class CandidateMetrics:
    """``Metrics.candidate``; ``bound`` keeps the names of tenants and candidates few."""

    def __init__(
        self, counter: Callable[..., Counter], gauge: Callable[..., Gauge], bound: Callable[[str, str], str]
    ) -> None:
        self._bound = bound
        self._answers = counter(
            names.METRIC_CANARY_ANSWERS,
            "Answers to customers of a canary, by side",
            "tenant",
            "candidate",
            "arm",
            "decision",
        )
        self._rolled_back = gauge(
            names.METRIC_CANARY_ROLLED_BACK,
            "1 where a candidate was rolled back and nobody has decided about it",
            "tenant",
            "candidate",
        )

        self._copies = counter(
            names.METRIC_SHADOW_COPIES,
            "Copies of requests for a candidate, by what became of them",
            "tenant",
            "candidate",
            "outcome",
        )

        self._drift = gauge(
            names.METRIC_DRIFT,
            "1 where live traffic has changed in this dimension from one week to the next",
            "tenant",
            "dimension",
        )

    def answered(self, tenant: str, candidate: str, arm: str, decision: str) -> None:
        """An answer to a customer of a canary; ``decision`` is ``error`` where there was none."""
        self._answers.labels(*self._labels(tenant, candidate), arm, decision).inc()

    def rolled_back(self, tenant: str, candidate: str, is_so: bool) -> None:
        """Whether a candidate is rolled back, as the ledger says."""
        self._rolled_back.labels(*self._labels(tenant, candidate)).set(is_so)

    def copied(self, tenant: str, candidate: str, outcome: Copied) -> None:
        """What became of a copy: ``dropped`` because others come first, ``late`` where it took too long."""
        self._copies.labels(*self._labels(tenant, candidate), outcome).inc()

    def drifts(self, tenant: str, dimension: str, is_so: bool) -> None:
        """Whether live traffic has changed, as it was looked at last."""
        self._drift.labels(self._bound("tenant", tenant), dimension).set(is_so)

    def _labels(self, tenant: str, candidate: str) -> tuple[str, str]:
        return self._bound("tenant", tenant), self._bound("candidate", candidate)
