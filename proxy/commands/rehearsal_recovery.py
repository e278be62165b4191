"""What a rehearsal's report is told of failures put right in time: as somebody says it, or as the ledger has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from proxy.commands.options import CommandError, check_tenant, existing_ledger, policies_in

if TYPE_CHECKING:
    from proxy.rehearsal.counted import Counted
    from proxy.settings import Settings

OPTION = "--recovery"


class PutRight(NamedTuple):
    """``told`` says where it is from. Each failure is a case of its own."""

    counted: Counted
    told: str


def put_right(asked: str | None, settings: Settings, tenant: str) -> PutRight | None:
    """The value of ``--recovery``: ``45/50``, or ``30d`` for what the ledger knows. Raises CommandError."""
    from proxy.rules.durations import length_of

    if asked is None:
        return None
    hits, _, n = asked.partition("/")
    if hits.isdecimal() and n.isdecimal() and int(hits) <= int(n):
        return _put_right(int(hits), int(n), "as given")
    try:
        window = length_of(asked)
    except OverflowError:
        window = None
    if window is None:
        raise CommandError(f'{OPTION}: "{asked}" is no share; write 45/50, or 30d for what the ledger knows')
    return _in_ledger(window, settings, tenant)


def _in_ledger(window: timedelta, settings: Settings, tenant: str) -> PutRight:
    """Of the failures whose target ended in that time, those that had been put right; none that was played."""
    from proxy.recovery.measures.budget import burn, longest_target

    check_tenant(settings, tenant)
    options, now = policies_in(settings.of_tenant(tenant)).recovery, datetime.now(UTC)
    with existing_ledger(settings) as ledger:
        failures = ledger.failures.columns(tenant, now - window - longest_target(options), now)
    found = burn(failures.where(~failures.simulated), now.timestamp(), window, options)
    since = f"{now - window:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC"
    return _put_right(found.due - found.missed, found.due, f"with a target that ended {since}, by the ledger")


def _put_right(hits: int, n: int, where: str) -> PutRight:
    from proxy.rehearsal.counted import Counted

    return PutRight(Counted(hits, n, float(n)), f"{hits:,} of {n:,} failures {where}")
