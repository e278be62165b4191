"""Shares of failures: put right and restored in time, come back, taken up again; and what other rooms have counted."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from proxy.intervals import Rate
from proxy.ledger.answers.lived import Settled
from proxy.ledger.failures.columns import FailureColumns, Floats
from proxy.ledger.failures.records import CONFIRMED, NO_REPEAT_CONTACT
from proxy.ledger.whole_columns import Instants
from proxy.recovery.measures.budget import targets
from proxy.recovery.measures.curves import curves, lasting
from proxy.recovery.measures.figure import TOO_FEW, Figure, Unit, share
from proxy.recovery.measures.times import ALJ, BySeverity, Clocked
from proxy.rules.recovery_options import RecoveryOptions

_MICROSECOND = timedelta(microseconds=1)


def in_time(given: BySeverity, options: RecoveryOptions, quiet: timedelta) -> Iterator[Figure]:
    """The shares that were corrected, and restored, within their targets: of all, and by severity.

    By silence it takes ``quiet`` longer.
    """
    for severity, those in given:
        target = targets(those.failures, options)
        silence = target + quiet.total_seconds()
        ended = those.since_occurred(those.failures.ended_at)
        confirmed, silent = those.restored(CONFIRMED), those.restored(NO_REPEAT_CONTACT)
        corrected = those.since_occurred(those.failures.corrected_at)
        yield _by_target("corrected_in_time", severity, [corrected, ended], target, those)
        yield _by_target("recovery_rate_confirmed", severity, [confirmed, silent, ended], target, those)
        yield _by_target("recovery_rate_quiet", severity, [silent, confirmed, ended], silence, those)


def _by_target(name: str, of: str | None, until: list[Floats], target: Floats, given: Clocked) -> Figure:
    """The share to which the first of ``until`` happened within its target.

    Where all are old enough, or have come to an end, that is a plain share. Where some are still open and have not
    reached their target, counting them as missed or leaving them out would both be wrong: then it is the curve's value
    at the target, with each case's time measured in targets.
    """
    n, note = len(target), given.note
    seconds, outcome = lasting(until, given.age)
    young = int(np.sum((outcome == 0) & (seconds < target)))
    if not young or n < TOO_FEW:
        hits = int(np.sum((outcome == 1) & (seconds <= target)))
        note = f"{young} not old enough to be judged" if young else note
        return share(name, hits, n, of, note=note)
    found = curves(seconds / target, outcome, causes=1)[0].by(1.0)
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


def repeat_contact(
    failures: FailureColumns, customers: Sequence[str], came_at: Instants, now: float, quiet: timedelta
) -> Figure:
    """After how many corrections, of those at least ``quiet`` ago, the customer came back within that time.

    ``customers`` came back at ``came_at``, place by place. Counted in whole microseconds, which is what is kept.
    """
    came: dict[str, list[int]] = defaultdict(list)
    for customer_id, at in sorted(zip(customers, came_at.astype(np.int64).tolist(), strict=True)):
        came[customer_id].append(at)
    is_corrected, length = ~np.isnan(failures.corrected_at), quiet // _MICROSECOND
    corrected_at = _microseconds(failures.corrected_at[is_corrected])
    judged = corrected_at <= _microseconds(now) - length
    whose, since = failures.customer_id[is_corrected][judged], corrected_at[judged]
    back = sum(
        _follows(came[one], at, length) for one, at in zip(whose, since.tolist(), strict=True) if one in came
    )
    young = len(corrected_at) - len(since)
    note = f"{young:,} were corrected too recently to be judged" if young else ""
    return share("repeat_contact", back, len(since), note=note)


def _follows(times: Sequence[int], after: int, within: int) -> bool:
    """Whether the first of these times (sorted) after one comes within so long."""
    place = bisect_right(times, after)
    return place < len(times) and times[place] - after <= within


def _microseconds(seconds: Any) -> Any:
    return np.rint(np.multiply(seconds, 1e6)).astype(np.int64)
