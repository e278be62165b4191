"""The usual numbers, as every dashboard has them: how much, how fast, how many approvals, how much automation."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import quantiles
from typing import Any

from proxy.ledger.ledger import Ledger
from proxy.recovery.measures.figure import TOO_FEW, Figure, Unit, count, share
from proxy.recovery.measures.period import Period

TIMED = 2000  # answers whose times are looked at
BY_AUTOMATION = ("deliver", "rewrite")
Decided = dict[tuple[bool, str], int]  # answers by whether the guard acted, and what it decided


def usual(ledger: Ledger, period: Period, decided: Decided) -> Iterator[Figure]:
    """Raises LedgerError."""
    answers = sum(decided.values())
    yield count("volume", answers)
    yield from _latency(ledger.lived.latencies(period.tenant, period.since, period.until, TIMED))
    approved = period.given.approved
    yield share("approval_rate", approved.hits if approved else 0, approved.n if approved else 0)
    automated = sum(number for (_, decision), number in decided.items() if decision in BY_AUTOMATION)
    yield share("automation_share", automated, answers)


def without_guard(decided: Decided) -> dict[str, Any]:
    """What would have reached customers as the model wrote it; and what did, where the guard only watches."""
    stopped = {one: decided.get((True, one), 0) for one in ("rewrite", "escalate", "refuse")}
    passed = sum(number for (acted, one), number in decided.items() if not acted and one != "deliver")
    text = (
        f"{sum(stopped.values()):,} answers would have gone out as the model wrote them: {stopped['rewrite']:,} were"
        f" mended, {stopped['escalate']:,} went to people, {stopped['refuse']:,} were refused."
    )
    if passed:
        text += f" On routes that only watch, {passed:,} answers went out although the guard would have stepped in."
    return {**stopped, "let_pass": passed, "text": text}


def by_hand(ledger: Ledger, period: Period) -> dict[str, Any]:
    """What people made up for."""
    found = ledger.lived.by_hand(period.tenant, period.since, period.until)
    text = (
        f"{found.cases:,} cases were handed to people, who answered {found.answered:,};"
        f" {found.overridden:,} answers were sent although the policy does not say so."
    )
    return {"cases": found.cases, "answered": found.answered, "overridden": found.overridden, "text": text}


def _latency(milliseconds: list[float]) -> Iterator[Figure]:
    if len(milliseconds) < TOO_FEW:
        yield Figure("latency", None, Unit.SECONDS, None, len(milliseconds), which="median")
        return
    tenths = quantiles(milliseconds, n=10, method="inclusive")
    for which, value in (("median", tenths[4]), ("p90", tenths[8])):
        yield Figure("latency", None, Unit.SECONDS, value / 1000, len(milliseconds), which=which)
