"""Service targets in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from proxy.console.wording import duration

SOON = timedelta(minutes=30)  # before its target ends a case counts as about to breach it


def due_in_words(due_at: datetime | None, now: datetime) -> str:
    """ "due in 20 minutes", "3 hours past due"; nothing where there is no target."""
    if due_at is None:
        return ""
    return f"due in {duration(due_at - now)}" if due_at >= now else f"{duration(now - due_at)} past due"
