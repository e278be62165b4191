"""The metrics of recovery: what is open, and how fast the error budget is used up. Each replica tells of all."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Gauge

from proxy.telemetry import names


class RecoveryGauges:
    """``Metrics.recovery``; ``bound`` keeps the tenants' names few."""

    def __init__(self, gauge: Callable[..., Gauge], bound: Callable[[str], str]) -> None:
        self._bound = bound
        self._open = gauge(
            names.METRIC_RECOVERY_OPEN, "Failures that are neither restored nor over", "tenant", "severity"
        )
        self._overdue = gauge(
            names.METRIC_RECOVERY_OVERDUE,
            "Open failures that are past their target and not put right",
            "tenant",
            "severity",
        )
        self._oldest = gauge(
            names.METRIC_RECOVERY_OLDEST,
            "Seconds since the oldest open failure reached its customer",
            "tenant",
            "severity",
        )
        self._due = gauge(
            names.METRIC_RECOVERY_DUE, "Failures whose target ended within the window", "tenant", "window"
        )
        self._burn = gauge(
            names.METRIC_RECOVERY_BURN,
            "Share of these that missed it, over the share that may; 0 where none was due",
            "tenant",
            "window",
        )

    def open(self, tenant: str, severity: str, *, open: int, overdue: int, oldest_s: float) -> None:
        """What is open of one severity."""
        labels = self._bound(tenant), severity
        self._open.labels(*labels).set(open)
        self._overdue.labels(*labels).set(overdue)
        self._oldest.labels(*labels).set(oldest_s)

    def burn(self, tenant: str, window: str, *, due: int, rate: float) -> None:
        """How the error budget fared in one window."""
        labels = self._bound(tenant), window
        self._due.labels(*labels).set(due)
        self._burn.labels(*labels).set(rate)
