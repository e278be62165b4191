"""The metrics tell how many seeded errors the people of a tenant catch, and of nobody by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.reviewing import reviewed, reviewing, sampled, seeded

from proxy.intervals import wilson
from proxy.ledger.ledger import Ledger
from proxy.review.plan import ReviewPlan
from proxy.review.simulated import fill
from proxy.review.watching import look_at_catches
from proxy.telemetry.metrics import Metrics

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
ALWAYS = ReviewPlan(second_share=0, seeded_share=1, bad_share=1, burst_length=0)
SEEN, MISSED = "contradicted", "supported"


def reviews(ledger: Ledger, told: dict[timedelta, str]) -> None:
    """Seeded errors that people reviewed so long ago, and what they said of the false sentence."""
    sampled(ledger, "real", NOW - timedelta(days=6))
    for number, (ago, verdict) in enumerate(told.items()):
        seeded(ledger, str(number))
        assert reviewed(reviewing(ledger, ALWAYS), "ann@example.com", NOW - ago, {1: verdict})


def scraped(ledger: Ledger, tenant: str = "default") -> dict[str, float]:
    metrics = Metrics()
    look_at_catches(ledger, tenant, metrics, NOW)
    lines = [one.rsplit(" ", 1) for one in metrics.render()[0].decode().splitlines()]
    return {name: float(value) for name, value in lines if name.startswith("cxai_seeded_")}


def test_what_was_caught_of_seeded_errors_is_told_of_a_day_and_of_a_month(ledger: Ledger) -> None:
    days = timedelta(days=1)
    reviews(ledger, {5 * days: SEEN, 3 * days: SEEN, 2 * days: SEEN, days / 2: SEEN, days / 4: MISSED})
    found = scraped(ledger)
    low, high = wilson(1, 2)
    assert found['cxai_seeded_errors{tenant="default",window="1d"}'] == 2
    assert found['cxai_seeded_errors_caught{tenant="default",window="1d"}'] == 1
    assert found['cxai_seeded_errors{tenant="default",window="30d"}'] == 5
    assert found['cxai_seeded_errors_caught{tenant="default",window="30d"}'] == 4
    rate = 'cxai_seeded_catch_rate{{bound="{}",tenant="default",window="1d"}}'
    assert found[rate.format("low")] == pytest.approx(low)
    assert found[rate.format("high")] == pytest.approx(high)
    assert "ann" not in " ".join(found)


def test_simulated_reviewers_are_no_people_and_another_tenants_are_not_ours(sqlite_ledger: Ledger) -> None:
    fill(sqlite_ledger, now=NOW)
    reviews(sqlite_ledger, {timedelta(hours=1): SEEN})
    assert scraped(sqlite_ledger)['cxai_seeded_errors{tenant="default",window="30d"}'] == 1
    of_others = scraped(sqlite_ledger, "acme")
    assert of_others['cxai_seeded_errors{tenant="acme",window="30d"}'] == 0
    assert of_others['cxai_seeded_catch_rate{bound="high",tenant="acme",window="30d"}'] == 1
