"""Spending is counted once for all replicas, and never past its limit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from proxy.ledger.ledger import Ledger


def test_accounts_and_months_are_counted_apart(ledger: Ledger) -> None:
    ledger.spending.spend("cascade", "2026-03", requests=1, micros=250)
    ledger.spending.spend("cascade", "2026-03", requests=1, micros=50)
    ledger.spending.spend("cascade", "2026-04", requests=1, micros=7)
    ledger.spending.spend("other", "2026-03", requests=9, micros=9)
    assert ledger.spending.spent("cascade", "2026-03") == (2, 300)
    assert ledger.spending.spent("cascade", "2026-04") == (1, 7)
    assert ledger.spending.spent("cascade", "2026-05") == (0, 0)


def test_what_would_pass_a_limit_is_refused_and_not_counted(ledger: Ledger) -> None:
    most = {"most_requests": 2, "most_micros": 100}
    assert ledger.spending.spend("cascade", "2026-03", requests=1, micros=100, **most)
    assert not ledger.spending.spend("cascade", "2026-03", requests=1, micros=1, **most)
    assert ledger.spending.spend("cascade", "2026-03", requests=1, micros=0, **most)
    assert not ledger.spending.spend("cascade", "2026-03", requests=1, micros=0, **most)
    assert ledger.spending.spent("cascade", "2026-03") == (2, 100)


def test_replicas_at_once_do_not_pass_the_limit(open_ledger: Callable[..., Ledger]) -> None:
    replicas = [open_ledger() for _ in range(3)]

    def spend(number: int) -> bool:
        return replicas[number % 3].spending.spend(
            "cascade", "2026-03", requests=1, micros=10, most_requests=20
        )

    with ThreadPoolExecutor(9) as pool:
        granted = sum(pool.map(spend, range(45)))
    assert granted == 20 and replicas[0].spending.spent("cascade", "2026-03") == (20, 200)
