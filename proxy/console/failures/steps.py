"""What a person can say of a failure at its page, and the event that it makes: one place for each step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from litestar.datastructures import FormMultiDict

from proxy.access.people.roles import Person, Role
from proxy.console.case.forms import LONGEST_NOTE, text_of
from proxy.console.failures.words import CAUSES, CORRECTED_HOW, RESTORED_HOW, SEVERITIES
from proxy.console.problem import Problem
from proxy.ledger.failures.folding import refusal
from proxy.ledger.failures.records import FailureEvent, FailureFile, FailureState, Source, Status, Step
from proxy.ledger.records import JsonObject

ACTORS = (Role.REVIEWER, Role.LEAD)
MOST_AMOUNT = 1e12
_ONCE = re.compile(r"[0-9a-f]{16}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CLOCKS = timedelta(minutes=1)  # that the browser's may be ahead of ours


@dataclass(frozen=True, slots=True)
class Action:
    """``fits`` says of which failures it is offered, besides what the ledger would refuse; ``how``: its choices."""

    step: Step
    words: str
    hint: str
    fits: Callable[[FailureState], bool]
    how: Mapping[str, str] = field(default_factory=dict)
    note: str = "What was done, and where that can be seen"
    needs_note: bool = True

    @property
    def name(self) -> str:
        return str(self.step)


ACTIONS: tuple[Action, ...] = (
    Action(
        Step.DETECTED,
        "It is a failure",
        "From now on it counts, and its customer is followed until they are whole.",
        lambda state: not state.counted,
        note="What makes you sure",
        needs_note=False,
    ),
    Action(
        Step.DISMISSED,
        "It is no failure",
        "It counts nowhere then. It stays on record, and can be taken up again.",
        lambda state: state.status != Status.DISMISSED,
        note="Why it is none",
    ),
    Action(
        Step.CONTAINED,
        "Contained",
        "No more customers are hit: a rule, a threshold or the policy's text was changed.",
        lambda state: state.contained_at is None and state.ended_how is None,
        note="What was changed",
    ),
    Action(
        Step.CORRECTED,
        "Put right with the customer",
        "The customer knows the truth, or what was promised was honoured or withdrawn.",
        lambda state: state.corrected_at is None,
        how=CORRECTED_HOW,
        note="What the customer was told or given",
    ),
    Action(
        Step.RESTORED,
        "The customer is whole again",
        "Confirmed by the customer, or by a proxy that is stated. The two are never counted together.",
        lambda state: state.restored_at is None,
        how=RESTORED_HOW,
        note="What the customer said, or for how long they were not heard of",
    ),
    Action(
        Step.REOPENED,
        "Reopen",
        "It was not put right after all. The clock goes on from the beginning.",
        lambda state: True,
        note="What shows that it was not put right",
    ),
    Action(
        Step.CANCELLED,
        "The customer gave it up",
        "They want nothing more of us in this matter.",
        lambda state: state.restored_at is None,
        note="How the customer said so",
    ),
    Action(
        Step.EXPIRED,
        "The customer cannot be reached",
        "All that could be tried was tried.",
        lambda state: state.restored_at is None,
        note="What was tried",
    ),
    Action(
        Step.CLASSIFIED,
        "Severity, cause, money",
        "What is known better than before. What is left as it is stays so.",
        lambda state: True,
        note="Why",
        needs_note=False,
    ),
)
BY_NAME = {one.name: one for one in ACTIONS}


def offered(state: FailureState, now: datetime) -> list[Action]:
    """What can be said of a failure as it stands."""
    return [
        one
        for one in ACTIONS
        if one.fits(state) and refusal(state, FailureEvent("", one.step, now, "")) is None
    ]


def event_of(
    action: Action, form: FormMultiDict, file: FailureFile, person: Person, now: datetime
) -> FailureEvent:
    """The event that a filled form tells; the same form sent twice is one. Raises Problem."""
    once, note = text_of(form, "once", 16), text_of(form, "note", LONGEST_NOTE)
    if not _ONCE.fullmatch(once):
        raise Problem("Nothing was changed", "Load the page again, then try once more.", 422)
    if action.needs_note and not note:
        raise Problem("Nothing was changed", f"Write a note: {_lower(action.note)}.", 422)
    return FailureEvent(
        key=f"console {once}",
        step=action.step,
        at=_at(form, file, now),
        actor=person.name,
        source=(file.proposed_by or Source.REVIEWER) if action.step == Step.DETECTED else None,
        data=_data(action, form),
        note=note or None,
    )


def _at(form: FormMultiDict, file: FailureFile, now: datetime) -> datetime:
    """When it happened, in UTC; now where nothing is written."""
    written = text_of(form, "at", 40)
    if not written:
        return now
    at = time_of(written, otherwise="Nothing was changed")
    if at > now + _CLOCKS:
        raise Problem("Nothing was changed", "That time is still to come; times are in UTC.", 422)
    occurred = file.failure.occurred_at
    if at.replace(second=59) < occurred:
        told = f"The failure reached the customer at {occurred:%Y-%m-%d %H:%M} UTC: this cannot have been before."
        raise Problem("Nothing was changed", told, 422)
    return max(at, occurred)


def time_of(written: str, *, otherwise: str) -> datetime:
    """A time as a browser's field sends it, in UTC where it names no zone. Raises Problem, titled ``otherwise``."""
    try:
        read = datetime.fromisoformat(written)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(otherwise, f'"{written}" is no time; write it as 2026-03-01T09:30.', 422) from None


def _data(action: Action, form: FormMultiDict) -> JsonObject:
    if action.how:
        how = text_of(form, "how", 40)
        if how not in action.how:
            raise Problem("Nothing was changed", f"Choose how: {'; or '.join(action.how.values())}.", 422)
        return {"how": how}
    told = _classification(form) if action.step in (Step.CLASSIFIED, Step.DETECTED) else {}
    if action.step == Step.CLASSIFIED and not told:
        raise Problem("Nothing was changed", "Choose or write what is known better.", 422)
    return told


def _classification(form: FormMultiDict) -> JsonObject:
    severity, cause = text_of(form, "severity", 40), text_of(form, "cause", 40)
    amount, currency = text_of(form, "amount", 20), text_of(form, "currency", 10).upper()
    for name, value, known in (("severity", severity, tuple(SEVERITIES)), ("cause", cause, tuple(CAUSES))):
        if value and value not in known:
            raise Problem("Nothing was changed", f"The {name} is one of {', '.join(known)}.", 422)
    if currency and not _CURRENCY.fullmatch(currency):
        raise Problem("Nothing was changed", "A currency has three letters, such as EUR.", 422)
    if amount and not currency:
        raise Problem("Nothing was changed", "Write the amount's currency, too, such as EUR.", 422)
    told = {"severity": severity, "cause": cause, "currency": currency, "amount": _amount(amount)}
    return {name: value for name, value in told.items() if value not in ("", None)}


def _amount(written: str) -> float | None:
    if not written:
        return None
    try:
        amount = float(written.replace(",", ""))
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= MOST_AMOUNT:  # not a number is neither
        raise Problem("Nothing was changed", f'"{written}" is no amount; write it as 120.50.', 422)
    return amount


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]
