"""Everything that the leadership page shows, as one JSON object: ``cxai recovery lead --json``."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np

from proxy.ledger.answers.counts import NewVersion
from proxy.ledger.answers.daily import Day
from proxy.ledger.failures.columns import FailureColumns, Floats
from proxy.ledger.failures.records import Kind
from proxy.ledger.ledger import Ledger
from proxy.recovery.measures.divergences import divergences
from proxy.recovery.measures.period import Period, blast_radius, of_failures, of_the_ledger, of_this_time
from proxy.recovery.measures.registry import MEASURES
from proxy.recovery.measures.usual import by_hand, usual, without_guard

DAY_S = 86400.0
MOST_CHANGES = 200


def lead(ledger: Ledger, period: Period) -> dict[str, Any]:
    """``{since, until, simulated, usual, lived, now, divergences, without_guard, by_hand, trend, changes, ...}``.

    ``usual``, ``lived`` (of the period) and ``now`` (of today, whenever the period was) are lists of figures, each with
    its ``text``; ``measures`` says of each measure what it is. Raises LedgerError.
    """
    answers = ledger.lived.answers(period.tenant, period.since, period.until)
    decided = answers.decided()
    left = list(usual(ledger, period, decided))
    right = [*of_failures(period), *of_the_ledger(ledger, period)]
    now = list(of_this_time(ledger, replace(period, now=ledger.now())))
    named = {one.measure for one in (*left, *right, *now)}
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "simulated": period.simulated,
        "usual": [one.as_json() for one in left],
        "lived": [one.as_json() for one in right],
        "now": [one.as_json() for one in now],
        "divergences": [asdict(one) for one in divergences(period, [*left, *right])],
        "incidents": [asdict(one) for one in blast_radius(ledger, period)],
        "without_guard": without_guard(decided),
        "by_hand": by_hand(ledger, period),
        "trend": trend(answers.days(), period.failures),
        "changes": changes(ledger, period, answers.new_versions()),
        "targets": targets(period),
        "measures": {name: asdict(one) for name, one in MEASURES.items() if name in named},
    }


def targets(period: Period) -> dict[str, Any]:
    """What is aimed at: seconds by severity, the share, and how long silence has to last."""
    options = period.options
    return {
        "within_s": {
            one: options.within.of(one).total_seconds() for one in type(options.within).model_fields
        },
        "share": options.share,
        "quiet_s": period.quiet.total_seconds(),
    }


def trend(days: list[Day], failures: FailureColumns) -> list[dict[str, Any]]:
    """Day by day in UTC: what was decided, and how many failures reached customers, were found, put right, restored."""
    first = _day_number(days[0].day) if days else 0
    number = len(days)
    returned = failures.kind == Kind.RETURNED_TO_AUTOMATION
    columns = {
        "failures": _per_day(failures.occurred_at, first, number),
        "returned": _per_day(failures.occurred_at[returned], first, number),
        "detected": _per_day(failures.detected_at, first, number),
        "corrected": _per_day(failures.corrected_at, first, number),
        "restored": _per_day(failures.restored_at, first, number),
    }
    return [
        {
            "day": one.day.isoformat(),
            "answers": one.answers,
            "delivered": one.decided.get("deliver", 0),
            "rewritten": one.decided.get("rewrite", 0),
            "escalated": one.decided.get("escalate", 0),
            "refused": one.decided.get("refuse", 0),
            "unchecked": one.unchecked,
            **{name: int(values[place]) for name, values in columns.items()},
        }
        for place, one in enumerate(days)
    ]


def changes(ledger: Ledger, period: Period, new_versions: list[NewVersion]) -> list[dict[str, Any]]:
    """What was changed in the period, the oldest first, to be marked on the trend: policies, candidates, models, ..."""
    found = ledger.policy_changes.listed(since=period.since, tenant=period.tenant, limit=MOST_CHANGES)
    policies = [
        {
            "at": one.at.isoformat(),
            "what": "policies",
            "text": _changed(one.summary),
            "version": one.version,
            "by": one.author,
        }
        for one in found
        if one.at < period.until
    ]
    versions = [
        {
            "at": one.at.isoformat(),
            "what": one.what,
            "text": f"{one.what} {one.version}",
            "version": one.version,
            "by": "",
        }
        for one in new_versions
    ]
    candidates = [
        {
            "at": one.at.isoformat(),
            "what": "candidate",
            "text": f"{one.name} {one.event}" + (f": {one.reason}" if one.reason else ""),
            "version": "",
            "by": one.actor,
        }
        for one in ledger.canaries.events(period.tenant, since=period.since, limit=MOST_CHANGES)
        if one.at < period.until
    ]
    return sorted([*policies, *candidates, *versions], key=lambda one: one["at"])


def _changed(summary: dict[str, Any]) -> str:
    told = [
        f"{name}: {', '.join(summary[name])}" for name in ("added", "changed", "removed") if summary.get(name)
    ]
    return "; ".join(told) or "policies in force"


def _per_day(at: Floats, first: int, number: int) -> Any:
    days = np.floor(at[~np.isnan(at)] / DAY_S).astype(int) - first
    return np.bincount(days[(days >= 0) & (days < number)], minlength=number)


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
