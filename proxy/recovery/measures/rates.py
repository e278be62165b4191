"""Shares of failures: put right and restored in time, come back, taken up again; and what other rooms have counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import numpy as np

from proxy.intervals import Rate
from proxy.ledger.failures.columns import FailureColumns, Floats
from proxy.ledger.failures.records import CONFIRMED, NO_REPEAT_CONTACT, Severity
from proxy.ledger.lived import Settled
from proxy.recovery.measures.budget import targets
from proxy.recovery.measures.curves import curves, lasting
from proxy.recovery.measures.figure import TOO_FEW, Figure, Unit, share
from proxy.recovery.measures.times import ALJ, Clocked, clocked
from proxy.rules.recovery_options import RecoveryOptions

SEVERITIES: tuple[str | None, ...] = (None, *Severity)


def in_time(
    failures: FailureColumns, now: float, options: RecoveryOptions, quiet: timedelta
) -> Iterator[Figure]:
    """The shares that were corrected, and restored, within their targets: of all, and by severity.

    By silence it takes ``quiet`` longer.
    """
    every = clocked(failures, now)
    for severity in SEVERITIES:
        given = every.of(severity)
        note = (
            f"{every.doubtful} left out: their clocks disagree" if every.doubtful and severity is None else ""
        )
        target = targets(given.failures, options)
        silence = target + quiet.total_seconds()
        ended = given.since_occurred(given.failures.ended_at)
        confirmed, silent = given.restored(CONFIRMED), given.restored(NO_REPEAT_CONTACT)
        corrected = given.since_occurred(given.failures.corrected_at)
        yield _by_target("corrected_in_time", severity, [corrected, ended], target, given, note)
        yield _by_target("recovery_rate_confirmed", severity, [confirmed, silent, ended], target, given, note)
        yield _by_target("recovery_rate_quiet", severity, [silent, confirmed, ended], silence, given, note)


def _by_target(
    name: str, of: str | None, until: list[Floats], target: Floats, given: Clocked, note: str
) -> Figure:
    """The share to which the first of ``until`` happened within its target.

    Where all are old enough, or have come to an end, that is a plain share. Where some are still open and have not
    reached their target, counting them as missed or leaving them out would both be wrong: then it is the curve's value
    at the target, with each case's time measured in targets.
    """
    n = len(target)
    seconds, outcome = lasting(until, given.age)
    young = int(np.sum((outcome == 0) & (seconds < target)))
    if not young or n < TOO_FEW:
        hits = int(np.sum((outcome == 1) & (seconds <= target)))
        note = f"{young} not old enough to be judged" if young else note
        return share(name, hits, n, of, note=note)
    found = curves(seconds / target, outcome, causes=len(until))[0].by(1.0)
    counted_in = (
        f"{young:,} are still open and not old enough to be judged; they count as long as they were looked at"
    )
    return Figure(
        name, of, Unit.SHARE, found.value, n, found.low, found.high, method=ALJ,
        note="; ".join(filter(None, (counted_in, note))),
    )  # fmt: skip


def recurrence(failures: FailureColumns) -> Iterator[Figure]:
    """What came back: as another failure of the kind, or because it was not put right after all."""
    again = int(np.sum(failures.recurrence_of != None))  # noqa: E711 (each element)
    yield share("recurrence_rate", again, len(failures))
    once_corrected = ~np.isnan(failures.corrected_at) | (failures.reopened > 0)
    yield share("reopened_rate", int(np.sum(failures.reopened > 0)), int(once_corrected.sum()))


def learned(failures: FailureColumns) -> Figure:
    return share("learned_rate", int(np.sum(~np.isnan(failures.learned_at))), len(failures))


def correction_accuracy(audited: Rate | None) -> Figure:
    """Of the corrections that people reviewed blind, how many were right themselves."""
    return (
        share("correction_accuracy", audited.hits, audited.n)
        if audited
        else share("correction_accuracy", 0, 0)
    )


def confidence(told: Settled) -> Iterator[Figure]:
    """What customers say to "is it settled for you?"; without the response rate that says little."""
    yield share("confidence_restored", told.yes, told.answered)
    yield share("confidence_response", told.answered, told.asked)


def promises(states: Mapping[str, int]) -> Iterator[Figure]:
    """Promises whose time has come, by whether they were kept as far as anybody told."""
    due = {state: states.get(state, 0) for state in ("kept", "broken", "unknown")}
    n = sum(due.values())
    for state, number in due.items():
        yield share("promises", number, n, of=state)


def repeat_contact(back: int, n: int, too_young: int) -> Figure:
    note = f"{too_young:,} were corrected too recently to be judged" if too_young else ""
    return share("repeat_contact", back, n, note=note)
