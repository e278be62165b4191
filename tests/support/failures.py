"""Failures and their events for tests: minutes after a fixed beginning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from proxy.ledger.failures.records import Failure, FailureEvent, Source, Step

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def failure(key: str = "one", **values: Any) -> Failure:
    usual: dict[str, Any] = {"kind": "wrong_claim", "occurred_at": BEGAN, "customer_id": "c-1"}
    return Failure(key, **{**usual, **values})


def event(step: str, minutes: float = 0, key: str | None = None, **values: Any) -> FailureEvent:
    """An event this many minutes after the failure; ``data`` are further named values."""
    own = {name: values.pop(name) for name in ("actor", "note", "known_at") if name in values}
    default = Source.GUARD if step in (Step.DETECTED, Step.PROPOSED) else None
    source = values.pop("source", default)
    usual = {"actor": "cxai", **own}
    return FailureEvent(
        key or f"{step}:{minutes:g}", step, after(minutes), source=source, data=values, **usual
    )
