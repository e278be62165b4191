"""All that is measured of a period, read once from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from proxy.ledger.answers.lived import Incident
from proxy.ledger.failures.columns import FailureColumns, seconds_of
from proxy.ledger.failures.records import Kind
from proxy.ledger.ledger import Ledger
from proxy.recovery.measures import rates
from proxy.recovery.measures.budget import WINDOWS, burn, looks_back, still_open
from proxy.recovery.measures.detected import by_source, detected, detected_share, escaped
from proxy.recovery.measures.figure import Figure, Unit, count
from proxy.recovery.measures.given import Given
from proxy.recovery.measures.times import by_severity, times
from proxy.rules.recovery_options import RecoveryOptions


@dataclass(frozen=True, slots=True)
class Period:
    """A tenant's failures that reached customers from ``since`` until ``until``, as far as they had come at ``now``.

    ``quiet`` is how long no repeat contact has to come until silence counts as restored.
    """

    tenant: str
    since: datetime
    until: datetime
    now: datetime
    failures: FailureColumns
    options: RecoveryOptions
    quiet: timedelta
    given: Given

    @property
    def at(self) -> float:
        return seconds_of(self.now)

    @property
    def simulated(self) -> bool:
        return bool(self.failures.simulated.any()) or self.given.simulated


def read_period(
    ledger: Ledger,
    tenant: str,
    since: datetime,
    now: datetime,
    options: RecoveryOptions,
    quiet: timedelta,
    given: Given,
    *,
    known_by: datetime | None = None,
) -> Period:
    """``known_by``: what the ledger knew then, and nothing that was told later. Raises LedgerError."""
    seen = now if known_by is None else min(now, known_by)
    found = ledger.failures.columns(tenant, since, seen, known_by=known_by)
    return Period(tenant, since, seen, seen, found.as_far_as(seconds_of(seen)), options, quiet, given)


def of_failures(period: Period) -> Iterator[Figure]:
    """What the period's failures alone tell."""
    failures, found = period.failures, detected(period.failures, period.given.estimated)
    given = by_severity(failures, period.at)
    yield count("failures", len(failures), note=_doubtful(failures))
    for kind in Kind:
        yield count("failures", int((failures.kind == kind).sum()), of=kind)
    yield detected_share(found)
    yield escaped(period.given.estimated)
    yield from by_source(failures)
    yield from rates.in_time(given, period.options, period.quiet)
    yield from times(given, found)
    yield from rates.recurrence(failures)
    yield rates.learned(failures)


def of_the_ledger(ledger: Ledger, period: Period) -> Iterator[Figure]:
    """What else happened to the customers in the period. Raises LedgerError."""
    tenant, since, until, lived = period.tenant, period.since, period.until, ledger.lived
    customers, answers = lived.returned(tenant, since, until)
    yield count("returned_customers", customers, note=f"{answers:,} answers" if answers else "")
    yield from rates.promises(lived.promises(tenant, since, until, period.now))
    yield repeats(ledger, period)
    yield rates.correction_accuracy(period.given.audited)
    yield from rates.confidence(lived.settled(tenant, since, until))


def repeats(ledger: Ledger, period: Period) -> Figure:
    """After how many corrections the customer came back. Raises LedgerError."""
    first = datetime.fromtimestamp(np.nanmin(period.failures.corrected_at, initial=period.at), UTC)
    customers, at = ledger.lived.coming_back(period.tenant, first)
    return rates.repeat_contact(period.failures, customers, at, period.at, period.quiet)


def of_this_time(ledger: Ledger, period: Period) -> Iterator[Figure]:
    """How it stands: what is open, what is at stake, how much of the error budget is left. Raises LedgerError."""
    recent = ledger.failures.deadlines(period.tenant, period.now - looks_back(period.options), period.now)
    yield from _open(ledger, period)
    month = burn(recent, period.at, WINDOWS["28d"], period.options)
    note = f"{month.missed:,} of {month.due:,} missed their target in 28 days; {month.allowed:.0%} may"
    yield Figure("error_budget", None, Unit.COUNT, np.floor(month.left), month.due, note=note)
    for window, length in WINDOWS.items():
        one = burn(recent, period.at, length, period.options)
        note = f"{one.missed:,} of {one.due:,} missed their target"
        yield Figure(
            "burn_rate",
            window,
            Unit.RATIO,
            one.rate if one.due else None,
            one.due,
            hits=one.missed,
            note=note,
        )


def _open(ledger: Ledger, period: Period) -> Iterator[Figure]:
    states = ledger.failures.open_columns(period.tenant)
    for severity, one in still_open(states, period.at, period.options).items():
        note = f"{one.overdue:,} past their target" if one.overdue else ""
        yield count("open_failures", one.open, of=severity, note=note)
    for stake in ledger.failures.at_stake(period.tenant):
        currency = stake.currency
        yield Figure("at_stake", currency, Unit.MONEY, stake.amount, stake.failures, currency=currency)


def blast_radius(ledger: Ledger, period: Period) -> list[Incident]:
    return ledger.lived.incidents(period.tenant, period.since, period.until)


def whole_days(now: datetime, days: int) -> datetime:
    """The beginning of the first of so many days in UTC, today among them."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


def _doubtful(failures: FailureColumns) -> str:
    doubtful = int(failures.doubtful.sum())
    return f"of {doubtful:,} of them clocks disagree, and their times are not counted" if doubtful else ""
