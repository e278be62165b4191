"""What a failure's events come to, in the order in which they happened, whatever the order in which they were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from proxy.ledger.failures.records import (
    Cause,
    Failure,
    FailureEvent,
    FailureFile,
    FailureState,
    Severity,
    Source,
    Status,
    Step,
)

CLOCKS_DIFFER = timedelta(minutes=5)
_KNOWN_BETTER = ("severity", "cause", "amount", "currency", "topic")  # what an event's data may tell anew
_ENDS = (Step.CANCELLED, Step.EXPIRED)
_PEOPLE = (Source.CUSTOMER, Source.AGENT, Source.REVIEWER, Source.AUDIT)
_NEEDS_COUNTED = (
    Step.CONTAINED,
    Step.CORRECTED,
    Step.RESTORED,
    Step.TO_LEARN,
    Step.LEARNED,
    Step.REOPENED,
    Step.RECURRED,
    *_ENDS,
)


def fold(
    failure_id: str, failure: Failure, known_at: datetime, events: Iterable[FailureEvent]
) -> FailureState:
    """The state that events with their ``known_at`` come to, in whatever order they are given."""
    standing = in_order(events)
    of_this_run = _since_last(standing, Step.REOPENED)  # that no more customers are hit stays so meanwhile
    detected = _first(standing, Step.DETECTED)
    contained, learned = _first(standing, Step.CONTAINED), _first(standing, Step.LEARNED)
    corrected, restored = _first(of_this_run, Step.CORRECTED), _first(of_this_run, Step.RESTORED)
    ended, recurred = _last(of_this_run, *_ENDS), _last(standing, Step.RECURRED)
    said_last = _last(standing, Step.DETECTED, Step.DISMISSED)
    is_dismissed = said_last is not None and said_last.step == Step.DISMISSED
    counted = detected is not None and not is_dismissed
    stays_dismissed = is_dismissed and not _is_suggested(_since_last(standing, Step.DISMISSED))
    return FailureState(
        failure_id=failure_id,
        tenant=failure.tenant,
        kind=failure.kind,
        author=failure.author,
        status=_status(counted, stays_dismissed, (ended, restored, corrected, contained)),
        counted=counted,
        doubtful=_is_doubtful(failure, known_at, standing),
        occurred_at=failure.occurred_at,
        detected_at=_at(detected),
        detected_by=None if detected is None else detected.source,
        contained_at=_at(contained),
        corrected_at=_at(corrected),
        restored_at=_at(restored),
        restored_how=_told(restored, "how"),
        learned_at=_at(learned),
        ended_at=_at(ended),
        ended_how=None if ended is None else ended.step,
        reopened=sum(one.step == Step.REOPENED for one in standing),
        recurrence_of=_told(recurred, "of"),
        customer_id=failure.customer_id,
        channel=failure.channel,
        incident=failure.incident,
        simulated=failure.simulated,
        **_known_best(failure, standing),
    )


def as_known(file: FailureFile, at: datetime) -> FailureState | None:
    """The state as the ledger knew it then; None where it knew of no such failure."""
    if file.known_at > at:
        return None
    told = [one for one in (*file.events, *file.retracted) if one.known_at is None or one.known_at <= at]
    told.sort(key=lambda one: one.known_at or file.known_at)
    return fold(file.id, file.failure, file.known_at, told)


def in_order(events: Iterable[FailureEvent]) -> list[FailureEvent]:
    """The events that stand, as they happened; of the same instant in the order in which they were told."""
    told = list(events)
    retracted = {one.data.get("event") for one in told if one.step == Step.RETRACTED}
    standing = [one for one in told if one.key not in retracted and one.step != Step.RETRACTED]
    return sorted(standing, key=lambda one: one.at)  # sorting is stable


def refusal(state: FailureState, event: FailureEvent) -> str | None:
    """Why an event cannot be told of a failure in this state, and what to do; None where it can."""
    step = event.step
    if step == Step.PROPOSED and state.counted:
        return "it is detected already; there is nothing to propose"
    if step in _NEEDS_COUNTED and not state.counted:
        return f"it is {state.status} and does not count yet; record that it was detected first"
    if step == Step.RESTORED and state.corrected_at is None:
        return "nobody has put it right yet; record that it was corrected first"
    if step in (Step.CORRECTED, Step.RESTORED, *_ENDS) and state.ended_how is not None:
        return f"it is {state.status}; reopen it first"
    if step == Step.REOPENED and state.corrected_at is None and state.ended_how is None:
        return "it is still open; there is nothing to reopen"
    return None


def _since_last(events: Sequence[FailureEvent], step: Step) -> Sequence[FailureEvent]:
    """What happened since this step was taken last; all where it never was."""
    places = [place for place, one in enumerate(events) if one.step == step]
    return events[places[-1] :] if places else events


def _is_suggested(events: Iterable[FailureEvent]) -> bool:
    """Whether a person says that it failed. What a machine suggests, it suggests again and again."""
    return any(one.step == Step.PROPOSED and one.source in _PEOPLE for one in events)


def _first(events: Sequence[FailureEvent], *steps: Step) -> FailureEvent | None:
    return next((one for one in events if one.step in steps), None)


def _last(events: Sequence[FailureEvent], *steps: Step) -> FailureEvent | None:
    return _first(events[::-1], *steps)


def _at(event: FailureEvent | None) -> datetime | None:
    return None if event is None else event.at


def _told(event: FailureEvent | None, name: str) -> str | None:
    return None if event is None else event.data.get(name)


def _status(counted: bool, stays_dismissed: bool, furthest_first: Sequence[FailureEvent | None]) -> str:
    """``stays_dismissed``: no person has suggested it since it was dismissed."""
    if not counted:
        return Status.DISMISSED if stays_dismissed else Status.PROPOSED
    return next((Status(one.step) for one in furthest_first if one is not None), Status.DETECTED)


def _known_best(failure: Failure, events: Sequence[FailureEvent]) -> dict[str, Any]:
    """What is known of it: what was said last counts."""
    first = {"severity": Severity.MEDIUM, "cause": Cause.UNKNOWN, "topic": failure.topic}
    known: dict[str, Any] = dict.fromkeys(_KNOWN_BETTER) | first
    for event in events:
        known |= {name: event.data[name] for name in _KNOWN_BETTER if event.data.get(name) is not None}
    return known


def _is_doubtful(failure: Failure, known_at: datetime, events: Iterable[FailureEvent]) -> bool:
    """Whether something happened before the failure did, or after it was told: some clock was wrong."""
    if failure.occurred_at > known_at + CLOCKS_DIFFER:
        return True
    return any(
        event.at < failure.occurred_at - CLOCKS_DIFFER
        or (event.known_at is not None and event.at > event.known_at + CLOCKS_DIFFER)
        for event in events
        if event.step != Step.CLASSIFIED
    )
