"""The metrics of review: how many seeded errors people caught. Each replica tells of all, and of nobody by name."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Gauge

from proxy.telemetry import names


class ReviewGauges:
    """``Metrics.review``; ``bound`` keeps the tenants' names few."""

    def __init__(self, gauge: Callable[..., Gauge], bound: Callable[[str], str]) -> None:
        self._bound = bound
        self._seeded = gauge(
            names.METRIC_SEEDED_ERRORS, "Seeded errors that people reviewed in the window", "tenant", "window"
        )
        self._caught = gauge(
            names.METRIC_SEEDED_CAUGHT, "Seeded errors of the window that people caught", "tenant", "window"
        )
        self._interval = gauge(
            names.METRIC_SEEDED_CATCH_RATE,
            "The ends of the 95% interval of the share that was caught; 0 and 1 where none was reviewed",
            "tenant",
            "window",
            "bound",
        )

    def caught(
        self, tenant: str, window: str, *, seeded: int, caught: int, interval: tuple[float, float]
    ) -> None:
        """What a tenant's people caught of the seeded errors of one window."""
        labels = self._bound(tenant), window
        self._seeded.labels(*labels).set(seeded)
        self._caught.labels(*labels).set(caught)
        for bound, share in zip(("low", "high"), interval, strict=True):
            self._interval.labels(*labels, bound).set(share)
